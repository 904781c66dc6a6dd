/* SPDX-License-Identifier: Apache-2.0
 *
 * The keys in a client's metadata (see client_keys.h).
 */
#include "records/client_keys.h"

#include "core/str.h"
#include "core/task.h"

static bool keys_can_sign(const json_t *metadata, const struct jwks *jwks);

#define REFUSE(task, ...) fail((task), INVALID_CLIENT_METADATA, __VA_ARGS__)

int
client_keys_check(struct task *task, const json_t *metadata, enum client_auth_method auth_method)
{
	const json_t *json = json_object_get(metadata, "jwks");
	const char *uri = json_get_text(metadata, "jwks_uri");
	struct jwks jwks;
	size_t n_left_out;
	bool can_sign;

	if (uri != NULL && json != NULL) /* RFC 7591 section 2 */
		return REFUSE(task, "jwks and jwks_uri are both there");
	if (uri != NULL && !str_starts(uri, "https:"))
		return REFUSE(task, "jwks_uri is not an https address");
	if (uri != NULL)
		return 0;
	if (json == NULL && auth_method == CLIENT_AUTH_PRIVATE_KEY_JWT)
		return REFUSE(task, "jwks or jwks_uri is missing: private_key_jwt asks for it");
	if (json == NULL)
		return 0;
	if (jwks_parse(task, json, &jwks) < 0)
		return fault_as(task, INVALID_CLIENT_METADATA);
	can_sign = keys_can_sign(metadata, &jwks);
	n_left_out = jwks.n_left_out;
	jwks_close(&jwks);
	if (n_left_out > 0)
		return REFUSE(task, "jwks has a key that is too weak or of an unknown kind");
	if (auth_method == CLIENT_AUTH_PRIVATE_KEY_JWT && !can_sign)
		return REFUSE(task, "jwks has no key for the client's assertions");
	return 0;
}

static bool
keys_can_sign(const json_t *metadata, const struct jwks *jwks)
{
	static const enum alg algs[] = {ALG_ES256, ALG_PS256, ALG_EDDSA, ALG_ES384, ALG_RS256};
	enum alg only = alg_of(json_get_text(metadata, "token_endpoint_auth_signing_alg"));

	for (size_t i = 0; i < jwks->n_keys; i++) {
		for (size_t n = 0; n < sizeof(algs) / sizeof(algs[0]); n++) {
			if (algs[n] == ALG_RS256 && only != ALG_RS256)
				continue;
			if ((only == ALG_NONE || only == algs[n]) &&
			    jwk_allows(jwks->keys[i], algs[n]))
				return true;
		}
	}
	return false;
}
