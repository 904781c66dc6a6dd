/* SPDX-License-Identifier: Apache-2.0
 *
 * The body of a credential request (OpenID4VCI 1.0 section 8.2), by a token for one credential by
 * scope and another by authorization_details: what is wanted is one of the two, named as it must
 * be.
 */
#include "fuzz.h"

#include "core/settings.h"
#include "core/task.h"
#include "issue/issuer.h"

static struct settings settings = {
    .gateway_issuer = "https://id.example",
    .issue_certificate_file = "issuer.pem",
    .wallet_vct = "urn:dvara:pid:1",
    .wallet_subject_claim = "personal_number",
};
static struct rooms rooms = {.settings = &settings};

static bool
is_wrong_rightly(int code)
{
	return code == INVALID_CREDENTIAL_REQUEST || code == UNKNOWN_CREDENTIAL_IDENTIFIER ||
	       code == UNKNOWN_CREDENTIAL_CONFIGURATION || code == INSUFFICIENT_SCOPE;
}

static void
one(struct task *task, const json_t *body, bool by_details)
{
	struct grant grant = {.client_id = "phone", .scope = by_details ? "" : "pid"};
	const struct credential_type *type = NULL;
	struct holders holders = {.n = 0};
	const char *nonce = NULL;

	if (by_details)
		grant.authorization_details = json_keep(task,
		    json_pack("[{s:s, s:s, s:[s]}]", "type", CREDENTIAL_DETAILS_TYPE,
			"credential_configuration_id", "pid", "credential_identifiers", "pid/1"));
	if (issuer_wanted(task, &grant, body, &type) < 0) {
		FUZZ_MUST(is_wrong_rightly(task->fault.code) && type == NULL);
		fault_clear(task);
		return;
	}
	FUZZ_MUST(str_equal(type->id, "pid"));
	FUZZ_MUST(str_equal(json_get_text(body, by_details ? "credential_identifier"
							   : "credential_configuration_id"),
	    by_details ? "pid/1" : "pid"));
	if (issuer_proofs_open(task, &grant, json_object_get(body, "proofs"), &holders, &nonce) < 0)
		FUZZ_MUST(task->fault.code == INVALID_PROOF);
	fault_clear(task);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct task task;
	json_t *body;

	task_open(&task, NULL, &rooms, 0);
	if (rooms.credential_types == NULL)
		FUZZ_MUST(credential_types_open(&task, &rooms.credential_types) == 0);
	if (json_parse_object(&task, (const char *)at, len, &body) == 0) {
		json_keep(&task, body);
		one(&task, body, false);
		one(&task, body, true);
	}
	task_close(&task);
	return 0;
}
