/* SPDX-License-Identifier: Apache-2.0
 *
 * DPoP proofs (cases D01, D02, D04, D05, D08): each refusal beside the same proof without its
 * fault.
 */
#include "unit/jose/forge.h"

#include "core/clock.h"
#include "jose/digest.h"
#include "jose/dpop.h"

#define URL "https://id.example/userinfo"

static struct signer *es256, *other, *rsa, *eddsa;
static const struct dpop_expect at_token = {
    .method = "GET", .base = "https://id.example", .path = "/userinfo"};
static const struct dpop_expect at_resource = {
    .method = "GET", .base = "https://id.example", .path = "/userinfo", .token = "the-token"};

static int
signers_make(void **state)
{
	struct task task;

	if (forge_folder_make(state) < 0)
		return -1;
	task_open(&task, NULL, NULL, 0);
	es256 = forge_signer(&task, ALG_ES256);
	other = forge_signer(&task, ALG_ES256);
	rsa = forge_signer(&task, ALG_RS256);
	eddsa = forge_signer(&task, ALG_EDDSA);
	task_close(&task);
	return 0;
}

static int
signers_free(void **state)
{
	signer_free(es256);
	signer_free(other);
	signer_free(rsa);
	signer_free(eddsa);
	return forge_folder_remove(state);
}

/* {"typ":"dpop+jwt","alg":alg,"jwk":{…}}; without: a member left out; more: set over it, or NULL.
 */
static const char *
header_text(struct task *task, struct signer *signer, const char *without, const char *more)
{
	json_auto_t *header = json_pack("{s:s, s:s, s:o}", "typ", "dpop+jwt", "alg",
	    alg_name(signer_alg(signer)), "jwk", jwk_json(signer_jwk(signer)));
	json_auto_t *over = more == NULL ? json_object() : forge_json(more);

	json_object_del(json_object_get(header, "jwk"), "kid");
	json_object_update(header, over);
	if (without != NULL)
		json_object_del(header, without);
	return json_text(task, header);
}

static const char *
claims_text(struct task *task, const char *without, const char *more)
{
	json_auto_t *claims = json_pack("{s:s, s:s, s:s, s:I, s:s}", "jti", "a-jti", "htm", "GET",
	    "htu", URL, "iat", (json_int_t)clock_now_s(), "ath", digest_b64u(task, "the-token"));
	json_auto_t *over = more == NULL ? json_object() : forge_json(more);

	json_object_update(claims, over);
	if (without != NULL)
		json_object_del(claims, without);
	return json_text(task, claims);
}

static bool
opens(struct task *task, const char *compact, const struct dpop_expect *expect)
{
	struct dpop_proof proof = {0};
	int r = dpop_open(task, compact, expect, &proof);

	assert_true(r == 0 || r == INVALID_DPOP_PROOF);
	assert_true((r == 0) == (proof.jkt != NULL));
	fault_clear(task);
	return r == 0;
}

static bool
header_opens(struct task *task, const char *without, const char *more)
{
	return opens(task,
	    forge_token(task, es256, header_text(task, es256, without, more),
		claims_text(task, NULL, NULL)),
	    &at_resource);
}

static bool
claims_open(
    struct task *task, const char *without, const char *more, const struct dpop_expect *expect)
{
	return opens(task,
	    forge_token(task, es256, header_text(task, es256, NULL, NULL),
		claims_text(task, without, more)),
	    expect);
}

static bool
iat_opens(struct task *task, int64_t offset_s)
{
	return claims_open(task, NULL,
	    task_printf(task, "{\"iat\":%lld}", (long long)(clock_now_s() + offset_s)),
	    &at_resource);
}

static void
what_it_says(void **state)
{
	const char *compact = forge_token(*state, es256, header_text(*state, es256, NULL, NULL),
	    claims_text(*state, NULL, "{\"nonce\":\"n\",\"extra\":[1]}"));
	struct dpop_proof proof;

	assert_int_equal(dpop_open(*state, compact, &at_resource, &proof), 0);
	assert_string_equal(proof.jkt, jwk_thumbprint(*state, signer_jwk(es256)));
	assert_string_equal(proof.jti, "a-jti");
	assert_string_equal(proof.nonce, "n");
	assert_in_range(proof.iat_s, clock_now_s() - 5, clock_now_s());
	assert_int_equal(dpop_open(*state, compact, &at_token, &proof), 0);
}

