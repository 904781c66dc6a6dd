/* SPDX-License-Identifier: Apache-2.0
 *
 * One public key: parsed once, held by many.
 */
#include "jose/jwk.h"

#include "core/task.h"
#include "jose/digest.h"
#include "jose/pkey.h"
#include "jose/signature.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KID_MAX_LEN 255

struct jwk {
	atomic_uint n_holders;
	EVP_PKEY *pkey;
	json_t *json;
	const char *kty, *crv, *kid, *alg; /* of json */
	bool is_for_signatures;
	char x5t[44]; /* "": no certificate */
};

static int members_check(struct task *task, const json_t *json);
static json_t *public_members(const json_t *json);
static bool is_for_signatures(const json_t *json);
static struct jwk *jwk_new(json_t *json, EVP_PKEY *pkey);
static void x5t_read(struct task *task, const json_t *json, struct jwk *jwk);

int
jwk_parse(struct task *task, const json_t *json, struct jwk **ret_jwk)
{
	EVP_PKEY *pkey;
	int r;

	if (!json_is_object(json))
		return fail(task, INVALID_REQUEST, "JWK: not an object");
	if (jwk_is_secret(json))
		return fail(task, INVALID_REQUEST, "JWK: a private or symmetric key");
	r = members_check(task, json);
	if (r < 0)
		return r;
	r = pkey_of_json(task, json, &pkey);
	if (r < 0)
		return r;
	*ret_jwk = jwk_new(public_members(json), pkey);
	x5t_read(task, json, *ret_jwk);
	return 0;
}

static void
x5t_read(struct task *task, const json_t *json, struct jwk *jwk)
{
	const json_t *first = json_array_get(json_object_get(json, "x5c"), 0);
	const char *text = json_string_value(first);
	uint8_t hash[DIGEST_BYTES];
	struct bytes der;

	if (text == NULL || !b64_decode(task, text, strlen(text), &der))
		return;
	digest_sha256(der, hash);
	snprintf(jwk->x5t, sizeof(jwk->x5t), "%s",
	    b64u_encode(task, (struct bytes){hash, sizeof(hash)}));
}

bool
jwk_is_secret(const json_t *json)
{
	static const char *const names[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (json_object_get(json, names[i]) != NULL)
			return true;
	return str_equal(json_get_text(json, "kty"), "oct");
}

static int
members_check(struct task *task, const json_t *json)
{
	static const char *const texts[] = {"kid", "alg", "use"};
	const json_t *key_ops = json_object_get(json, "key_ops"), *op;
	const char *kid = json_get_text(json, "kid");
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const json_t *text = json_object_get(json, texts[i]);

		if (text != NULL && !json_is_string(text))
			return fail(task, INVALID_REQUEST, "JWK: %s is not text", texts[i]);
	}
	if (kid != NULL && (*kid == '\0' || strlen(kid) > KID_MAX_LEN))
		return fail(task, INVALID_REQUEST, "JWK: kid is empty or too long");
	if (key_ops != NULL && !json_is_array(key_ops))
		return fail(task, INVALID_REQUEST, "JWK: key_ops is not an array");
	json_array_foreach(key_ops, i, op)
		if (!json_is_string(op))
			return fail(task, INVALID_REQUEST, "JWK: key_ops is not an array of texts");
	return 0;
}

static json_t *
public_members(const json_t *json)
{
	static const char *const names[] = {
	    "kty", "crv", "x", "y", "n", "e", "kid", "use", "alg", "key_ops"};
	json_t *copy = json_object();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const json_t *member = json_object_get(json, names[i]);

		if (member != NULL)
			json_object_set_new(copy, names[i], json_deep_copy(member));
	}
	return copy;
}

