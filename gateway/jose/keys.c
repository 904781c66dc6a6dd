/* SPDX-License-Identifier: Apache-2.0
 *
 * The set of signing keys of one loop: which signs, which are published (RFC 7517 section 5).
 */
#include "jose/keys.h"

#include "core/clock.h"
#include "core/task.h"
#include "jose/pkey.h"
#include "jose/signer.h"
#include "jose/verify.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct key {
	enum key_state state;
	int64_t last_exp_s;
	struct signer *signer;
	json_t *json; /* as /jwks shows it */
};

struct keys {
	struct key *keys;
	size_t n_keys;
};

static int key_load(struct task *task, const char *folder, const struct key_record *record,
    struct signer **ret_signer);
static bool is_kid(struct task *task, const char *kid);
static bool is_over(const struct key *key);

const char *
key_state_name(enum key_state state)
{
	switch (state) {
	case KEY_STAGED: return "staged";
	case KEY_ACTIVE: return "active";
	case KEY_RETIRED: return "retired";
	}
	return "unknown";
}

int
keys_load(struct task *task, const char *folder, const struct key_record *records, size_t n,
    struct keys **ret_keys)
{
	struct keys *keys = calloc(1, sizeof(*keys));

	assert(keys != NULL);
	keys->keys = calloc(n > 0 ? n : 1, sizeof(*keys->keys));
	assert(keys->keys != NULL);
	for (size_t i = 0; i < n; i++) {
		struct key *key = &keys->keys[i];
		int r = key_load(task, folder, &records[i], &key->signer);

		if (r < 0) {
			keys_free(keys);
			return r;
		}
		key->state = records[i].state;
		key->last_exp_s = records[i].last_exp_s;
		key->json = jwk_json(signer_jwk(key->signer));
		keys->n_keys++;
	}
	*ret_keys = keys;
	return 0;
}

static int
key_load(struct task *task, const char *folder, const struct key_record *record,
    struct signer **ret_signer)
{
	struct signer *signer;
	EVP_PKEY *pkey;
	int r;

	/* The kid becomes the name of a file. */
	if (!is_kid(task, record->kid))
		return fail(task, MISCONFIGURED, "a kid in the store is not a thumbprint");
	r = pkey_read(task, task_printf(task, "%s/%s.pem", folder, record->kid), &pkey);
	if (r < 0)
		return r;
	r = signer_new(task, pkey, record->alg, &signer);
	if (r < 0)
		return r;
	if (!str_equal(signer_kid(signer), record->kid)) {
		signer_free(signer);
		return fail(task, MISCONFIGURED, "key file %s/%s.pem: holds another key", folder,
		    record->kid);
	}
	*ret_signer = signer;
	return 0;
}

static bool
is_kid(struct task *task, const char *kid)
{
	struct bytes thumbprint;

	return kid != NULL && b64u_decode(task, kid, strlen(kid), &thumbprint) &&
	       thumbprint.len == 32;
}

void
keys_free(struct keys *keys)
{
	if (keys == NULL)
		return;
	for (size_t i = 0; i < keys->n_keys; i++) {
		signer_free(keys->keys[i].signer);
		json_decref(keys->keys[i].json);
	}
	free(keys->keys);
	free(keys);
}

struct signer *
keys_signer(const struct keys *keys, enum alg alg)
{
	for (size_t i = 0; i < keys->n_keys; i++) {
		const struct key *key = &keys->keys[i];

		if (key->state == KEY_ACTIVE && signer_alg(key->signer) == alg)
			return key->signer;
	}
	return NULL;
}

const enum alg keys_access_algs[] = {ALG_ES256, ALG_EDDSA, ALG_PS256, ALG_RS256, ALG_NONE};

struct signer *
keys_access_signer(const struct keys *keys)
{
	struct signer *signer = NULL;

	for (const enum alg *alg = keys_access_algs; signer == NULL && *alg != ALG_NONE; alg++)
		signer = keys_signer(keys, *alg);
	return signer;
}

struct jwk *
keys_find(const struct keys *keys, const char *kid)
{
	for (size_t i = 0; i < keys->n_keys; i++) {
		const struct key *key = &keys->keys[i];

		if (str_equal(signer_kid(key->signer), kid))
			return is_over(key) ? NULL : signer_jwk(key->signer);
	}
	return NULL;
}

json_t *
keys_jwks(const struct keys *keys)
{
	json_t *array = json_array();

	for (size_t i = 0; i < keys->n_keys; i++)
		if (!is_over(&keys->keys[i]))
			json_array_append(array, keys->keys[i].json);
	return json_pack("{s:o}", "keys", array);
}

static bool
is_over(const struct key *key)
{
	return key->state == KEY_RETIRED && key->last_exp_s + JWS_SKEW_S < clock_now_s();
}

int
key_create(struct task *task, const char *folder, enum alg alg, const char **ret_kid)
{
	struct signer *signer;
	EVP_PKEY *pkey;
	const char *kid;
	int r;

	r = pkey_make(task, alg, &pkey);
	if (r < 0)
		return r;
	EVP_PKEY_up_ref(pkey);
	r = signer_new(task, pkey, alg, &signer);
	if (r == 0) {
		kid = task_dup(task, signer_kid(signer));
		signer_free(signer);
		r = pkey_write(task, folder, kid, pkey);
	}
	EVP_PKEY_free(pkey);
	if (r == 0)
		*ret_kid = kid;
	return r;
}

int
key_destroy(struct task *task, const char *folder, const char *kid)
{
	const char *path = task_printf(task, "%s/%s.pem", folder, kid);

	if (!is_kid(task, kid))
		return fail(task, BROKEN, "a kid in the store is not a thumbprint");
	if (unlink(path) < 0 && errno != ENOENT)
		return fail(task, MISCONFIGURED, "key file %s: %s", path, strerror(errno));
	return 0;
}
