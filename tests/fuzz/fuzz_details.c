/* SPDX-License-Identifier: Apache-2.0
 *
 * authorization_details: what is taken is one object of our type, for a purpose of the client, with
 * attributes of that purpose alone; or credentials of ours, none of them twice.
 */
#include "fuzz.h"

#include "core/settings.h"
#include "core/task.h"
#include "issue/details.h"
#include "oidc/rules/details.h"
#include "records/credential_type.h"

static struct settings settings = {
    .gateway_issuer = "https://id.example",
    .issue_certificate_file = "issuer.pem",
    .wallet_vct = "urn:dvara:pid:1",
    .wallet_subject_claim = "personal_number",
};
static struct rooms rooms = {.settings = &settings};

static void
attributes_hold(const json_t *detail)
{
	const json_t *attributes = json_object_get(detail, "attributes"), *name;
	size_t i;

	FUZZ_MUST(json_array_size(attributes) > 0);
	json_array_foreach(attributes, i, name)
		FUZZ_MUST(str_equal(json_string_value(name), "name") ||
			  str_equal(json_string_value(name), "email"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const struct purpose_claim claims[] = {{.name = "name"}, {.name = "email"}};
	static const struct purpose purpose = {.id = "p", .claims = claims, .n_claims = 2};
	static const struct client client = {.id = "rp1", .purposes = &purpose, .n_purposes = 1};
	struct authorization authorization = {.client = &client};
	struct parameters parameters = {0};
	struct task task;
	struct pair pair;

	task_open(&task, NULL, &rooms, 0);
	if (rooms.credential_types == NULL)
		FUZZ_MUST(credential_types_open(&task, &rooms.credential_types) == 0);
	pair = (struct pair){"authorization_details", task_dup_n(&task, (const char *)at, len)};
	parameters.pairs = (struct pairs){&pair, 1};
	if (details_read(&task, &parameters, &authorization) < 0) {
		FUZZ_MUST(task.fault.code == INVALID_AUTHORIZATION_DETAILS);
	} else if (issue_details_are_ours(authorization.details)) {
		FUZZ_MUST(json_array_size(authorization.details) == 1); /* "pid" is all there is */
		FUZZ_MUST(issue_details_hold(authorization.details, "pid"));
		FUZZ_MUST(
		    issue_details_identified(
			issue_details_granted(&task, authorization.details), "pid/1") != NULL);
	} else if (authorization.details != NULL) {
		attributes_hold(json_array_get(authorization.details, 0));
	}
	task_close(&task);
	return 0;
}
