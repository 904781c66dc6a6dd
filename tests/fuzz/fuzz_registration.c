/* SPDX-License-Identifier: Apache-2.0
 *
 * What a client says of itself, with the words of a statement beside it: policy never comes out,
 * and an address that we would call is one of the open Internet.
 */
#include "fuzz.h"

#include "access/client_outside.h"
#include "core/settings.h"
#include "core/str.h"
#include "core/task.h"
#include "oidc/rules/registration.h"

static void
allowed_check(const json_t *metadata)
{
	static const char *const never[] = {"client_id", "client_secret", "software_statement",
	    "dvara_service", "dvara_purposes", "dvara_resources"};

	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		FUZZ_MUST(json_object_get(metadata, never[i]) == NULL);
	FUZZ_MUST(!json_is_false(json_object_get(metadata, "dvara_require_pkce")));
	FUZZ_MUST(!str_equal(json_get_text(metadata, "subject_type"), "public"));
	FUZZ_MUST(!json_has_text(json_object_get(metadata, "grant_types"), "client_credentials"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const char *const nothing[] = {NULL};
	static const struct settings settings = {
	    .registration_require_pkce = true, .outbound_allow = nothing};
	struct rooms rooms = {.settings = &settings};
	json_auto_t *given = NULL;
	json_t *metadata;
	struct task task;
	const char *uri;

	task_open(&task, NULL, &rooms, 0);
	if (json_parse_object(&task, (const char *)at, len, &given) == 0 &&
	    registration_allowed(&task, given, json_object_get(given, "before"),
		json_object_get(given, "statement"), &metadata) == 0) {
		allowed_check(metadata);
		uri = json_get_text(metadata, "jwks_uri");
		if (client_outside_check(&task, metadata) == 0 && uri != NULL)
			FUZZ_MUST(str_starts(uri, "https://") && !str_starts(uri, "https://127.") &&
				  !str_starts(uri, "https://[::1]"));
	}
	task_close(&task);
	return 0;
}
