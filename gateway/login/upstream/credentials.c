/* SPDX-License-Identifier: Apache-2.0
 *
 * Secrets and keys between us and an upstream (see credentials.h).
 */
#include "login/upstream/credentials.h"

#include "core/file.h"
#include "core/task.h"
#include "jose/jwe.h"

#include <stdlib.h>
#include <string.h>

static int secret_read(struct reading *reading);
static int keys_read(struct reading *reading);
static int key_take(struct reading *reading, const json_t *jwk);

int
credentials_algs(struct reading *reading)
{
	const json_t *json = reading->upstream->json;
	const char *alg = json_get_text(json, "id_token_signed_response_alg");
	const json_t *encryption = json_object_get(json, "id_token_encrypted_response_alg");

	reading->upstream->id_token_alg = alg_of(alg == NULL ? "RS256" : alg);
	if (reading->upstream->id_token_alg == ALG_NONE)
		return fail(reading->task, MISCONFIGURED,
		    "%s: id_token_signed_response_alg is none of RS256 PS256 ES256 ES384 EdDSA",
		    reading->path);
	if (encryption && !str_equal(json_string_value(encryption), "ECDH-ES"))
		return fail(reading->task, MISCONFIGURED,
		    "%s: id_token_encrypted_response_alg is not ECDH-ES", reading->path);
	return 0;
}

int
credentials_read(struct reading *reading)
{
	struct upstream *upstream = reading->upstream;
	int r;

	r = reading_text(reading, "token_endpoint_auth_method", &upstream->auth_method);
	if (r < 0)
		return r;
	if (!str_has_word(
		"private_key_jwt client_secret_basic client_secret_post", upstream->auth_method))
		return fail(reading->task, MISCONFIGURED,
		    "%s: token_endpoint_auth_method is none of private_key_jwt "
		    "client_secret_basic client_secret_post",
		    reading->path);
	upstream->public_keys = json_pack("{s:[]}", "keys");
	if (json_object_get(upstream->json, "keys_file"))
		r = keys_read(reading);
	if (r < 0)
		return r;
	if (!str_equal(upstream->auth_method, "private_key_jwt"))
		return secret_read(reading);
	if (!upstream->signer)
		return fail(reading->task, MISCONFIGURED,
		    "%s: private_key_jwt needs a keys_file with a key of use \"sig\"",
		    reading->path);
	return 0;
}

static int
secret_read(struct reading *reading)
{
	const char *path = NULL, *text = "";
	int r;

	r = reading_path(reading, "client_secret_file", &path);
	if (r == 0)
		r = file_text(reading->task, path, true, &text);
	if (r < 0)
		return r;
	reading->upstream->client_secret = strndup(text, strcspn(text, "\r\n"));
	if (*reading->upstream->client_secret == '\0')
		return fail(reading->task, MISCONFIGURED, "%s: is empty", path);
	return 0;
}

/* A private JWK Set: use "sig" signs our assertions, use "enc" opens what is encrypted for us. */
static int
keys_read(struct reading *reading)
{
	const char *path = NULL, *text = "";
	json_t *set, *jwk;
	size_t i;
	int r;

	r = reading_path(reading, "keys_file", &path);
	if (r == 0)
		r = file_text(reading->task, path, true, &text);
	if (r < 0)
		return r;
	if (json_parse_object(reading->task, text, strlen(text), &set) < 0)
		return fault_as(reading->task, MISCONFIGURED);
	json_keep(reading->task, set);
	json_array_foreach(json_object_get(set, "keys"), i, jwk) {
		r = key_take(reading, jwk);
		if (r < 0)
			return r;
	}
	if (json_object_get(reading->upstream->json, "id_token_encrypted_response_alg") &&
	    !reading->upstream->private_key)
		return fail(reading->task, MISCONFIGURED, "%s: has no key of use \"enc\"", path);
	return 0;
}

/* The first of each use serves; all are published, so that the next may be there before it does. */
static int
key_take(struct reading *reading, const json_t *jwk)
{
	struct upstream *upstream = reading->upstream;
	bool is_wanted = json_object_get(upstream->json, "id_token_encrypted_response_alg") != NULL;
	const char *use = json_get_text(jwk, "use");
	json_t *shown = jwe_key_public(jwk);
	struct signer *signer = NULL;
	int r = 0;

	if (str_equal(use, "enc") && is_wanted && !upstream->private_key)
		upstream->private_key = json_deep_copy(jwk);
	if (str_equal(use, "sig")) {
		r = signer_of_jwk(reading->task, jwk, &signer);
		json_set_text(shown, "alg", "ES256");
	}
	if (signer) {
		json_set_text(shown, "kid", signer_kid(signer));
		if (upstream->signer)
			signer_free(signer);
		else
			upstream->signer = signer;
	}
	json_array_append_new(json_object_get(upstream->public_keys, "keys"), shown);
	return r;
}

int
credentials_pinned(struct reading *reading)
{
	const json_t *json = json_object_get(reading->upstream->json, "jwks");

	if (!json)
		return 0;
	if (upstream_keys_read(reading->task, json, &reading->upstream->pinned) < 0) {
		fault_clear(reading->task);
		return fail(reading->task, MISCONFIGURED, "%s: jwks is no set of public keys",
		    reading->path);
	}
	return 0;
}

int
upstream_keys_read(struct task *task, const json_t *json, struct jwks *ret_keys)
{
	struct jwks keys;
	int r;

	r = jwks_parse(task, json, &keys);
	if (r < 0)
		return r;
	ret_keys->keys = calloc(keys.n_keys + 1, sizeof(struct jwk *));
	for (size_t i = 0; i < keys.n_keys; i++)
		ret_keys->keys[ret_keys->n_keys++] = jwk_hold(keys.keys[i]);
	jwks_close(&keys);
	return ret_keys->n_keys > 0 ? 0 : fail(task, INVALID_REQUEST, "no key is of use");
}

void
upstream_keys_drop(struct jwks *keys)
{
	struct jwk **array = keys->keys;

	jwks_close(keys);
	free(array);
}
