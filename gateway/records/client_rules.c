/* SPDX-License-Identifier: Apache-2.0
 *
 * Profiles, defaults and what must not go together (see client_rules.h).
 */
#include "records/client_rules.h"

#include "core/names.h"
#include "records/client_addresses.h"
#include "records/client_ciba.h"
#include "records/client_grants.h"
#include "records/client_jwt.h"
#include "records/client_keys.h"
#include "records/client_metadata.h"
#include "records/client_rules_inside.h"
#include "records/client_sender.h"
#include "records/client_tls.h"

#include <string.h>

#define SECRET_MIN_LENGTH 12
#define SECRET_MAX_LENGTH 256

static int profile_choose(struct client_ruling *ruling);
static int auth_choose(struct client_ruling *ruling);
static enum client_auth_method auth_by_default(const struct client_ruling *ruling);
static int auth_check(struct client_ruling *ruling);
static int secret_check(struct client_ruling *ruling);
static int keys_check(struct client_ruling *ruling);
static int algs_check(struct client_ruling *ruling);
static int alg_check(
    struct client_ruling *ruling, const char *name, const char *const *allowed, const char *preset);
static int jwts_check(struct client_ruling *ruling);
static int ciba_check(struct client_ruling *ruling);
static int addresses_check(struct client_ruling *ruling);
static int events_check(struct client_ruling *ruling);
static int subject_check(struct client_ruling *ruling);
static int sender_check(struct client_ruling *ruling);
static int type_check(struct client_ruling *ruling);

int
client_rules_apply(struct task *task, const json_t *given, json_t *metadata)
{
	static int (*const rules[])(struct client_ruling * ruling) = {
	    profile_choose,
	    auth_choose,
	    auth_check,
	    secret_check,
	    keys_check,
	    algs_check,
	    jwts_check,
	    client_grants_check,
	    ciba_check,
	    addresses_check,
	    client_grants_scope_check,
	    client_grants_services_check,
	    events_check,
	    client_grants_modes_check,
	    subject_check,
	    client_grants_pkce_check,
	    client_grants_pushed_check,
	    sender_check,
	    type_check,
	};
	struct client_ruling ruling = {
	    .task = task,
	    .given = given,
	    .metadata = metadata,
	    .is_service = json_get_bool(metadata, "dvara_service"),
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(rules) / sizeof(rules[0]); i++)
		r = rules[i](&ruling);
	return r;
}

static int
profile_choose(struct client_ruling *ruling)
{
	const char *name = client_rules_text(ruling, "dvara_profile");

	if (name != NULL) {
		ruling->profile = client_profile_of(name);
		if (ruling->profile == 0)
			return REFUSE(
			    ruling, "dvara_profile is none of standard, fapi2, public-native");
		return 0;
	}
	ruling->profile = CLIENT_STANDARD;
	if (auth_by_default(ruling) == CLIENT_AUTH_NONE)
		ruling->profile = CLIENT_PUBLIC_NATIVE;
	client_rules_preset(ruling, "dvara_profile", client_profile_name(ruling->profile));
	return 0;
}

/* What token_endpoint_auth_method says, or would say. */
static enum client_auth_method
auth_by_default(const struct client_ruling *ruling)
{
	const char *name = client_rules_text(ruling, "token_endpoint_auth_method");
	bool has_secret = json_object_get(ruling->given, "client_secret") != NULL;
	bool has_keys = json_object_get(ruling->metadata, "jwks") != NULL ||
			client_rules_text(ruling, "jwks_uri") != NULL;

	if (name != NULL)
		return client_auth_of(name);
	if (ruling->profile == CLIENT_PUBLIC_NATIVE)
		return CLIENT_AUTH_NONE;
	if (ruling->profile == CLIENT_FAPI2 || ruling->is_service || (has_keys && !has_secret))
		return CLIENT_AUTH_PRIVATE_KEY_JWT;
	if (!has_secret && str_equal(client_rules_text(ruling, "application_type"), "native"))
		return CLIENT_AUTH_NONE;
	return CLIENT_AUTH_SECRET_BASIC;
}

static int
auth_choose(struct client_ruling *ruling)
{
	ruling->auth = auth_by_default(ruling);
	if (ruling->auth == 0)
		return REFUSE(ruling, "token_endpoint_auth_method is none of client_secret_basic, "
				      "client_secret_post, private_key_jwt, tls_client_auth, "
				      "self_signed_tls_client_auth, none");
	client_rules_preset(ruling, "token_endpoint_auth_method", client_auth_name(ruling->auth));
	return 0;
}

static int
auth_check(struct client_ruling *ruling)
{
	bool is_tls =
	    ruling->auth == CLIENT_AUTH_TLS || ruling->auth == CLIENT_AUTH_SELF_SIGNED_TLS;

	if (ruling->profile == CLIENT_FAPI2 && ruling->auth != CLIENT_AUTH_PRIVATE_KEY_JWT &&
	    !is_tls)
		return REFUSE(ruling, "token_endpoint_auth_method: fapi2 asks for private_key_jwt, "
				      "tls_client_auth or self_signed_tls_client_auth");
	if (ruling->is_service && ruling->auth != CLIENT_AUTH_PRIVATE_KEY_JWT)
		return REFUSE(
		    ruling, "token_endpoint_auth_method: a service asks for private_key_jwt");
	if (ruling->profile == CLIENT_PUBLIC_NATIVE && ruling->auth != CLIENT_AUTH_NONE)
		return REFUSE(ruling, "token_endpoint_auth_method: public-native asks for none");
	return 0;
}

