/* SPDX-License-Identifier: Apache-2.0
 *
 * authorization_details: what is taken is one object of our type, for a purpose of the client, with
 * attributes of that purpose alone.
 */
#include "fuzz.h"

#include "core/task.h"
#include "oidc/rules/details.h"

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const struct purpose_claim claims[] = {{.name = "name"}, {.name = "email"}};
	static const struct purpose purpose = {.id = "p", .claims = claims, .n_claims = 2};
	static const struct client client = {.id = "rp1", .purposes = &purpose, .n_purposes = 1};
	struct authorization authorization = {.client = &client};
	struct parameters parameters = {0};
	const json_t *attributes, *name;
	struct task task;
	struct pair pair;
	size_t i;

	task_open(&task, NULL, NULL, 0);
	pair = (struct pair){"authorization_details", task_dup_n(&task, (const char *)at, len)};
	parameters.pairs = (struct pairs){&pair, 1};
	if (details_read(&task, &parameters, &authorization) < 0) {
		FUZZ_MUST(task.fault.code == INVALID_AUTHORIZATION_DETAILS);
	} else if (authorization.details != NULL) {
		attributes =
		    json_object_get(json_array_get(authorization.details, 0), "attributes");
		FUZZ_MUST(json_array_size(attributes) > 0);
		json_array_foreach(attributes, i, name)
			FUZZ_MUST(str_equal(json_string_value(name), "name") ||
				  str_equal(json_string_value(name), "email"));
	}
	task_close(&task);
	return 0;
}
