/* SPDX-License-Identifier: Apache-2.0
 *
 * JWTs to and from clients (see client_jwt.h).
 */
#include "records/client_jwt.h"

#include "core/str.h"
#include "core/task.h"
#include "jose/jwe.h"

/* Encryption (OpenID Connect Dynamic Client Registration section 2): alg, enc, and enc where
 * nothing is said. */
#define SEALS \
	X(id_token_encrypted_response, id_token_seal) \
	X(userinfo_encrypted_response, userinfo_seal) \
	X(authorization_encrypted_response, authorization_seal)
#define ENC_USUAL "A128CBC-HS256"

/* Of what is signed; fapi2 clients do without RS256 (FAPI 2.0 section 5.4). */
#define SAFE  "ES256 PS256 EdDSA"
#define USUAL "RS256 " SAFE

static int alg_check(
    struct task *task, const json_t *metadata, const char *name, const char *allowed);
static int seal_check(struct task *task, json_t *metadata, const char *alg, const char *enc);
static int seals_check(struct task *task, json_t *metadata);
static bool asks_jwt(const json_t *modes);
static bool has_keys(const json_t *metadata);

int
client_jwt_check(struct task *task, json_t *metadata, enum client_profile profile)
{
	const char *signing = profile == CLIENT_FAPI2 ? SAFE : USUAL;
	int r;

	r = alg_check(task, metadata, "request_object_signing_alg", signing);
	if (r < 0)
		return r;
	r = alg_check(task, metadata, "authorization_signed_response_alg", signing);
	if (r < 0)
		return r;
	r = alg_check(task, metadata, "userinfo_signed_response_alg", signing);
	if (r < 0)
		return r;
	r = seals_check(task, metadata);
	if (r < 0)
		return r;
	if (asks_jwt(json_object_get(metadata, "dvara_response_modes")) &&
	    json_object_get(metadata, "authorization_signed_response_alg") == NULL)
		return fail(task, INVALID_CLIENT_METADATA,
		    "authorization_signed_response_alg is missing: dvara_response_modes names jwt");
	if (!has_keys(metadata) &&
	    (json_object_get(metadata, "request_object_signing_alg") != NULL ||
		json_get_bool(metadata, "require_signed_request_object")))
		return fail(
		    task, INVALID_CLIENT_METADATA, "jwks is missing: signed requests ask for it");
	return 0;
}

static int
alg_check(struct task *task, const json_t *metadata, const char *name, const char *allowed)
{
	const char *alg = json_get_text(metadata, name);

	if (alg == NULL || str_has_word(allowed, alg))
		return 0;
	return fail(task, INVALID_CLIENT_METADATA, "%s: %.20s is not allowed", name, alg);
}

static int
seals_check(struct task *task, json_t *metadata)
{
	int r;

#define X(member, seal) \
	r = seal_check(task, metadata, #member "_alg", #member "_enc"); \
	if (r < 0) \
		return r;
	SEALS
#undef X
	return 0;
}

static int
seal_check(struct task *task, json_t *metadata, const char *alg, const char *enc)
{
	json_auto_t *key = NULL;
	struct jwks jwks;
	int r;

	if (json_object_get(metadata, alg) == NULL && json_object_get(metadata, enc) != NULL)
		return fail(task, INVALID_CLIENT_METADATA, "%s asks for %s", enc, alg);
	if (json_object_get(metadata, alg) == NULL)
		return 0;
	if (json_object_get(metadata, enc) == NULL)
		json_set_text(metadata, enc, ENC_USUAL);
	r = alg_check(task, metadata, alg, JWE_ALGS);
	if (r == 0)
		r = alg_check(task, metadata, enc, JWE_ENCS);
	if (r < 0)
		return r;
	if (json_object_get(metadata, "jwks_uri") != NULL)
		return 0;
	if (jwks_parse(task, json_object_get(metadata, "jwks"), &jwks) < 0) {
		fault_clear(task);
		return fail(task, INVALID_CLIENT_METADATA, "%s: jwks is missing", alg);
	}
	key = jwe_key_of(&jwks, json_get_text(metadata, alg));
	jwks_close(&jwks);
	if (key == NULL)
		return fail(task, INVALID_CLIENT_METADATA, "%s: jwks has no key for it", alg);
	return 0;
}

static bool
asks_jwt(const json_t *modes)
{
	size_t i;

	for (i = 0; i < json_array_size(modes); i++)
		if (str_ends(json_string_value(json_array_get(modes, i)), "jwt"))
			return true;
	return false;
}

static bool
has_keys(const json_t *metadata)
{
	return json_object_get(metadata, "jwks") != NULL ||
	       json_object_get(metadata, "jwks_uri") != NULL;
}

void
client_jwt_fill(struct client *client, const json_t *metadata)
{
	client->request_alg = alg_of(json_get_text(metadata, "request_object_signing_alg"));
	client->userinfo_alg = alg_of(json_get_text(metadata, "userinfo_signed_response_alg"));
#define X(member, seal) \
	client->seal = (struct client_seal){ \
	    json_get_text(metadata, #member "_alg"), json_get_text(metadata, #member "_enc")};
	SEALS
#undef X
	client->authorization_alg =
	    alg_of(json_get_text(metadata, "authorization_signed_response_alg"));
	client->requires_signed_request = json_get_bool(metadata, "require_signed_request_object");
}
