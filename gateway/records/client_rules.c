/* SPDX-License-Identifier: Apache-2.0
 *
 * Profiles, defaults and what must not go together (see client_rules.h).
 */
#include "records/client_rules.h"

#include "core/str.h"
#include "core/task.h"
#include "records/client_addresses.h"
#include "records/client_keys.h"
#include "records/client_ciba.h"
#include "records/client_jwt.h"
#include "records/client_metadata.h"
#include "records/client_sender.h"
#include "records/client_tls.h"
#include "records/client_uri.h"

#include <string.h>

#define SECRET_MIN_LENGTH 12
#define SECRET_MAX_LENGTH 256
#define SCOPES_MAX        32

struct draft {
	struct task *task;
	const json_t *given;
	json_t *metadata;
	enum client_profile profile;
	enum client_auth_method auth;
	bool is_service;
};

static int profile_choose(struct draft *draft);
static int auth_choose(struct draft *draft);
static enum client_auth_method auth_by_default(const struct draft *draft);
static int auth_check(struct draft *draft);
static int secret_check(struct draft *draft);
static int keys_check(struct draft *draft);
static int algs_check(struct draft *draft);
static int alg_check(
    struct draft *draft, const char *name, const char *const *allowed, const char *preset);
static int jwts_check(struct draft *draft);
static int grants_check(struct draft *draft);
static int ciba_check(struct draft *draft);
static int addresses_check(struct draft *draft);
static int scope_check(struct draft *draft);
static int resources_check(struct draft *draft);
static int events_check(struct draft *draft);
static int modes_check(struct draft *draft);
static int subject_check(struct draft *draft);
static int pkce_check(struct draft *draft);
static int pushed_check(struct draft *draft);
static int sender_check(struct draft *draft);
static int name_check(struct draft *draft);
static bool is_among(const char *text, const char *const *list);
static const char *text_of(const struct draft *draft, const char *name);
static json_t *array_of(const struct draft *draft, const char *name);
static void preset_text(struct draft *draft, const char *name, const char *text);

#define REFUSE(draft, ...) fail((draft)->task, INVALID_CLIENT_METADATA, __VA_ARGS__)

int
client_rules_apply(struct task *task, const json_t *given, json_t *metadata)
{
	static int (*const rules[])(struct draft * draft) = {
	    profile_choose,
	    auth_choose,
	    auth_check,
	    secret_check,
	    keys_check,
	    algs_check,
	    jwts_check,
	    grants_check,
	    ciba_check,
	    addresses_check,
	    scope_check,
	    resources_check,
	    events_check,
	    modes_check,
	    subject_check,
	    pkce_check,
	    pushed_check,
	    sender_check,
	    name_check,
	};
	struct draft draft = {
	    .task = task,
	    .given = given,
	    .metadata = metadata,
	    .is_service = json_get_bool(metadata, "dvara_service"),
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		int r = rules[i](&draft);

		if (r < 0)
			return r;
	}
	return 0;
}

static int
profile_choose(struct draft *draft)
{
	const char *name = text_of(draft, "dvara_profile");

	if (name != NULL) {
		draft->profile = client_profile_of(name);
		if (draft->profile == 0)
			return REFUSE(
			    draft, "dvara_profile is none of standard, fapi2, public-native");
		return 0;
	}
	draft->profile = CLIENT_STANDARD;
	if (auth_by_default(draft) == CLIENT_AUTH_NONE)
		draft->profile = CLIENT_PUBLIC_NATIVE;
	preset_text(draft, "dvara_profile", client_profile_name(draft->profile));
	return 0;
}

/* What token_endpoint_auth_method says, or would say. */
static enum client_auth_method
auth_by_default(const struct draft *draft)
{
	const char *name = text_of(draft, "token_endpoint_auth_method");
	bool has_secret = json_object_get(draft->given, "client_secret") != NULL;
	bool has_keys =
	    json_object_get(draft->metadata, "jwks") != NULL || text_of(draft, "jwks_uri") != NULL;

	if (name != NULL)
		return client_auth_of(name);
	if (draft->profile == CLIENT_PUBLIC_NATIVE)
		return CLIENT_AUTH_NONE;
	if (draft->profile == CLIENT_FAPI2 || draft->is_service || (has_keys && !has_secret))
		return CLIENT_AUTH_PRIVATE_KEY_JWT;
	if (!has_secret && str_equal(text_of(draft, "application_type"), "native"))
		return CLIENT_AUTH_NONE;
	return CLIENT_AUTH_SECRET_BASIC;
}

