/* SPDX-License-Identifier: Apache-2.0
 *
 * POST /vci/credential (OpenID4VCI 1.0 section 8): an SD-JWT VC for each key that was proved.
 *
 * Order: the token, the request's form, the configuration, the proofs; then the places in the
 * status list and the ledger row are durable, then the signatures are made.
 */
#include "issue/issue.h"

#include "consent/release.h"
#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"
#include "issue/issuer.h"
#include "jose/sdjwt.h"
#include "records/credential.h"
#include "records/person.h"

#define DAY_S 86400

static int request_check(struct task *task, const json_t *body);
static int credentials_make(struct task *task, const struct grant *grant,
    const struct holders *holders, json_t **ret_credentials);

int
issue_credential(struct task *task, const struct request *request, struct reply *reply)
{
	struct holders holders;
	struct issuer *issuer;
	struct grant *grant;
	json_t *body, *credentials;
	const char *notification_id;
	int r;

	r = issuer_of(task, &issuer);
	if (r < 0)
		return r;
	r = issuer_grant(task, request, &grant);
	if (r < 0)
		return r;
	r = request_json(task, request, &body);
	if (r < 0)
		return fault_as(task, INVALID_CREDENTIAL_REQUEST);
	json_keep(task, body);
	r = request_check(task, body);
	if (r < 0)
		return r;
	r = issuer_proofs(task, json_object_get(body, "proofs"), &holders);
	if (r < 0)
		return r;
	r = credentials_make(task, grant, &holders, &credentials);
	if (r < 0)
		return r;
	r = issuer_notification_open(task, grant, &notification_id);
	if (r < 0)
		return r;
	return reply_json(reply, 200,
	    json_keep(task, json_pack("{s:O, s:s}", "credentials", credentials, "notification_id",
				notification_id)));
}

static int
request_check(struct task *task, const json_t *body)
{
	const char *id = json_get_text(body, "credential_configuration_id");

	if (json_object_get(body, "credential_identifier"))
		return fail(
		    task, UNKNOWN_CREDENTIAL_IDENTIFIER, "no credential_identifier was given out");
	if (!id)
		return fail(
		    task, INVALID_CREDENTIAL_REQUEST, "credential_configuration_id is missing");
	if (!str_equal(id, ISSUE_CONFIGURATION))
		return fail(task, UNKNOWN_CREDENTIAL_CONFIGURATION,
		    "credential_configuration_id is not one that was offered");
	if (json_object_get(body, "credential_response_encryption"))
		return fail(task, INVALID_CREDENTIAL_REQUEST, "encrypted answers are not offered");
	if (!json_object_get(body, "proofs"))
		return fail(task, INVALID_PROOF, "proofs is missing");
	return 0;
}

/* Never selectively disclosable (SD-JWT VC section 3.2.2.2); iat by the day, so that it does not
 * tie credentials together. */
static json_t *
always(struct task *task, const struct credential *credential, const struct jwk *key)
{
	const struct settings *settings = task->rooms->settings;

	return json_keep(
	    task, json_pack("{s:s, s:s, s:I, s:I, s:{s:o}, s:{s:{s:I, s:s}}}", "iss",
		      settings->gateway_issuer, "vct", settings->wallet_vct, "iat",
		      (json_int_t)(credential->issued_s - credential->issued_s % DAY_S), "exp",
		      (json_int_t)credential->expires_s, "cnf", "jwk", jwk_json(key), "status",
		      "status_list", "idx", (json_int_t)credential->place, "uri",
		      task_printf(task, "%s/status/%lld", settings->gateway_issuer,
			  (long long)credential->list)));
}

static int
attributes_of(struct task *task, const char *person_id, json_t **ret_claims)
{
	json_t *names = json_keep(task, issuer_claim_names()), *claims;
	struct person person;
	int r;

	r = person_find(task, person_id, &person);
	if (r < 0)
		return r;
	r = release_to_wallet(task, person_id, names, &claims);
	if (r == ACCESS_DENIED)
		return fault_as(task, CREDENTIAL_REQUEST_DENIED);
	if (r < 0)
		return r;
	json_set_text(claims, task->rooms->settings->wallet_subject_claim, person.register_key);
	*ret_claims = json_keep(task, claims);
	return 0;
}

static int
credentials_make(struct task *task, const struct grant *grant, const struct holders *holders,
    json_t **ret_credentials)
{
	struct issuer *issuer = task->rooms->issuer;
	struct sign_as as = {.signer = issuer->signer, .typ = "dc+sd-jwt", .x5c = issuer->x5c};
	struct credential credentials[ISSUE_BATCH] = {0};
	json_t *array = json_keep(task, json_array()), *claims = NULL;
	int r;

	r = attributes_of(task, grant->person_id, &claims);
	if (r < 0)
		return r;
	for (size_t i = 0; i < holders->n; i++)
		credentials[i] = (struct credential){
		    .person_id = grant->person_id,
		    .configuration = ISSUE_CONFIGURATION,
		    .expires_s = clock_now_s() + task->rooms->settings->issue_life,
		};
	r = credential_add(task, credentials, holders->n);
	if (r < 0)
		return r;
	for (size_t i = 0; i < holders->n; i++) {
		const char *sdjwt;

		r = sdjwt_issue(
		    task, &as, always(task, &credentials[i], holders->keys[i]), claims, &sdjwt);
		if (r < 0)
			return r;
		json_array_append_new(array, json_pack("{s:s}", "credential", sdjwt));
	}
	*ret_credentials = array;
	return 0;
}
