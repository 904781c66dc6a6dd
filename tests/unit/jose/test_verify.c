/* SPDX-License-Identifier: Apache-2.0
 *
 * Strict verification: for each refusal, the same token without the fault is taken.
 */
#include "unit/jose/forge.h"

#include "core/clock.h"
#include "jose/digest.h"
#include "jose/sign.h"
#include "jose/verify.h"

static struct signer *es256, *other_es256, *rs256, *eddsa;
static const enum alg only_es256[] = {ALG_ES256, ALG_NONE};

static int
signers_make(void **state)
{
	struct task task;

	if (forge_folder_make(state) < 0)
		return -1;
	task_open(&task, NULL, NULL, 0);
	es256 = forge_signer(&task, ALG_ES256);
	other_es256 = forge_signer(&task, ALG_ES256);
	rs256 = forge_signer(&task, ALG_RS256);
	eddsa = forge_signer(&task, ALG_EDDSA);
	task_close(&task);
	return 0;
}

static int
signers_free(void **state)
{
	signer_free(es256);
	signer_free(other_es256);
	signer_free(rs256);
	signer_free(eddsa);
	return forge_folder_remove(state);
}

static bool
opens(struct task *task, const char *token, const struct jws_expect *expect)
{
	auto_jws jws = {0};
	int r = jws_open(task, token, expect, &jws);

	assert_true(r == 0 || r == INVALID_TOKEN);
	assert_true((r == 0) == (jws.claims != NULL));
	fault_clear(task);
	return r == 0;
}

/* Whether a token of that header and payload, signed rightly, opens with the plainest expectation.
 */
static bool
header_opens(struct task *task, const char *header)
{
	struct jws_expect expect = {.algs = only_es256, .key = signer_jwk(es256)};

	return opens(task, forge_token(task, es256, header, "{}"), &expect);
}

static bool
claims_open(struct task *task, const char *claims, struct jws_expect expect)
{
	expect.algs = only_es256;
	expect.key = signer_jwk(es256);
	return opens(task, forge_token(task, es256, "{\"alg\":\"ES256\"}", claims), &expect);
}

static void
the_form(void **state)
{
	struct jws_expect expect = {.algs = only_es256, .key = signer_jwk(es256)};
	const char *token = forge_token(*state, es256, "{\"alg\":\"ES256\"}", "{\"a\":1}");
	const char *first = strchr(token, '.'), *second = strchr(first + 1, '.');
	const char *bad[] = {
	    "",
	    ".",
	    "..",
	    "...",
	    task_printf(*state, "%s.", token),
	    task_printf(*state, ".%s", token),
	    task_printf(*state, "%s.AAAA", token),
	    task_printf(*state, "%.*s", (int)(second - token), token),
	    task_printf(*state, "%.*s.", (int)(second - token), token),
	    task_printf(*state, "%s=", token),
	    task_printf(*state, "%s ", token),
	    task_printf(*state, " %s", token),
	    task_printf(*state, "%s\n", token),
	    task_printf(*state, "{\"payload\":\"%s\"}", token),
	    task_printf(*state, "%.*s..%s", (int)(first - token), token, second + 1),
	};

	assert_true(opens(*state, token, &expect));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (opens(*state, bad[i], &expect))
			fail_msg("taken: %s", bad[i]);
}

static void
any_other_last_letter_is_refused(void **state)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=~";
	struct jws_expect expect = {.algs = only_es256, .key = signer_jwk(es256)};
	char *token =
	    task_dup(*state, forge_token(*state, es256, "{\"alg\":\"ES256\"}", "{\"a\":1}"));
	char *last = token + strlen(token) - 1;
	char right = *last;

	for (const char *letter = letters; *letter != '\0'; letter++) {
		*last = *letter;
		assert_int_equal(opens(*state, token, &expect), *letter == right);
	}
}

/* Right bytes and more, or less, of them. */
static void
a_signature_has_one_size(void **state)
{
	struct jws_expect expect = {.algs = only_es256, .key = signer_jwk(es256)};
	const char *token = forge_token(*state, es256, "{\"alg\":\"ES256\"}", "{}");
	const char *last = strrchr(token, '.') + 1;
	struct bytes signature;
	uint8_t *longer = task_alloc(*state, 128);

	assert_true(b64u_decode(*state, last, strlen(last), &signature));
	memcpy(longer, signature.at, signature.len);
	for (size_t len = 1; len <= 128; len++)
		assert_int_equal(opens(*state,
				     task_printf(*state, "%.*s%s", (int)(last - token), token,
					 b64u_encode(*state, (struct bytes){longer, len})),
				     &expect),
		    len == 64);
}

