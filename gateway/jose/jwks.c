/* SPDX-License-Identifier: Apache-2.0
 *
 * Sets of public keys (RFC 7517 section 5): a client's, an upstream provider's.
 */
#include "jose/jwk.h"

#include "core/task.h"

static bool has_kid(const struct jwks *jwks, const char *kid);
static int add(struct task *task, const json_t *json, struct jwks *jwks);

int
jwks_parse(struct task *task, const json_t *json, struct jwks *ret_jwks)
{
	const json_t *keys = json_object_get(json, "keys"), *key;
	struct jwks jwks = {0};
	size_t i;

	if (!json_is_array(keys))
		return fail(task, INVALID_REQUEST, "JWK Set: keys is not an array");
	if (json_array_size(keys) > JWKS_MAX_KEYS)
		return fail(task, INVALID_REQUEST, "JWK Set: over %d keys", JWKS_MAX_KEYS);
	jwks.keys = task_new_n(task, struct jwk *, JWKS_MAX_KEYS);
	json_array_foreach(keys, i, key) {
		int r = add(task, key, &jwks);

		if (r < 0) {
			jwks_close(&jwks);
			return r;
		}
	}
	*ret_jwks = jwks;
	return 0;
}

static int
add(struct task *task, const json_t *json, struct jwks *jwks)
{
	struct jwk *jwk;

	if (!json_is_object(json))
		return fail(task, INVALID_REQUEST, "JWK Set: a key is not an object");
	if (jwk_is_secret(json))
		return fail(task, INVALID_REQUEST, "JWK Set: a private or symmetric key");
	if (jwk_parse(task, json, &jwk) < 0) {
		/* RFC 7517 section 5: ignore what is not understood or out of range. */
		fault_clear(task);
		jwks->n_left_out++;
		return 0;
	}
	if (has_kid(jwks, jwk_kid(jwk))) {
		jwk_drop(jwk);
		return fail(task, INVALID_REQUEST, "JWK Set: two keys of one kid");
	}
	jwks->keys[jwks->n_keys++] = jwk;
	return 0;
}

static bool
has_kid(const struct jwks *jwks, const char *kid)
{
	for (size_t i = 0; i < jwks->n_keys; i++)
		if (str_equal(jwk_kid(jwks->keys[i]), kid))
			return true;
	return false;
}

void
jwks_close(struct jwks *jwks)
{
	for (size_t i = 0; i < jwks->n_keys; i++)
		jwk_drop(jwks->keys[i]);
	*jwks = (struct jwks){0};
}

struct jwk *
jwks_find(const struct jwks *jwks, const char *kid, enum alg alg)
{
	struct jwk *only = NULL;

	for (size_t i = 0; i < jwks->n_keys; i++) {
		struct jwk *jwk = jwks->keys[i];

		if (!jwk_allows(jwk, alg) || (kid != NULL && !str_equal(jwk_kid(jwk), kid)))
			continue;
		if (only != NULL)
			return NULL;
		only = jwk;
	}
	return only;
}
