/* SPDX-License-Identifier: Apache-2.0
 *
 * What a client may ask for, and how: grants, scope, services, response modes, PKCE, pushed
 * requests (see client_grants.h).
 */
#include "records/client_grants.h"

#include "core/names.h"
#include "core/str.h"
#include "records/client_metadata.h"
#include "records/client_rules_inside.h"

#include <string.h>

#define SCOPES_MAX     32
#define GRANT_CIBA     "urn:openid:params:grant-type:ciba"
#define GRANT_EXCHANGE "urn:ietf:params:oauth:grant-type:token-exchange"

static int responses_check(struct client_ruling *ruling, const json_t *grants);

int
client_grants_check(struct client_ruling *ruling)
{
	static const char *const known[] = {"authorization_code", "refresh_token",
	    "client_credentials", "urn:ietf:params:oauth:grant-type:device_code", GRANT_CIBA,
	    GRANT_EXCHANGE, "urn:ietf:params:oauth:grant-type:pre-authorized_code", NULL};
	json_t *grants = client_rules_array(ruling, "grant_types");
	const json_t *grant;
	size_t i;

	if (json_array_size(grants) == 0 && !ruling->is_service)
		json_array_append_new(grants, json_string("authorization_code"));
	json_array_foreach(grants, i, grant) {
		if (!names_have(known, json_string_value(grant)))
			return REFUSE(ruling, "grant_types: %.80s is not supported",
			    json_string_value(grant));
	}
	if (ruling->auth == CLIENT_AUTH_NONE &&
	    (json_has_text(grants, "client_credentials") || json_has_text(grants, GRANT_CIBA)))
		return REFUSE(ruling, "grant_types: a public client cannot act for itself");
	if (!ruling->is_service && json_has_text(grants, GRANT_EXCHANGE))
		return REFUSE(ruling, "grant_types: only a service exchanges tokens");
	return responses_check(ruling, grants);
}

/* What an authorization code is asked by, and where it goes. */
static int
responses_check(struct client_ruling *ruling, const json_t *grants)
{
	const bool is_code = json_has_text(grants, "authorization_code");
	json_t *types = client_rules_array(ruling, "response_types");
	const json_t *type;
	size_t i;

	if (json_array_size(types) == 0 && is_code)
		json_array_append_new(types, json_string("code"));
	json_array_foreach(types, i, type) {
		if (!str_equal(json_string_value(type), "code"))
			return REFUSE(ruling, "response_types: only code is supported");
	}
	if (is_code && json_array_size(client_rules_array(ruling, "redirect_uris")) == 0)
		return fail(ruling->task, INVALID_REDIRECT_URI, "redirect_uris is missing");
	return 0;
}

int
client_grants_scope_check(struct client_ruling *ruling)
{
	const char *const *words;

	if (!ruling->is_service)
		client_rules_preset(ruling, "scope",
		    json_has_text(client_rules_array(ruling, "grant_types"), "refresh_token")
			? "openid profile email phone address offline_access"
			: "openid profile email phone address");
	if (client_rules_text(ruling, "scope") == NULL)
		return 0;
	words = (const char *const *)str_words(
	    ruling->task, client_rules_text(ruling, "scope"), SCOPES_MAX);
	if (words == NULL)
		return REFUSE(ruling, "scope has over %d words", SCOPES_MAX);
	for (; *words != NULL; words++) {
		/* RFC 6749 section 3.3 */
		if (!str_is_printable_ascii(*words) || strpbrk(*words, "\"\\") != NULL)
			return REFUSE(ruling, "scope has a letter that no scope has");
	}
	return 0;
}

int
client_grants_services_check(struct client_ruling *ruling)
{
	const json_t *purposes = json_object_get(ruling->metadata, "dvara_purposes"), *id;
	size_t i;

	json_array_foreach(client_rules_array(ruling, "dvara_resources"), i, id) {
		const char *text = json_string_value(id);

		if (strlen(text) > 64 ||
		    strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != strlen(text))
			return REFUSE(ruling, "dvara_resources[%zu] is not the id of a service", i);
	}
	return purposes == NULL ? 0 : client_purposes_check(ruling->task, purposes);
}

int
client_grants_modes_check(struct client_ruling *ruling)
{
	static const char *const known[] = {"query", "fragment", "form_post", "jwt", "query.jwt",
	    "fragment.jwt", "form_post.jwt", NULL};
	const json_t *mode;
	size_t i;

	json_array_foreach(json_object_get(ruling->metadata, "dvara_response_modes"), i, mode) {
		if (!names_have(known, json_string_value(mode)))
			return REFUSE(ruling, "dvara_response_modes[%zu] is not supported", i);
	}
	return 0;
}

int
client_grants_pkce_check(struct client_ruling *ruling)
{
	const json_t *given = json_object_get(ruling->metadata, "dvara_require_pkce");

	if (json_is_false(given) &&
	    (ruling->profile != CLIENT_STANDARD || ruling->auth == CLIENT_AUTH_NONE))
		return REFUSE(
		    ruling, "dvara_require_pkce: false is for confidential standard clients only");
	if (given == NULL)
		json_object_set_new(ruling->metadata, "dvara_require_pkce", json_true());
	return 0;
}

/* FAPI 2.0 section 5.3.2.2-1. */
int
client_grants_pushed_check(struct client_ruling *ruling)
{
	static const char name[] = "require_pushed_authorization_requests";
	const json_t *given = json_object_get(ruling->metadata, name);

	if (ruling->profile != CLIENT_FAPI2 ||
	    !json_has_text(client_rules_array(ruling, "grant_types"), "authorization_code"))
		return 0;
	if (json_is_false(given))
		return REFUSE(ruling, "%s: fapi2 asks for true", name);
	json_object_set_new(ruling->metadata, name, json_true());
	return 0;
}