static int
auth_choose(struct draft *draft)
{
	draft->auth = auth_by_default(draft);
	if (draft->auth == 0)
		return REFUSE(draft, "token_endpoint_auth_method is none of client_secret_basic, "
				     "client_secret_post, private_key_jwt, tls_client_auth, "
				     "self_signed_tls_client_auth, none");
	preset_text(draft, "token_endpoint_auth_method", client_auth_name(draft->auth));
	return 0;
}

static int
auth_check(struct draft *draft)
{
	bool is_tls = draft->auth == CLIENT_AUTH_TLS || draft->auth == CLIENT_AUTH_SELF_SIGNED_TLS;

	if (draft->profile == CLIENT_FAPI2 && draft->auth != CLIENT_AUTH_PRIVATE_KEY_JWT && !is_tls)
		return REFUSE(draft, "token_endpoint_auth_method: fapi2 asks for private_key_jwt, "
				     "tls_client_auth or self_signed_tls_client_auth");
	if (draft->is_service && draft->auth != CLIENT_AUTH_PRIVATE_KEY_JWT)
		return REFUSE(
		    draft, "token_endpoint_auth_method: a service asks for private_key_jwt");
	if (draft->profile == CLIENT_PUBLIC_NATIVE && draft->auth != CLIENT_AUTH_NONE)
		return REFUSE(draft, "token_endpoint_auth_method: public-native asks for none");
	return 0;
}

static int
secret_check(struct draft *draft)
{
	const json_t *member = json_object_get(draft->given, "client_secret");
	const char *secret = json_string_value(member);
	size_t len;

	if (member == NULL || json_is_null(member))
		return 0;
	if (!client_metadata_needs_secret(draft->metadata))
		return REFUSE(
		    draft, "client_secret: this client does not authenticate with a secret");
	len = secret == NULL ? 0 : strlen(secret);
	if (len < SECRET_MIN_LENGTH || len > SECRET_MAX_LENGTH || !str_is_printable_ascii(secret))
		return REFUSE(draft, "client_secret is not %d to %d printable ASCII letters",
		    SECRET_MIN_LENGTH, SECRET_MAX_LENGTH);
	return 0;
}

bool
client_metadata_needs_secret(const json_t *metadata)
{
	enum client_auth_method method =
	    client_auth_of(json_get_text(metadata, "token_endpoint_auth_method"));

	return method == CLIENT_AUTH_SECRET_BASIC || method == CLIENT_AUTH_SECRET_POST;
}

static int
keys_check(struct draft *draft)
{
	return client_keys_check(draft->task, draft->metadata, draft->auth);
}

static int
algs_check(struct draft *draft)
{
	static const char *const safe[] = {"ES256", "PS256", "EdDSA", NULL};
	static const char *const usual[] = {"RS256", "ES256", "PS256", "EdDSA", NULL};
	static const char *const assertions[] = {"ES256", "ES384", "PS256", "EdDSA", "RS256", NULL};
	bool is_fapi = draft->profile == CLIENT_FAPI2;
	int r;

	r = alg_check(draft, "token_endpoint_auth_signing_alg", is_fapi ? safe : assertions, NULL);
	if (r < 0)
		return r;
	r = alg_check(draft, "introspection_signed_response_alg", is_fapi ? safe : usual,
	    is_fapi ? "ES256" : "RS256");
	if (r < 0)
		return r;
	/* OpenID Connect Dynamic Client Registration section 2: RS256 where nothing is said */
	return alg_check(draft, "id_token_signed_response_alg", is_fapi ? safe : usual,
	    is_fapi ? "ES256" : "RS256");
}

static int
alg_check(struct draft *draft, const char *name, const char *const *allowed, const char *preset)
{
	const char *alg = text_of(draft, name);

	if (alg != NULL && !is_among(alg, allowed))
		return REFUSE(draft, "%s: %.20s is not allowed", name, alg);
	preset_text(draft, name, preset);
	return 0;
}

static int
jwts_check(struct draft *draft)
{
	return client_jwt_check(draft->task, draft->metadata, draft->profile);
}

