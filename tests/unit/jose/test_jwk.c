/* SPDX-License-Identifier: Apache-2.0
 *
 * One public key: what is taken, what is refused, and its thumbprint.
 */
#include "unit/jose/forge.h"

#include "jose/jwk.h"

/* RFC 7517 appendix A.1, RFC 8037 appendix A.2, RFC 7638 section 3.1. */
#define EC_X "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"
#define EC_Y "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"
#define EC   "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\""
#define OKP \
	"\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_" \
	"7TyWQHOg7hcvPapiMlrwIaaPcHURo\""
#define RSA_N \
	"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_" \
	"BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0" \
	"_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWh" \
	"AI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
#define RSA "\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"AQAB\""

static struct jwk *
parse(struct task *task, const char *text)
{
	json_auto_t *json = forge_json(text);
	struct jwk *jwk = NULL;
	int r = jwk_parse(task, json, &jwk);

	assert_true((r == 0) == (jwk != NULL));
	if (r < 0)
		assert_int_equal(r, INVALID_REQUEST);
	fault_clear(task);
	return jwk;
}

static void
kinds_of_key_allow_their_algorithms(void **state)
{
	static const struct {
		const char *text;
		enum alg algs[3];
	} cases[] = {
	    {"{" EC "}", {ALG_ES256}},
	    {"{" RSA "}", {ALG_RS256, ALG_PS256}},
	    {"{" OKP "}", {ALG_EDDSA}},
	    {"{" RSA ",\"alg\":\"PS256\",\"use\":\"sig\",\"key_ops\":[\"verify\"]}", {ALG_PS256}},
	    {"{" EC ",\"use\":\"enc\"}", {ALG_NONE}},
	    {"{" EC ",\"key_ops\":[\"deriveKey\"]}", {ALG_NONE}},
	    {"{" EC ",\"alg\":\"ECDH-ES\"}", {ALG_NONE}},
	    {"{" EC ",\"alg\":\"none\"}", {ALG_NONE}},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_jwk *jwk = parse(*state, cases[i].text);

		assert_non_null(jwk);
		assert_false(jwk_allows(jwk, ALG_NONE));
		for (enum alg alg = ALG_ES256; alg <= ALG_EDDSA; alg++) {
			bool expected = cases[i].algs[0] == alg || cases[i].algs[1] == alg;

			assert_int_equal(jwk_allows(jwk, alg), expected);
		}
	}
}

static void
what_is_refused(void **state)
{
	static const char *const bad[] = {
	    "[]",
	    "{}",
	    "{\"kty\":\"oct\",\"k\":\"AAAA\"}",
	    "{\"kty\":\"oct\"}",
	    "{" EC ",\"d\":\"AAAA\"}",
	    "{" EC ",\"k\":\"AAAA\"}",
	    "{" RSA ",\"dp\":\"AAAA\"}",
	    "{" OKP ",\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\"}",
	    "{" EC ",\"kid\":1}",
	    "{" EC ",\"kid\":\"\"}",
	    "{" EC ",\"use\":[\"sig\"]}",
	    "{" EC ",\"alg\":null}",
	    "{" EC ",\"key_ops\":\"verify\"}",
	    "{" EC ",\"key_ops\":[1]}",
	    "{\"kty\":\"ec\",\"crv\":\"P-256\",\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\"}",
	    "{\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\"}",
	    "{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\"}",
	    "{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\"}",
	    /* off the curve, and nowhere */
	    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_Y "\",\"y\":\"" EC_X "\"}",
	    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":"
	    "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
	    "\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
	    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "\"}",
	    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "=\",\"y\":\"" EC_Y "\"}",
	    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA" EC_X "\",\"y\":\"" EC_Y "\"}",
	    "{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"AQ\"}",
	    "{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"Aw\"}",
	    "{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"AAEAAQ\"}",
	    "{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"AQABAA\"}",
	    "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}",
	    "{\"kty\":\"RSA\",\"n\":\"AA" RSA_N "\",\"e\":\"AQAB\"}",
	    "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"" EC_X "\"}",
	    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAAA\"}",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (parse(*state, bad[i]) != NULL)
			fail_msg("taken: %s", bad[i]);

	auto_jwk *good = parse(*state, "{" EC ",\"x5c\":[\"ignored\"]}");
	assert_non_null(good);
}

/* RFC 7518 section 6.2.1.2: a coordinate keeps its leading zeros. */
#define ZERO_Y "eCF2LKKs96QFDD2PpVpidTHlbZntW7LaqNHDOhtpZ-k"

static void
a_coordinate_is_of_full_size(void **state)
{
	auto_jwk *whole =
	    parse(*state, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":"
			  "\"ADTRKPWz3t5iLhB0OPvvq98FGeurIax7byB1-XTQnOU\",\"y\":\"" ZERO_Y "\"}");

	assert_non_null(whole);
	assert_null(parse(*state, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"NNEo9bPe3mIuEHQ4---"
				  "r3wUZ66shrHtvIHX5dNCc5Q\",\"y\":\"" ZERO_Y "\"}"));
}

static void
a_short_modulus_is_refused(void **state)
{
	static const size_t sizes[] = {128, 255, 256, 1024, 1025};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint8_t *n = task_alloc(*state, sizes[i]);
		struct jwk *jwk;

		memset(n, 0xAB, sizes[i]);
		jwk = parse(
		    *state, task_printf(*state, "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"%s\"}",
				b64u_encode(*state, (struct bytes){n, sizes[i]})));
		assert_int_equal(jwk != NULL, sizes[i] >= 256 && sizes[i] <= 1024);
		jwk_drop(jwk);
	}
}