static void
d01_header(void **state)
{
	static const char *const members[] = {"typ", "alg", "jwk"};
	static const char *const wrong[] = {"{\"typ\":\"JWT\"}", "{\"typ\":\"at+jwt\"}",
	    "{\"typ\":1}", "{\"alg\":\"none\"}", "{\"alg\":\"HS256\"}", "{\"alg\":\"RS256\"}",
	    "{\"alg\":\"ES384\"}", "{\"alg\":\"PS256\"}", "{\"jwk\":{}}", "{\"jwk\":null}",
	    "{\"jwk\":\"x\"}", "{\"crit\":[\"x\"]}", "{\"b64\":false}"};

	assert_true(header_opens(*state, NULL, NULL));
	assert_true(header_opens(*state, NULL, "{\"typ\":\"DPoP+JWT\"}"));
	assert_true(header_opens(*state, NULL, "{\"kid\":\"k\"}"));
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		assert_false(header_opens(*state, members[i], NULL));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (header_opens(*state, NULL, wrong[i]))
			fail_msg("taken: %s", wrong[i]);
}

static void
d01_claims(void **state)
{
	static const char *const members[] = {"jti", "htm", "htu", "iat", "ath"};
	static const char *const wrong[] = {"{\"jti\":\"\"}", "{\"jti\":7}", "{\"htm\":\"get\"}",
	    "{\"htm\":\"PUT\"}", "{\"htm\":[\"GET\"]}", "{\"htu\":\"https://id.example/token\"}",
	    "{\"htu\":\"http://id.example/userinfo\"}", "{\"htu\":7}", "{\"iat\":\"1\"}",
	    "{\"iat\":1.5}", "{\"ath\":\"x\"}", "{\"ath\":7}", "{\"nonce\":7}", "{\"exp\":1}"};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		assert_false(claims_open(*state, members[i], NULL, &at_resource));
	assert_true(claims_open(*state, "ath", NULL, &at_token));
	assert_true(claims_open(*state, NULL, NULL, &at_token));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (claims_open(*state, NULL, wrong[i], &at_resource))
			fail_msg("taken: %s", wrong[i]);
	assert_true(claims_open(
	    *state, NULL, "{\"htu\":\"HTTPS://ID.EXAMPLE:443/userinfo?x=1#y\"}", &at_resource));
	assert_false(claims_open(*state, NULL,
	    task_printf(*state, "{\"jti\":\"%s\"}", task_printf(*state, "%0256d", 1)),
	    &at_resource));
}

static void
d01_signature(void **state)
{
	const char *header = header_text(*state, es256, NULL, NULL);
	const char *claims = claims_text(*state, NULL, NULL);
	const char *good = forge_token(*state, es256, header, claims);

	assert_true(opens(*state, good, &at_resource));
	assert_false(opens(*state, forge_token(*state, other, header, claims), &at_resource));
	assert_false(opens(*state, task_printf(*state, "%s,%s", good, good), &at_resource));
	assert_false(opens(*state, "x", &at_resource));
	assert_false(opens(*state, "", &at_resource));
	assert_true(opens(*state,
	    forge_token(*state, eddsa, header_text(*state, eddsa, NULL, NULL), claims),
	    &at_resource));
	/* rightly signed, by an algorithm that is not offered */
	assert_false(opens(*state,
	    forge_token(*state, rsa, header_text(*state, rsa, NULL, NULL), claims), &at_resource));
}

static void
d02_keys(void **state)
{
	static const char *const wrong[] = {"{\"kty\":\"oct\",\"k\":\"AAAA\"}", "{\"d\":\"AAAA\"}",
	    "{\"use\":\"enc\"}", "{\"alg\":\"ES384\"}", "{\"crv\":\"P-384\"}", "{\"x\":\"AAAA\"}",
	    "{\"key_ops\":[\"sign\"]}"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		json_auto_t *jwk = jwk_json(signer_jwk(es256)), *over = forge_json(wrong[i]);
		json_auto_t *header = json_object();

		json_object_update(jwk, over);
		json_object_set(header, "jwk", jwk);
		if (header_opens(*state, NULL, json_text(*state, header)))
			fail_msg("taken: %s", wrong[i]);
	}
	assert_true(header_opens(*state, NULL, NULL));
}

static void
d05_times(void **state)
{
	assert_true(iat_opens(*state, 0));
	assert_true(iat_opens(*state, 10));
	assert_true(iat_opens(*state, -10));
	assert_true(iat_opens(*state, -58));
	assert_false(iat_opens(*state, -62));
	assert_false(iat_opens(*state, -3600));
	assert_false(iat_opens(*state, 61));
	assert_false(iat_opens(*state, 3600));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(what_it_says),
	    task_test(d01_header),
	    task_test(d01_claims),
	    task_test(d01_signature),
	    task_test(d02_keys),
	    task_test(d05_times),
	};

	return cmocka_run_group_tests(tests, signers_make, signers_free);
}
