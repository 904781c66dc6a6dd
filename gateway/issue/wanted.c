/* SPDX-License-Identifier: Apache-2.0
 *
 * What a token allows, and which of it a credential request wants (OpenID4VCI 1.0 sections 3.3.4
 * and 8.2): where authorization_details were used the wallet names what it got as
 * credential_identifiers, else the configuration that its scope stands for.
 */
#include "issue/issuer.h"

#include "access/bearer.h"
#include "core/task.h"
#include "issue/details.h"

static int by_identifier(struct task *task, const struct grant *grant, const char *identifier,
    const struct credential_type **ret_type);
static int by_configuration(struct task *task, const struct grant *grant, const char *id,
    const struct credential_type **ret_type);

int
issuer_grant(struct task *task, const struct request *request, struct grant **ret_grant)
{
	struct bearer bearer;
	int r;

	r = bearer_of(task, request, &bearer);
	if (r < 0)
		return r;
	if (bearer.grant->person_id == NULL || !credential_type_is_granted(task, bearer.grant))
		return fail(task, INSUFFICIENT_SCOPE, "the token is not one for credentials");
	*ret_grant = bearer.grant;
	return 0;
}

int
issuer_wanted(struct task *task, const struct grant *grant, const json_t *body,
    const struct credential_type **ret_type)
{
	const char *identifier = json_get_text(body, "credential_identifier");
	const char *configuration = json_get_text(body, "credential_configuration_id");

	if ((identifier == NULL) == (configuration == NULL))
		return fail(task, INVALID_CREDENTIAL_REQUEST,
		    "either credential_identifier or credential_configuration_id, as a text");
	if (identifier != NULL)
		return by_identifier(task, grant, identifier, ret_type);
	return by_configuration(task, grant, configuration, ret_type);
}

static int
by_identifier(struct task *task, const struct grant *grant, const char *identifier,
    const struct credential_type **ret_type)
{
	const struct credential_type *type = credential_type_find(
	    task, issue_details_identified(grant->authorization_details, identifier));

	if (type == NULL)
		return fail(task, UNKNOWN_CREDENTIAL_IDENTIFIER,
		    "credential_identifier is none of those that came with the token");
	*ret_type = type;
	return 0;
}

static int
by_configuration(struct task *task, const struct grant *grant, const char *id,
    const struct credential_type **ret_type)
{
	const struct credential_type *type = credential_type_find(task, id);

	if (type == NULL)
		return fail(task, UNKNOWN_CREDENTIAL_CONFIGURATION,
		    "credential_configuration_id is none of the metadata's");
	if (issue_details_hold(grant->authorization_details, id))
		return fail(task, INVALID_CREDENTIAL_REQUEST,
		    "credential_identifiers came with the token: ask by one of them");
	if (!str_has_word(grant->scope, id))
		return fail(task, INSUFFICIENT_SCOPE, "the token is not one for this credential");
	*ret_type = type;
	return 0;
}

int
issuer_batch(const struct task *task)
{
	const struct credential_type *type;
	int batch = 1;

	for (size_t i = 0; (type = credential_type_at(task, i)) != NULL; i++)
		if (type->batch > batch)
			batch = type->batch;
	return batch;
}
