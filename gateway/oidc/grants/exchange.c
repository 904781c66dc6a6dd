/* SPDX-License-Identifier: Apache-2.0
 *
 * Token exchange (RFC 8693), between services: who was called with a person's token calls another
 * service for them.  Off unless settings tokens.exchange and the registration of the service both
 * say so.
 *
 * A service trades only what was given for itself, only where its registration names the other, and
 * only where the person allowed the other in the same consent.  The token that it gets says who
 * acts, lives no longer than the one it was made of, and ends with it, or with the person's grant
 * or consent.
 */
#include "core/settings.h"
#include "core/task.h"
#include "jose/digest.h"
#include "oidc/grants/grants.h"
#include "oidc/rules/resource.h"
#include "oidc/rules/tokens.h"
#include "records/consent.h"

#define ACCESS_TOKEN "urn:ietf:params:oauth:token-type:access_token"
#define ACTORS_MAX   4

static bool exchange_is_offered(const struct task *task);
static int exchange_read(struct task *task, struct token_call *call);
static int exchange_claim(struct task *task, struct token_call *call);
static int subject_token_find(
    struct task *task, const struct token_call *call, struct grant *ret_grant);
static int subject_check(struct task *task, const struct client *actor, const struct grant *grant);
static int actors_add(struct task *task, const struct client *actor, struct grant *grant);
static int exchange_bind(struct task *task, struct token_call *call);
static int exchange_give(struct task *task, struct token_call *call, const char **ret_answer);

const struct grant_type exchange_grant_type = {
    .name = "urn:ietf:params:oauth:grant-type:token-exchange",
    .is_offered = exchange_is_offered,
    .parameter = "subject_token",
    .read = exchange_read,
    .claim = exchange_claim,
    .bind = exchange_bind,
    .give = exchange_give,
};

static bool
exchange_is_offered(const struct task *task)
{
	return task->rooms->settings->tokens_exchange;
}

static int
exchange_read(struct task *task, struct token_call *call)
{
	static const char *const refused[] = {"actor_token", "actor_token_type", "audience"};
	const char *wanted = request_form(call->request, "requested_token_type");

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (!str_is_empty(request_form(call->request, refused[i])))
			return fail(task, INVALID_REQUEST,
			    "%s is not supported: the client acts, resource says where",
			    refused[i]);
	if (!str_equal(request_form(call->request, "subject_token_type"), ACCESS_TOKEN))
		return fail(task, INVALID_REQUEST, "subject_token_type is not " ACCESS_TOKEN);
	if (!str_is_empty(wanted) && !str_equal(wanted, ACCESS_TOKEN))
		return fail(task, INVALID_REQUEST, "requested_token_type is not " ACCESS_TOKEN);
	if (str_is_empty(request_form(call->request, "resource")))
		return fail(task, INVALID_REQUEST, "resource is missing");
	return 0;
}

/* The token shown serves on: nothing is claimed. */
static int
exchange_claim(struct task *task, struct token_call *call)
{
	struct grant grant;
	int r;

	if (!call->client->is_service)
		return fail(task, UNAUTHORIZED_CLIENT, "only a service exchanges tokens");
	r = subject_token_find(task, call, &grant);
	if (r < 0)
		return r;
	r = actors_add(task, call->client, &grant);
	if (r < 0)
		return r;
	/* From here on it is the actor's, with the actor's key. */
	grant.client_id = call->client->id;
	grant.jkt = grant.x5t = NULL;
	grant.resources = request_form(call->request, "resource");
	call->claimed = grant;
	return 0;
}

/* RFC 8693 section 2.2.2: whatever is wrong with the token is invalid_request. */
static int
subject_token_find(struct task *task, const struct token_call *call, struct grant *ret_grant)
{
	const char *token = request_form(call->request, "subject_token");
	struct grant_token kept;
	struct grant *grant;
	int r;

	r = grant_token_find(task, digest_b64u(task, token), &grant, &kept);
	if (r < 0)
		return r;
	if (grant == NULL)
		return fail(task, INVALID_REQUEST, "subject_token is unknown, expired or revoked");
	r = subject_check(task, call->client, grant);
	if (r < 0)
		return r;
	*ret_grant = *grant;
	ret_grant->until_s = kept.exp_s;
	ret_grant->born_of = grant->born_of == NULL
				 ? kept.jti
				 : task_printf(task, "%s %s", grant->born_of, kept.jti);
	return 0;
}

static int
subject_check(struct task *task, const struct client *actor, const struct grant *grant)
{
	const char *service =
	    grant->resource == NULL ? NULL : resource_service(task, grant->resource);

	if (!str_equal(service, actor->id))
		return fail(task, INVALID_REQUEST, "subject_token was not given for this service");
	if (grant->person_id == NULL)
		return fail(task, INVALID_REQUEST, "subject_token speaks for no person");
	return 0;
}

/* RFC 8693 section 4.1: who acts now stands outside, who acted before within. */
static int
actors_add(struct task *task, const struct client *actor, struct grant *grant)
{
	json_t *act = json_keep(task, json_object());
	const json_t *before;
	int n = 1;

	for (before = grant->act; before != NULL; before = json_object_get(before, "act"))
		n++;
	if (n > ACTORS_MAX)
		return fail(task, INVALID_REQUEST, "subject_token has passed %d hands", ACTORS_MAX);
	json_set_text(act, "sub", actor->id);
	if (grant->act != NULL)
		json_object_set_new(act, "act", json_deep_copy(grant->act));
	grant->act = act;
	return 0;
}

/* The person allowed the other service, to the client that began, when they allowed this one, and
 * allows it now. */
static int
exchange_bind(struct task *task, struct token_call *call)
{
	const char *service = resource_service(task, call->claimed.resources);
	const struct consent *consent = NULL, *standing;
	int r;

	r = consent_by_id(task, call->claimed.consent_id, &consent);
	if (r < 0)
		return r;
	if (consent == NULL)
		return fail(task, INVALID_REQUEST, "the consent to subject_token has gone");
	r = consent_standing(task, consent, &standing);
	if (r < 0)
		return r == CONSENT_REQUIRED ? fault_as(task, INVALID_GRANT) : r;
	if (service == NULL || !names_have(consent->resources, service) ||
	    !names_have(standing->resources, service))
		return fail(task, INVALID_TARGET,
		    "resource is not a service that the person allowed with subject_token");
	r = client_find(task, consent->client_id, &call->holder);
	if (r < 0)
		return r;
	if (call->holder == NULL)
		return fail(task, INVALID_REQUEST, "the client of subject_token has gone");
	return 0;
}

static int
exchange_give(struct task *task, struct token_call *call, const char **ret_answer)
{
	const struct giving giving = {
	    .client = call->client,
	    .grant = &call->grant,
	    .grant_type = exchange_grant_type.name,
	    .issued_token_type = ACCESS_TOKEN,
	};

	return tokens_give(task, &giving, ret_answer);
}