static int
grants_check(struct draft *draft)
{
	static const char *const known[] = {"authorization_code", "refresh_token",
	    "client_credentials", "urn:ietf:params:oauth:grant-type:device_code",
	    "urn:openid:params:grant-type:ciba", "urn:ietf:params:oauth:grant-type:token-exchange",
	    "urn:ietf:params:oauth:grant-type:pre-authorized_code", NULL};
	json_t *grants = array_of(draft, "grant_types"), *types;
	const json_t *grant;
	size_t i;

	if (json_array_size(grants) == 0 && !draft->is_service)
		json_array_append_new(grants, json_string("authorization_code"));
	json_array_foreach(grants, i, grant) {
		if (!is_among(json_string_value(grant), known))
			return REFUSE(
			    draft, "grant_types: %.80s is not supported", json_string_value(grant));
	}
	if (draft->auth == CLIENT_AUTH_NONE &&
	    (json_has_text(grants, "client_credentials") || json_has_text(grants, known[4])))
		return REFUSE(draft, "grant_types: a public client cannot act for itself");
	if (!draft->is_service && json_has_text(grants, known[5]))
		return REFUSE(draft, "grant_types: only a service exchanges tokens");
	types = array_of(draft, "response_types");
	if (json_array_size(types) == 0 && json_has_text(grants, "authorization_code"))
		json_array_append_new(types, json_string("code"));
	json_array_foreach(types, i, grant) {
		if (!str_equal(json_string_value(grant), "code"))
			return REFUSE(draft, "response_types: only code is supported");
	}
	if (json_has_text(grants, "authorization_code") &&
	    json_array_size(array_of(draft, "redirect_uris")) == 0)
		return fail(draft->task, INVALID_REDIRECT_URI, "redirect_uris is missing");
	return 0;
}

static int
ciba_check(struct draft *draft)
{
	return client_ciba_check(draft->task, draft->metadata);
}

static int
addresses_check(struct draft *draft)
{
	array_of(draft, "redirect_uris");
	array_of(draft, "post_logout_redirect_uris");
	return client_addresses_check(draft->task, draft->metadata, draft->profile);
}

static int
scope_check(struct draft *draft)
{
	const char *const *words;

	if (!draft->is_service)
		preset_text(draft, "scope",
		    json_has_text(array_of(draft, "grant_types"), "refresh_token")
			? "openid profile email phone address offline_access"
			: "openid profile email phone address");
	if (text_of(draft, "scope") == NULL)
		return 0;
	words = (const char *const *)str_words(draft->task, text_of(draft, "scope"), SCOPES_MAX);
	if (words == NULL)
		return REFUSE(draft, "scope has over %d words", SCOPES_MAX);
	for (; *words != NULL; words++) {
		/* RFC 6749 section 3.3 */
		if (!str_is_printable_ascii(*words) || strpbrk(*words, "\"\\") != NULL)
			return REFUSE(draft, "scope has a letter that no scope has");
	}
	return 0;
}

static int
resources_check(struct draft *draft)
{
	const json_t *purposes = json_object_get(draft->metadata, "dvara_purposes"), *id;
	size_t i;

	json_array_foreach(array_of(draft, "dvara_resources"), i, id) {
		const char *text = json_string_value(id);

		if (strlen(text) > 64 ||
		    strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != strlen(text))
			return REFUSE(draft, "dvara_resources[%zu] is not the id of a service", i);
	}
	return purposes == NULL ? 0 : client_purposes_check(draft->task, purposes);
}

static int
events_check(struct draft *draft)
{
	const json_t *events = json_object_get(draft->metadata, "dvara_events");

	if (events != NULL && !draft->is_service)
		return REFUSE(draft, "dvara_events is for services");
	return events == NULL ? 0 : client_events_check(draft->task, events);
}

static int
modes_check(struct draft *draft)
{
	static const char *const known[] = {"query", "fragment", "form_post", "jwt", "query.jwt",
	    "fragment.jwt", "form_post.jwt", NULL};
	const json_t *mode;
	size_t i;

	json_array_foreach(json_object_get(draft->metadata, "dvara_response_modes"), i, mode) {
		if (!is_among(json_string_value(mode), known))
			return REFUSE(draft, "dvara_response_modes[%zu] is not supported", i);
	}
	return 0;
}