static void
algorithms_the_token_chooses(void **state)
{
	static const char *const bad[] = {"{\"alg\":\"none\"}", "{\"alg\":\"NoNe\"}",
	    "{\"alg\":\"\"}", "{}", "{\"alg\":null}", "{\"alg\":[\"ES256\"]}",
	    "{\"alg\":\"HS256\"}", "{\"alg\":\"es256\"}", "{\"alg\":\"ES384\"}",
	    "{\"alg\":\"RS256\"}", "{\"alg\":\"ES256 \"}"};

	assert_true(header_opens(*state, "{\"alg\":\"ES256\"}"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(header_opens(*state, bad[i]));
}

static void
hs256_with_the_public_key(void **state)
{
	static const enum alg all[] = {
	    ALG_ES256, ALG_ES384, ALG_RS256, ALG_PS256, ALG_EDDSA, ALG_NONE};
	struct jws_expect expect = {.algs = all, .key = signer_jwk(rs256)};
	json_auto_t *jwk = jwk_json(signer_jwk(rs256));
	const char *secret = json_text(*state, jwk), *input;
	uint8_t mac[DIGEST_BYTES];

	input = task_printf(*state, "%s.%s",
	    b64u_encode(*state, BYTES_OF("{\"alg\":\"HS256\",\"typ\":\"JWT\"}")),
	    b64u_encode(*state, BYTES_OF("{}")));
	digest_hmac(BYTES_OF(secret), BYTES_OF(input), mac);
	assert_false(opens(*state,
	    task_printf(
		*state, "%s.%s", input, b64u_encode(*state, (struct bytes){mac, sizeof(mac)})),
	    &expect));
}

static void
a_key_is_bound_to_its_algorithm(void **state)
{
	static const enum alg all[] = {
	    ALG_ES256, ALG_ES384, ALG_RS256, ALG_PS256, ALG_EDDSA, ALG_NONE};
	struct jws_expect expect = {.algs = all, .key = signer_jwk(rs256)};

	assert_true(
	    opens(*state, forge_token(*state, rs256, "{\"alg\":\"RS256\"}", "{}"), &expect));
	/* the signer's own key says RS256 */
	assert_false(
	    opens(*state, forge_token(*state, rs256, "{\"alg\":\"PS256\"}", "{}"), &expect));
	assert_false(
	    opens(*state, forge_token(*state, es256, "{\"alg\":\"ES256\"}", "{}"), &expect));
	expect.key = signer_jwk(eddsa);
	assert_true(
	    opens(*state, forge_token(*state, eddsa, "{\"alg\":\"EdDSA\"}", "{}"), &expect));
	expect.key = signer_jwk(other_es256);
	assert_false(
	    opens(*state, forge_token(*state, es256, "{\"alg\":\"ES256\"}", "{}"), &expect));
	expect.key = NULL;
	assert_false(
	    opens(*state, forge_token(*state, es256, "{\"alg\":\"ES256\"}", "{}"), &expect));
}

static void
headers_we_do_not_take(void **state)
{
	static const char *const bad[] = {"{\"alg\":\"ES256\",\"alg\":\"ES256\"}",
	    "{\"alg\":\"ES256\",\"crit\":[\"x\"]}", "{\"alg\":\"ES256\",\"crit\":[]}",
	    "{\"alg\":\"ES256\",\"crit\":[\"b64\"],\"b64\":false}",
	    "{\"alg\":\"ES256\",\"b64\":false}", "{\"alg\":\"ES256\",\"b64\":true}",
	    "\xEF\xBB\xBF{\"alg\":\"ES256\"}", "{\"alg\":\"ES256\"}x", "[\"ES256\"]",
	    "{\"alg\":\"ES256\",\"kid\":1}", "{\"alg\":\"ES256\",\"kid\":null}",
	    "{\"alg\":\"ES256\",\"kid\":{}}"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(header_opens(*state, bad[i]));
	assert_true(header_opens(*state,
	    "{\"alg\":\"ES256\",\"jku\":\"https://evil.test\",\"x5u\":\"https://evil.test\"}"));
}

static void
a_nul_after_the_claims(void **state)
{
	struct jws_expect expect = {.algs = only_es256, .key = signer_jwk(es256)};
	const char *input =
	    task_printf(*state, "%s.%s", b64u_encode(*state, BYTES_OF("{\"alg\":\"ES256\"}")),
		b64u_encode(*state, (struct bytes){(const uint8_t *)"{}\0{}", 5}));
	struct bytes signature;

	assert_int_equal(signer_sign(*state, es256, BYTES_OF(input), &signature), 0);
	assert_false(opens(
	    *state, task_printf(*state, "%s.%s", input, b64u_encode(*state, signature)), &expect));
}

static void
typ_is_exact(void **state)
{
	struct jws_expect plain = {.algs = only_es256, .key = signer_jwk(es256)};
	struct jws_expect at = plain;
	static const struct {
		const char *header;
		bool is_plain, is_at;
	} cases[] = {
	    {"{\"alg\":\"ES256\"}", true, false},
	    {"{\"alg\":\"ES256\",\"typ\":\"JWT\"}", true, false},
	    {"{\"alg\":\"ES256\",\"typ\":\"jwt\"}", true, false},
	    {"{\"alg\":\"ES256\",\"typ\":\"at+jwt\"}", false, true},
	    {"{\"alg\":\"ES256\",\"typ\":\"application/at+jwt\"}", false, true},
	    {"{\"alg\":\"ES256\",\"typ\":\"Application/AT+JWT\"}", false, true},
	    {"{\"alg\":\"ES256\",\"typ\":\"text/at+jwt\"}", false, false},
	    {"{\"alg\":\"ES256\",\"typ\":\"at+jwt;x\"}", false, false},
	    {"{\"alg\":\"ES256\",\"typ\":\"\"}", false, false},
	    {"{\"alg\":\"ES256\",\"typ\":null}", false, false},
	    {"{\"alg\":\"ES256\",\"typ\":[\"JWT\"]}", false, false},
	};

	at.typ = "at+jwt";
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *token = forge_token(*state, es256, cases[i].header, "{}");

		assert_int_equal(opens(*state, token, &plain), cases[i].is_plain);
		assert_int_equal(opens(*state, token, &at), cases[i].is_at);
	}
}

static void
times_are_whole_numbers(void **state)
{
	static const char *const bad[] = {"1e300", "\"123\"", "-1", "9223372036854775808",
	    "9223372036854775807", "9007199254740993", "1e9", "4000000000.0", "null", "[]", "true"};
	static const char *const names[] = {"exp", "nbf", "iat"};
	struct jws_expect expect = {0};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		for (size_t j = 0; j < 3; j++)
			if (claims_open(*state,
				task_printf(*state, "{\"%s\":%s}", names[j], bad[i]), expect))
				fail_msg("taken: %s %s", names[j], bad[i]);
	assert_true(claims_open(*state, "{\"exp\":4000000000,\"nbf\":0,\"iat\":1}", expect));
	assert_true(claims_open(*state, "{\"exp\":9007199254740992}", expect));
}

static bool
time_opens(struct task *task, const char *name, int64_t ahead_s, struct jws_expect expect)
{
	return claims_open(task,
	    task_printf(task, "{\"%s\":%lld}", name, (long long)(clock_now_s() + ahead_s)), expect);
}

static void
times_and_the_clock(void **state)
{
	struct jws_expect any = {0}, young = {.max_age_s = 300}, short_lived = {.max_life_s = 600};
	struct jws_expect fapi = {.needs_nbf = true, .max_nbf_age_s = 3600};

	assert_true(time_opens(*state, "exp", -50, any));
	assert_false(time_opens(*state, "exp", -60, any));
	assert_false(time_opens(*state, "exp", -300, any));
	assert_true(time_opens(*state, "exp", 600, short_lived));
	assert_false(time_opens(*state, "exp", 86400, short_lived));
	assert_true(time_opens(*state, "iat", 10, any));
	assert_true(time_opens(*state, "nbf", 10, any));
	assert_false(time_opens(*state, "iat", 61, any));
	assert_false(time_opens(*state, "nbf", 61, any));
	assert_true(time_opens(*state, "iat", -1000000, any));
	assert_true(time_opens(*state, "iat", -300, young));
	assert_false(time_opens(*state, "iat", -370, young));
	assert_true(time_opens(*state, "nbf", -3600, fapi));
	assert_false(time_opens(*state, "nbf", -3670, fapi));
}

static void
times_that_must_be_there(void **state)
{
	struct jws_expect exp = {.needs_exp = true}, iat = {.needs_iat = true};
	struct jws_expect nbf = {.needs_nbf = true}, young = {.max_age_s = 300};

	assert_false(claims_open(*state, "{}", exp));
	assert_false(claims_open(*state, "{}", iat));
	assert_false(claims_open(*state, "{}", nbf));
	assert_false(claims_open(*state, "{}", young));
	assert_true(time_opens(*state, "exp", 1, exp));
	assert_true(time_opens(*state, "iat", 0, iat));
	assert_true(time_opens(*state, "nbf", 0, nbf));
}

static void
issuer_and_audience(void **state)
{
	struct jws_expect iss = {.issuer = "https://a.test"};
	struct jws_expect aud = {.audience = "me"}, single = aud;

	single.aud_is_single = true;
	assert_true(claims_open(*state, "{\"iss\":\"https://a.test\"}", iss));
	assert_false(claims_open(*state, "{\"iss\":\"https://a.test/\"}", iss));
	assert_false(claims_open(*state, "{\"iss\":[\"https://a.test\"]}", iss));
	assert_false(claims_open(*state, "{}", iss));
	assert_true(claims_open(*state, "{\"aud\":\"me\"}", aud));
	assert_true(claims_open(*state, "{\"aud\":[\"you\",\"me\"]}", aud));
	assert_true(claims_open(*state, "{\"aud\":\"me\"}", single));
	assert_false(claims_open(*state, "{\"aud\":[\"me\"]}", single));
	assert_false(claims_open(*state, "{\"aud\":\"you\"}", aud));
	assert_false(claims_open(*state, "{\"aud\":[]}", aud));
	assert_false(claims_open(*state, "{\"aud\":[[\"me\"]]}", aud));
	assert_false(claims_open(*state, "{\"aud\":{\"me\":1}}", aud));
	assert_false(claims_open(*state, "{}", aud));
}

static void
the_key_of_a_set(void **state)
{
	struct jwk *keys[] = {signer_jwk(es256), signer_jwk(other_es256), signer_jwk(rs256)};
	struct jwks jwks = {keys, 3, 0};
	struct jws_expect expect = {.algs = only_es256, .keys = &jwks};
	const char *own =
	    task_printf(*state, "{\"alg\":\"ES256\",\"kid\":\"%s\"}", signer_kid(es256));
	const char *other =
	    task_printf(*state, "{\"alg\":\"ES256\",\"kid\":\"%s\"}", signer_kid(other_es256));
	static const char *const bad[] = {"{\"alg\":\"ES256\"}", "{\"alg\":\"ES256\",\"kid\":\"\"}",
	    "{\"alg\":\"ES256\",\"kid\":\"../../etc/passwd\"}",
	    "{\"alg\":\"ES256\",\"kid\":\"' OR 1=1\"}"};

	assert_true(opens(*state, forge_token(*state, es256, own, "{}"), &expect));
	assert_false(opens(*state, forge_token(*state, es256, other, "{}"), &expect));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(opens(*state, forge_token(*state, es256, bad[i], "{}"), &expect));
	jwks.n_keys = 1;
	assert_true(opens(*state, forge_token(*state, es256, bad[0], "{}"), &expect));
}

static void
what_is_too_long(void **state)
{
	struct jws_expect expect = {.algs = only_es256, .key = signer_jwk(es256)};
	char *filler = task_alloc(*state, JWS_MAX_BYTES + 1);

	memset(filler, 'a', JWS_MAX_BYTES);
	assert_false(opens(*state, filler, &expect));
	assert_false(opens(*state,
	    forge_token(*state, es256, "{\"alg\":\"ES256\"}",
		task_printf(*state, "{\"a\":\"%s\"}", filler)),
	    &expect));
	memset(filler, '.', JWS_MAX_BYTES);
	assert_false(opens(*state, filler, &expect));
	memset(filler, 'a', JWS_MAX_BYTES);
	filler[JWS_MAX_BYTES / 2] = '\0';
	assert_true(opens(*state,
	    forge_token(*state, es256, "{\"alg\":\"ES256\"}",
		task_printf(*state, "{\"a\":\"%s\"}", filler)),
	    &expect));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(the_form),
	    task_test(any_other_last_letter_is_refused),
	    task_test(a_signature_has_one_size),
	    task_test(algorithms_the_token_chooses),
	    task_test(hs256_with_the_public_key),
	    task_test(a_key_is_bound_to_its_algorithm),
	    task_test(headers_we_do_not_take),
	    task_test(a_nul_after_the_claims),
	    task_test(typ_is_exact),
	    task_test(times_are_whole_numbers),
	    task_test(times_and_the_clock),
	    task_test(times_that_must_be_there),
	    task_test(issuer_and_audience),
	    task_test(the_key_of_a_set),
	    task_test(what_is_too_long),
	};

	return cmocka_run_group_tests(tests, signers_make, signers_free);
}
