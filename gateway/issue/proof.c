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

static int proof_open(
    struct task *task, const char *text, struct jwk **ret_key, const char **ret_nonce);
static int keys_are_distinct(struct task *task, const struct holders *holders);

int
issuer_proofs(struct task *task, const json_t *proofs, struct holders *ret_holders)
{
	const json_t *list = json_object_get(proofs, "jwt");
	struct holders holders = {.n = json_array_size(list)};
	const char *nonce = NULL, *first = NULL;
	int r;

	if (json_object_size(proofs) != 1 || !json_is_array(list))
		return fail(task, INVALID_PROOF, "proofs does not hold exactly one type, jwt");
	if (holders.n < 1 || holders.n > ISSUE_BATCH)
		return fail(
		    task, INVALID_PROOF, "proofs.jwt holds none or more than %d", ISSUE_BATCH);
	for (size_t i = 0; i < holders.n; i++) {
		r = proof_open(
		    task, json_string_value(json_array_get(list, i)), &holders.keys[i], &nonce);
		if (r < 0)
			return r;
		if (first && !str_equal(first, nonce))
			return fail(
			    task, INVALID_PROOF, "the proofs of a batch have different nonces");
		first = nonce;
	}
	r = keys_are_distinct(task, &holders);
	if (r < 0)
		return r;
	/* Last: a request that is wrong in itself leaves the nonce to the next try. */
	r = issuer_nonce_take(task, first);
	if (r < 0)
		return r;
	*ret_holders = holders;
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
proof_open(struct task *task, const char *text, struct jwk **ret_key, const char **ret_nonce)
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

	if (!text || jws_parse(task, text, &jws) < 0)
		return text ? fault_as(task, INVALID_PROOF)
			    : fail(task, INVALID_PROOF, "a proof is not text");
	r = proof_key(task, jws.header, &expect.key);
	if (r < 0)
		return r;
	if (jws_verify(task, &jws, &expect) < 0)
		return fault_as(task, INVALID_PROOF);
	if (json_object_get(jws.claims, "iss"))
		return fail(task, INVALID_PROOF, "iss stands in the proof of an anonymous wallet");
	nonce = json_get_text(jws.claims, "nonce");
	if (!nonce)
		return fail(task, INVALID_NONCE, "the proof has no nonce");
	*ret_nonce = task_dup(task, nonce);
	*ret_key = expect.key;
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