static int
subject_check(struct draft *draft)
{
	static const char *const types[] = {"pairwise", "public", NULL};

	preset_text(draft, "subject_type", "pairwise");
	if (!is_among(text_of(draft, "subject_type"), types))
		return REFUSE(draft, "subject_type is neither pairwise nor public");
	return 0;
}

static int
pkce_check(struct draft *draft)
{
	const json_t *given = json_object_get(draft->metadata, "dvara_require_pkce");

	if (json_is_false(given) &&
	    (draft->profile != CLIENT_STANDARD || draft->auth == CLIENT_AUTH_NONE))
		return REFUSE(
		    draft, "dvara_require_pkce: false is for confidential standard clients only");
	if (given == NULL)
		json_object_set_new(draft->metadata, "dvara_require_pkce", json_true());
	return 0;
}

/* FAPI 2.0 section 5.3.2.2-1. */
static int
pushed_check(struct draft *draft)
{
	static const char name[] = "require_pushed_authorization_requests";
	const json_t *given = json_object_get(draft->metadata, name);

	if (draft->profile != CLIENT_FAPI2 ||
	    !json_has_text(array_of(draft, "grant_types"), "authorization_code"))
		return 0;
	if (json_is_false(given))
		return REFUSE(draft, "%s: fapi2 asks for true", name);
	json_object_set_new(draft->metadata, name, json_true());
	return 0;
}

static int
sender_check(struct draft *draft)
{
	int r = client_tls_check(draft->task, draft->metadata, draft->auth);

	if (r < 0)
		return r;
	return client_sender_check(draft->task, draft->metadata, draft->profile);
}

static int
name_check(struct draft *draft)
{
	static const char *const types[] = {"web", "native", NULL};

	preset_text(
	    draft, "application_type", draft->profile == CLIENT_PUBLIC_NATIVE ? "native" : "web");
	if (!is_among(text_of(draft, "application_type"), types))
		return REFUSE(draft, "application_type is neither web nor native");
	return 0;
}

static bool
is_among(const char *text, const char *const *list)
{
	for (; *list != NULL; list++) {
		if (str_equal(text, *list))
			return true;
	}
	return false;
}

static const char *
text_of(const struct draft *draft, const char *name)
{
	return json_get_text(draft->metadata, name);
}

/* Made empty where it is absent. */
static json_t *
array_of(const struct draft *draft, const char *name)
{
	json_t *array = json_object_get(draft->metadata, name);

	if (array != NULL)
		return array;
	array = json_array();
	json_object_set_new(draft->metadata, name, array);
	return array;
}

static void
preset_text(struct draft *draft, const char *name, const char *text)
{
	if (json_object_get(draft->metadata, name) == NULL)
		json_set_text(draft->metadata, name, text);
}

static const char *const profiles[] = {
    [CLIENT_STANDARD] = "standard",
    [CLIENT_FAPI2] = "fapi2",
    [CLIENT_PUBLIC_NATIVE] = "public-native",
};
static const char *const auth_methods[] = {
    [CLIENT_AUTH_NONE] = "none",
    [CLIENT_AUTH_SECRET_BASIC] = "client_secret_basic",
    [CLIENT_AUTH_SECRET_POST] = "client_secret_post",
    [CLIENT_AUTH_PRIVATE_KEY_JWT] = "private_key_jwt",
    [CLIENT_AUTH_TLS] = "tls_client_auth",
    [CLIENT_AUTH_SELF_SIGNED_TLS] = "self_signed_tls_client_auth",
};

const char *
client_profile_name(enum client_profile profile)
{
	return profiles[profile];
}

enum client_profile
client_profile_of(const char *name)
{
	for (size_t i = 1; i < sizeof(profiles) / sizeof(profiles[0]); i++) {
		if (str_equal(profiles[i], name))
			return (enum client_profile)i;
	}
	return 0;
}

const char *
client_auth_name(enum client_auth_method method)
{
	return auth_methods[method];
}

enum client_auth_method
client_auth_of(const char *name)
{
	for (size_t i = 1; i < sizeof(auth_methods) / sizeof(auth_methods[0]); i++) {
		if (str_equal(auth_methods[i], name))
			return (enum client_auth_method)i;
	}
	return 0;
}
