/* SPDX-License-Identifier: Apache-2.0
 *
 * Key proofs of type jwt (OpenID4VCI 1.0 section 8.2.1.1, appendix F.1).
 */
#include "issue/issuer.h"

#include "core/settings.h"
#include "core/task.h"
#include "jose/verify.h"

#include <string.h>

#define PROOF_MAX_AGE_S 300

/* One proof, once it was verified. */
struct proof {
	struct jwk *key;
	const char *nonce;
};

static int proof_open(
    struct task *task, const struct grant *grant, const char *text, struct proof *ret_proof);
static int issuer_named_check(struct task *task, const struct grant *grant, const json_t *claims);
static int keys_are_distinct(struct task *task, const struct holders *holders);

/* The nonce last: a request that is wrong in itself leaves it to the next try. */
int
issuer_proofs(
    struct task *task, const struct grant *grant, const json_t *proofs, struct holders *ret_holders)
{
	struct holders holders = {.n = 0};
	const char *nonce = NULL;
	int r;

	r = issuer_proofs_open(task, grant, proofs, &holders, &nonce);
	if (r < 0)
		return r;
	r = issuer_nonce_take(task, nonce);
	if (r < 0)
		return r;
	*ret_holders = holders;
	return 0;
}

int
issuer_proofs_open(struct task *task, const struct grant *grant, const json_t *proofs,
    struct holders *ret_holders, const char **ret_nonce)
{
	const json_t *list = json_object_get(proofs, "jwt");
	struct holders holders = {.n = json_array_size(list)};
	const char *nonce = NULL;
	int r, batch = issuer_batch(task);

	if (json_object_size(proofs) != 1 || !json_is_array(list))
		return fail(task, INVALID_PROOF, "proofs does not hold exactly one type, jwt");
	if (holders.n < 1 || holders.n > (size_t)batch)
		return fail(task, INVALID_PROOF, "proofs.jwt holds none or more than %d", batch);
	for (size_t i = 0; i < holders.n; i++) {
		struct proof proof = {0};

		r = proof_open(task, grant, json_string_value(json_array_get(list, i)), &proof);
		if (r < 0)
			return r;
		if (nonce != NULL && !str_equal(nonce, proof.nonce))
			return fail(
			    task, INVALID_PROOF, "the proofs of a batch have different nonces");
		nonce = proof.nonce;
		holders.keys[i] = proof.key;
	}
	r = keys_are_distinct(task, &holders);
	if (r < 0)
		return r;
	*ret_holders = holders;
	*ret_nonce = nonce;
	return 0;
}

static void
key_drop(void *key)
{
	jwk_drop(key);
}

/* The key that signs stands in the header and nowhere else: kid and x5c would need somebody to
 * resolve them. */
static int
proof_key(struct task *task, const json_t *header, struct jwk **ret_key)
{
	struct jwk *key;

	if (json_object_get(header, "kid") || json_object_get(header, "x5c"))
		return fail(task, INVALID_PROOF, "a proof names its key by jwk alone");
	if (jwk_parse(task, json_object_get(header, "jwk"), &key) < 0)
		return fault_as(task, INVALID_PROOF);
	task_defer(task, key_drop, key);
	*ret_key = key;
	return 0;
}

static int
proof_open(struct task *task, const struct grant *grant, const char *text, struct proof *ret_proof)
{
	static const enum alg algs[] = {ALG_ES256, ALG_NONE};
	struct jws_expect expect = {
	    .algs = algs,
	    .typ = "openid4vci-proof+jwt",
	    .audience = task->rooms->settings->gateway_issuer,
	    .aud_is_single = true,
	    .needs_iat = true,
	    .max_age_s = PROOF_MAX_AGE_S,
	};
	auto_jws jws = {0};
	const char *nonce;
	int r;

	if (text == NULL)
		return fail(task, INVALID_PROOF, "a proof is not text");
	if (jws_parse(task, text, &jws) < 0)
		return fault_as(task, INVALID_PROOF);
	r = proof_key(task, jws.header, &expect.key);
	if (r < 0)
		return r;
	if (jws_verify(task, &jws, &expect) < 0)
		return fault_as(task, INVALID_PROOF);
	r = issuer_named_check(task, grant, jws.claims);
	if (r < 0)
		return r;
	nonce = json_get_text(jws.claims, "nonce");
	if (str_is_empty(nonce))
		return fail(task, INVALID_PROOF, "the proof has no nonce");
	*ret_proof = (struct proof){expect.key, task_dup(task, nonce)};
	return 0;
}

static int
issuer_named_check(struct task *task, const struct grant *grant, const json_t *claims)
{
	const json_t *iss = json_object_get(claims, "iss");

	if (iss == NULL)
		return 0;
	if (str_equal(grant->client_id, ISSUE_WALLET))
		return fail(task, INVALID_PROOF, "iss stands in the proof of an anonymous wallet");
	if (!str_equal(json_string_value(iss), grant->client_id))
		return fail(task, INVALID_PROOF, "iss is not the client_id of the wallet");
	return 0;
}

static int
keys_are_distinct(struct task *task, const struct holders *holders)
{
	for (size_t i = 0; i < holders->n; i++)
		for (size_t j = 0; j < i; j++)
			if (str_equal(jwk_thumbprint(task, holders->keys[i]),
				jwk_thumbprint(task, holders->keys[j])))
				return fail(task, INVALID_PROOF, "two proofs are of one key");
	return 0;
}
