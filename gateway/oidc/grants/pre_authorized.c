/* SPDX-License-Identifier: Apache-2.0
 *
 * The pre-authorized code of an offer, brought by a wallet that is a client of ours (OpenID4VCI 1.0
 * section 6; one that does not say who it is has issue/token.c).
 *
 * The person allowed it by typing the transaction code: a consent says so, which they find and take
 * back as any other, and on which refresh tokens rest.
 */
#include "oidc/grants/grants.h"

#include "consent/purpose.h"
#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"
#include "issue/issue.h"
#include "jose/digest.h"
#include "records/consent.h"
#include "records/credential_type.h"

static int offer_claim(struct task *task, struct token_call *call);
static int consent_make(struct task *task, struct token_call *call, const json_t *types);
static void keep_before(struct consent *consent, const struct consent *before);
static const char *const *with_types(
    struct task *task, const char *const *before, const json_t *types);
static bool issues_credentials(const struct task *task);

const struct grant_type pre_authorized_grant_type = {
    .name = "urn:ietf:params:oauth:grant-type:pre-authorized_code",
    .is_offered = issues_credentials,
    .parameter = "pre-authorized_code",
    .claim = offer_claim,
    .alone = issue_token,
};

static bool
issues_credentials(const struct task *task)
{
	return task->rooms->settings->issue_key_file != NULL;
}

static int
offer_claim(struct task *task, struct token_call *call)
{
	const json_t *types;
	int r;

	r = issue_offer_take(task, call->request, &call->claimed, &types);
	if (r < 0)
		return r;
	call->claimed.client_id = call->client->id;
	call->claimed.purpose_id = client_purpose(call->client, NULL)->id;
	return consent_make(task, call, types);
}

static int
consent_make(struct task *task, struct token_call *call, const json_t *types)
{
	const struct purpose *purpose = client_purpose(call->client, NULL);
	const struct consent *before = NULL;
	struct consent consent = {
	    .person_id = call->claimed.person_id,
	    .client_id = call->client->id,
	    .purpose_id = purpose->id,
	    .purpose_version = purpose->version,
	    .until_s = clock_now_s() + task->rooms->settings->consent_life,
	    .notice_hash = digest_b64u(task, "the offer and its tx_code"),
	    .language = task->language,
	};
	int r;

	r = consent_find(task, consent.person_id, consent.client_id, consent.purpose_id, &before);
	if (r < 0)
		return r;
	if (before != NULL && str_equal(before->purpose_version, purpose->version))
		keep_before(&consent, before);
	consent.resources = with_types(task, consent.resources, types);
	r = consent_give(task, &consent);
	if (r < 0)
		return r;
	call->claimed.consent_id = consent.id;
	return 0;
}

/* What they allowed this wallet before: an offer takes nothing away. */
static void
keep_before(struct consent *consent, const struct consent *before)
{
	consent->asked = before->asked;
	consent->allowed = before->allowed;
	consent->resources = before->resources;
	consent->is_offline = before->is_offline;
}

static const char *const *
with_types(struct task *task, const char *const *before, const json_t *types)
{
	const char **resources = names_copy(task, before, json_array_size(types));
	size_t n = names_count(before), i;
	json_t *id;

	json_array_foreach(types, i, id) {
		const char *resource =
		    task_printf(task, CREDENTIAL_RESOURCE "%s", json_string_value(id));

		if (!names_have(resources, resource))
			resources[n++] = resource;
	}
	return resources;
}