/* Modulo each of the primes that tell, this modulus is 1, so a power of 65537; two more is not. */
#define WEAK_N \
	"5miX1ZiIF4dcj1VG688uUhDFItx5Tcdwlqs1YNWpI5NTKVuerXcObR0-2qDqL2BV3MucYhfC5LreFCz8yJyE" \
	"cSjUHtgHZpP3IsISgXrdyzeyWQH9zyJ6Cycn6QLL85P6wX7T9RtUjIiHvLXUuNCDay2jMhl5eOpbmtUNWDNu" \
	"vh_A1EpJYF0E1q1Z2lQCq2hbMInHqPbCJ4LrexCQDc0kGIHmcC3gMpJNRB3k9E84sk9AyyUlmiHWcPichAhL" \
	"lN2a_krqZfh0SWFLhJEwepV6SFl4jldXtcTRoGwHH4aQHf3wmnwFxm8OpvsgZ-4baeo1BhHmMalt2Nqb4RWC" \
	"VO"

static void
a_weak_modulus_is_refused(void **state)
{
	auto_jwk *beside = NULL;

	assert_null(parse(*state, "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"" WEAK_N "Zdfw\"}"));
	beside = parse(*state, "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"" WEAK_N "ZdgQ\"}");
	assert_non_null(beside);
}

static void
a_point_off_the_curve_is_refused_in_each_bit(void **state)
{
	for (unsigned bit = 0; bit < 256; bit += 5) {
		struct bytes y;
		uint8_t *flipped;

		assert_true(b64u_decode(*state, EC_Y, strlen(EC_Y), &y));
		flipped = (uint8_t *)task_dup_n(*state, (const char *)y.at, y.len);
		flipped[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_null(parse(*state,
		    task_printf(*state,
			"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "\",\"y\":\"%s\"}",
			b64u_encode(*state, (struct bytes){flipped, 32}))));
	}
}

static void
thumbprints_are_those_of_the_documents(void **state)
{
	auto_jwk *rsa = parse(*state, "{" RSA ",\"kid\":\"2011-04-29\",\"alg\":\"RS256\"}");
	auto_jwk *okp = parse(*state, "{" OKP "}");
	auto_jwk *ec = parse(*state, "{" EC ",\"use\":\"sig\"}");

	assert_string_equal(
	    jwk_thumbprint(*state, rsa), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
	assert_string_equal(
	    jwk_thumbprint(*state, okp), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
	assert_string_equal(
	    jwk_thumbprint(*state, ec), "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s");
	assert_string_equal(jwk_kid(rsa), "2011-04-29");
	assert_null(jwk_kid(ec));
}

static void
json_has_the_public_members(void **state)
{
	auto_jwk *jwk = parse(*state, "{" EC ",\"kid\":\"a\",\"x5u\":\"https://evil.test\"}");
	json_auto_t *json = jwk_json(jwk);
	json_auto_t *expected = forge_json("{" EC ",\"kid\":\"a\"}");

	assert_true(json_equal(json, expected));
}

static void
the_last_holder_frees(void **state)
{
	struct jwk *jwk = parse(*state, "{" EC "}");

	assert_ptr_equal(jwk_hold(jwk), jwk);
	jwk_drop(jwk);
	assert_true(jwk_allows(jwk, ALG_ES256));
	jwk_drop(jwk);
	jwk_drop(NULL);
}

static void
spki_of_another_kind_is_refused(void **state)
{
	static const uint8_t broken[] = {0x30, 0x03, 0x02, 0x01, 0x00};
	struct jwk *jwk;

	assert_int_equal(
	    jwk_parse_spki(*state, (struct bytes){broken, sizeof(broken)}, &jwk), INVALID_REQUEST);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(kinds_of_key_allow_their_algorithms),
	    task_test(what_is_refused),
	    task_test(a_coordinate_is_of_full_size),
	    task_test(a_short_modulus_is_refused),
	    task_test(a_weak_modulus_is_refused),
	    task_test(a_point_off_the_curve_is_refused_in_each_bit),
	    task_test(thumbprints_are_those_of_the_documents),
	    task_test(json_has_the_public_members),
	    task_test(the_last_holder_frees),
	    task_test(spki_of_another_kind_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