static int
secret_check(struct client_ruling *ruling)
{
	const json_t *member = json_object_get(ruling->given, "client_secret");
	const char *secret = json_string_value(member);
	size_t len;

	if (member == NULL || json_is_null(member))
		return 0;
	if (!client_metadata_needs_secret(ruling->metadata))
		return REFUSE(
		    ruling, "client_secret: this client does not authenticate with a secret");
	len = secret == NULL ? 0 : strlen(secret);
	if (len < SECRET_MIN_LENGTH || len > SECRET_MAX_LENGTH || !str_is_printable_ascii(secret))
		return REFUSE(ruling, "client_secret is not %d to %d printable ASCII letters",
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
keys_check(struct client_ruling *ruling)
{
	return client_keys_check(ruling->task, ruling->metadata, ruling->auth);
}

static int
algs_check(struct client_ruling *ruling)
{
	static const char *const safe[] = {"ES256", "PS256", "EdDSA", NULL};
	static const char *const usual[] = {"RS256", "ES256", "PS256", "EdDSA", NULL};
	static const char *const assertions[] = {"ES256", "ES384", "PS256", "EdDSA", "RS256", NULL};
	bool is_fapi = ruling->profile == CLIENT_FAPI2;
	int r;

	r = alg_check(ruling, "token_endpoint_auth_signing_alg", is_fapi ? safe : assertions, NULL);
	if (r < 0)
		return r;
	r = alg_check(ruling, "introspection_signed_response_alg", is_fapi ? safe : usual,
	    is_fapi ? "ES256" : "RS256");
	if (r < 0)
		return r;
	/* OpenID Connect Dynamic Client Registration section 2: RS256 where nothing is said */
	return alg_check(ruling, "id_token_signed_response_alg", is_fapi ? safe : usual,
	    is_fapi ? "ES256" : "RS256");
}

static int
alg_check(
    struct client_ruling *ruling, const char *name, const char *const *allowed, const char *preset)
{
	const char *alg = client_rules_text(ruling, name);

	if (alg != NULL && !names_have(allowed, alg))
		return REFUSE(ruling, "%s: %.20s is not allowed", name, alg);
	client_rules_preset(ruling, name, preset);
	return 0;
}

static int
jwts_check(struct client_ruling *ruling)
{
	return client_jwt_check(ruling->task, ruling->metadata, ruling->profile);
}

static int
ciba_check(struct client_ruling *ruling)
{
	return client_ciba_check(ruling->task, ruling->metadata);
}

static int
addresses_check(struct client_ruling *ruling)
{
	client_rules_array(ruling, "redirect_uris");
	client_rules_array(ruling, "post_logout_redirect_uris");
	return client_addresses_check(ruling->task, ruling->metadata, ruling->profile);
}

static int
events_check(struct client_ruling *ruling)
{
	const json_t *events = json_object_get(ruling->metadata, "dvara_events");

	if (events != NULL && !ruling->is_service)
		return REFUSE(ruling, "dvara_events is for services");
	return events == NULL ? 0 : client_events_check(ruling->task, events);
}

static int
subject_check(struct client_ruling *ruling)
{
	static const char *const types[] = {"pairwise", "public", NULL};

	client_rules_preset(ruling, "subject_type", "pairwise");
	if (!names_have(types, client_rules_text(ruling, "subject_type")))
		return REFUSE(ruling, "subject_type is neither pairwise nor public");
	return 0;
}

static int
sender_check(struct client_ruling *ruling)
{
	int r = client_tls_check(ruling->task, ruling->metadata, ruling->auth);

	if (r < 0)
		return r;
	return client_sender_check(ruling->task, ruling->metadata, ruling->profile);
}

static int
type_check(struct client_ruling *ruling)
{
	static const char *const types[] = {"web", "native", NULL};

	client_rules_preset(
	    ruling, "application_type", ruling->profile == CLIENT_PUBLIC_NATIVE ? "native" : "web");
	if (!names_have(types, client_rules_text(ruling, "application_type")))
		return REFUSE(ruling, "application_type is neither web nor native");
	return 0;
}

const char *
client_rules_text(const struct client_ruling *ruling, const char *name)
{
	return json_get_text(ruling->metadata, name);
}

json_t *
client_rules_array(const struct client_ruling *ruling, const char *name)
{
	json_t *array = json_object_get(ruling->metadata, name);

	if (array != NULL)
		return array;
	array = json_array();
	json_object_set_new(ruling->metadata, name, array);
	return array;
}

void
client_rules_preset(struct client_ruling *ruling, const char *name, const char *text)
{
	if (json_object_get(ruling->metadata, name) == NULL)
		json_set_text(ruling->metadata, name, text);
}