static struct jwk *
jwk_new(json_t *json, EVP_PKEY *pkey)
{
	struct jwk *jwk = malloc(sizeof(*jwk));

	assert(jwk != NULL);
	*jwk = (struct jwk){
	    .pkey = pkey,
	    .json = json,
	    .kty = json_get_text(json, "kty"),
	    .crv = json_get_text(json, "crv"),
	    .kid = json_get_text(json, "kid"),
	    .alg = json_get_text(json, "alg"),
	    .is_for_signatures = is_for_signatures(json),
	};
	atomic_init(&jwk->n_holders, 1);
	return jwk;
}

static bool
is_for_signatures(const json_t *json)
{
	const char *use = json_get_text(json, "use");
	const json_t *key_ops = json_object_get(json, "key_ops");

	return (use == NULL || str_equal(use, "sig")) &&
	       (key_ops == NULL || json_has_text(key_ops, "verify"));
}

int
jwk_parse_spki(struct task *task, struct bytes spki_der, struct jwk **ret_jwk)
{
	const uint8_t *at = spki_der.at;
	auto_pkey *pkey = d2i_PUBKEY(NULL, &at, (long)spki_der.len);
	json_auto_t *json = NULL;

	ERR_clear_error();
	if (pkey == NULL || at != spki_der.at + spki_der.len)
		return fail(task, INVALID_REQUEST, "not a SubjectPublicKeyInfo");
	json = pkey_json(task, pkey);
	if (json == NULL)
		return fail(task, INVALID_REQUEST, "a public key of a kind that is not accepted");
	return jwk_parse(task, json, ret_jwk);
}

struct jwk *
jwk_hold(struct jwk *jwk)
{
	atomic_fetch_add_explicit(&jwk->n_holders, 1, memory_order_relaxed);
	return jwk;
}

void
jwk_drop(struct jwk *jwk)
{
	if (jwk == NULL || atomic_fetch_sub_explicit(&jwk->n_holders, 1, memory_order_acq_rel) != 1)
		return;
	EVP_PKEY_free(jwk->pkey);
	json_decref(jwk->json);
	free(jwk);
}

void
jwk_drop_p(struct jwk **jwk)
{
	jwk_drop(*jwk);
}

const char *
jwk_kid(const struct jwk *jwk)
{
	return jwk->kid;
}

const char *
jwk_x5t(const struct jwk *jwk)
{
	return jwk->x5t[0] == '\0' ? NULL : jwk->x5t;
}

bool
jwk_allows(const struct jwk *jwk, enum alg alg)
{
	const struct alg_traits *traits;

	if (alg == ALG_NONE || !jwk->is_for_signatures)
		return false;
	traits = alg_traits(alg);
	return str_equal(jwk->kty, traits->kty) &&
	       (traits->crv == NULL || str_equal(jwk->crv, traits->crv)) &&
	       (jwk->alg == NULL || str_equal(jwk->alg, traits->name));
}

bool
jwk_verifies(const struct jwk *jwk, enum alg alg, struct bytes input, struct bytes signature)
{
	return jwk_allows(jwk, alg) && signature_holds(jwk->pkey, alg, input, signature);
}

json_t *
jwk_json(const struct jwk *jwk)
{
	return json_deep_copy(jwk->json);
}

char *
jwk_thumbprint(struct task *task, const struct jwk *jwk)
{
	const json_t *json = jwk->json;
	const char *text;

	/* RFC 7638 section 3.2: the required members, in order, no white space.  All of them are
	 * base64url or a name of ours, so nothing needs escaping. */
	if (str_equal(jwk->kty, "EC"))
		text =
		    task_printf(task, "{\"crv\":\"%s\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}",
			jwk->crv, json_get_text(json, "x"), json_get_text(json, "y"));
	else if (str_equal(jwk->kty, "RSA"))
		text = task_printf(task, "{\"e\":\"%s\",\"kty\":\"RSA\",\"n\":\"%s\"}",
		    json_get_text(json, "e"), json_get_text(json, "n"));
	else
		text = task_printf(task, "{\"crv\":\"%s\",\"kty\":\"OKP\",\"x\":\"%s\"}", jwk->crv,
		    json_get_text(json, "x"));
	return digest_b64u(task, text);
}
