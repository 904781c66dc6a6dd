/* SPDX-License-Identifier: Apache-2.0
 *
 * DPoP proofs (see dpop.h).  The key comes with the proof and proves nothing but that its holder
 * sends this request now; what it may do is said by the token that is bound to it.
 */
#include "jose/dpop.h"

#include "core/clock.h"
#include "core/task.h"
#include "http/url.h"
#include "jose/digest.h"
#include "jose/verify.h"

#include <string.h>

#define JTI_MAX_BYTES   255
#define NONCE_MAX_BYTES 255

static int signature_check(struct task *task, const struct jws *jws, const char **ret_jkt);
static int claims_check(struct task *task, const json_t *claims, const struct dpop_expect *expect);
static int once_read(struct task *task, const json_t *claims, struct dpop_proof *proof);

int
dpop_open(struct task *task, const char *compact, const struct dpop_expect *expect,
    struct dpop_proof *ret_proof)
{
	struct dpop_proof proof = {0};
	auto_jws jws = {0};
	int r;

	r = jws_parse(task, compact, &jws);
	if (r < 0)
		return fault_as(task, INVALID_DPOP_PROOF);
	r = signature_check(task, &jws, &proof.jkt);
	if (r < 0)
		return fault_as(task, INVALID_DPOP_PROOF);
	r = claims_check(task, jws.claims, expect);
	if (r < 0)
		return r;
	r = once_read(task, jws.claims, &proof);
	if (r < 0)
		return r;
	*ret_proof = proof;
	return 0;
}

/* Section 4.3 numbers 4 to 7, the algorithms those of REPLY_DPOP_ALGS; a private or symmetric key
 * is none for jwk_parse(). */
static int
signature_check(struct task *task, const struct jws *jws, const char **ret_jkt)
{
	static const enum alg algs[] = {ALG_ES256, ALG_PS256, ALG_EDDSA, ALG_NONE};
	struct jws_expect expect = {.algs = algs, .typ = "dpop+jwt", .needs_iat = true};
	auto_jwk *key = NULL;
	int r;

	r = jwk_parse(task, json_object_get(jws->header, "jwk"), &key);
	if (r < 0)
		return r;
	expect.key = key;
	r = jws_verify(task, jws, &expect);
	if (r < 0)
		return r;
	*ret_jkt = jwk_thumbprint(task, key);
	return 0;
}

static int
claims_check(struct task *task, const json_t *claims, const struct dpop_expect *expect)
{
	const char *htu = json_get_text(claims, "htu");
	int64_t iat_s = 0;

	if (!str_equal(json_get_text(claims, "htm"), expect->method))
		return fail(task, INVALID_DPOP_PROOF, "DPoP: htm is not the method of the request");
	if (htu == NULL || !url_is(task, htu, expect->base, expect->path))
		return fail(
		    task, INVALID_DPOP_PROOF, "DPoP: htu is not the address of the request");
	if (!json_get_i64(claims, "iat", &iat_s) || iat_s + DPOP_AGE_S < clock_now_s())
		return fail(task, INVALID_DPOP_PROOF, "DPoP: iat is over %d s ago", DPOP_AGE_S);
	if (expect->token != NULL &&
	    !str_equal(json_get_text(claims, "ath"), digest_b64u(task, expect->token)))
		return fail(
		    task, INVALID_DPOP_PROOF, "DPoP: ath is not the hash of the access token");
	return 0;
}

/* What makes it serve once. */
static int
once_read(struct task *task, const json_t *claims, struct dpop_proof *proof)
{
	const json_t *nonce = json_object_get(claims, "nonce");
	const char *jti = json_get_text(claims, "jti");

	if (str_is_empty(jti) || strlen(jti) > JTI_MAX_BYTES)
		return fail(
		    task, INVALID_DPOP_PROOF, "DPoP: jti is not 1 to %d bytes", JTI_MAX_BYTES);
	if (nonce != NULL &&
	    (!json_is_string(nonce) || json_string_length(nonce) > NONCE_MAX_BYTES))
		return fail(task, INVALID_DPOP_PROOF, "DPoP: nonce is not one of ours");
	proof->jti = task_dup(task, jti);
	if (nonce != NULL)
		proof->nonce = task_dup(task, json_string_value(nonce));
	json_get_i64(claims, "iat", &proof->iat_s);
	return 0;
}
