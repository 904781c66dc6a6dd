/* SPDX-License-Identifier: Apache-2.0
 *
 * The examples of OpenID4VP, OpenID4VCI and Token Status List.
 */
#include "unit/ca.h"
#include "unit/jose/vectors.h"

#include "jose/jwe.h"
#include "jose/sdjwt.h"
#include "jose/status_list.h"

static const enum alg es256_only[] = {ALG_ES256, ALG_NONE};

static void
encrypted_response(void **state)
{
	json_auto_t *example = vectors_json(*state, "openid4vp/encrypted_response.json");
	const char *expected = json_get_text(example, "plaintext");
	struct bytes plain;
	const char *kid;

	assert_int_equal(jwe_kid(*state, json_get_text(example, "jwe"), &kid), 0);
	assert_string_equal(kid, "ac");
	assert_int_equal(jwe_open(*state, json_get_text(example, "jwe"),
			     json_object_get(example, "private_jwk"), &plain),
	    0);
	assert_int_equal(plain.len, strlen(expected));
	assert_memory_equal(plain.at, expected, plain.len);
}

/* The moment of the test's clock, until clock_back(). */
static void
clock_set(struct task *task, int64_t at_s)
{
	const char *path = forge_path(task, "clock");
	FILE *file = fopen(path, "w");

	unsetenv("DVARA_TEST_CLOCK");
	fprintf(file, "%lld", (long long)(at_s - clock_now_s()));
	fclose(file);
	setenv("DVARA_TEST_CLOCK", path, 1);
}

/* The first x and y after issuer_keys in settings.yml. */
static struct jwk *
issuer_key(struct task *task)
{
	const char *text = vectors_unfolded(task, "openid4vp/sd_jwt_vcld/settings.yml");
	const char *x = strstr(strstr(text, "issuer_keys:"), "x:"), *y = strstr(x, "y:");
	json_auto_t *json = json_pack("{s:s, s:s, s:s%, s:s%}", "kty", "EC", "crv", "P-256", "x",
	    x + 2, (size_t)43, "y", y + 2, (size_t)43);
	struct jwk *jwk;

	assert_int_equal(jwk_parse(task, json, &jwk), 0);
	return jwk;
}

static int
present(struct task *task, const char *presentation, struct jwk *issuer, json_t **ret_claims)
{
	const struct jwks keys = {&issuer, 1, 0};
	const struct sdjwt_expect expect = {
	    .issuer_algs = es256_only,
	    .holder_algs = es256_only,
	    .issuer_keys = &keys,
	    .vct = "https://credentials.example.com/example_credential",
	    .nonce = "1234567890",
	    .audience = "https://verifier.example.org",
	    .holder_max_age_s = 300,
	};
	auto_sdjwt sdjwt = {0};
	int r = sdjwt_verify(task, presentation, &expect, &sdjwt);

	if (r == 0)
		*ret_claims = json_incref(sdjwt.claims);
	fault_clear(task);
	return r;
}

static void
presentation_of_openid4vp(void **state)
{
	const char *text =
	    vectors_unfolded(*state, "openid4vp/sd_jwt_vcld/01/sd_jwt_presentation.txt");
	json_auto_t *expected =
	    vectors_json(*state, "openid4vp/sd_jwt_vcld/01/verified_contents.json");
	json_auto_t *claims = NULL;
	auto_jwk *jwk = issuer_key(*state);

	clock_set(*state, 1744743394);
	assert_int_equal(present(*state, text, jwk, &claims), 0);
	assert_true(json_equal(claims, expected));
	clock_set(*state, 1744743394 + 361);
	assert_int_equal(present(*state, text, jwk, &claims), INVALID_REQUEST);
	clock_set(*state, 1744743394 - 31);
	assert_int_equal(present(*state, text, jwk, &claims), INVALID_REQUEST);
	clock_set(*state, 1883000061);
	assert_int_equal(present(*state, text, jwk, &claims), INVALID_REQUEST);
	unsetenv("DVARA_TEST_CLOCK");
}

/* Signed by the first certificate of its x5c. */
static void
signed_by_its_certificate(struct task *task, const char *text, const char *typ)
{
	struct jws_expect expect = {.algs = es256_only, .typ = typ};
	auto_jwk *jwk = NULL;
	auto_jws jws = {0};
	struct bytes der;
	const char *cert;
	uint8_t *spki = NULL;
	X509 *certificate;
	int len;

	assert_int_equal(jws_parse(task, text, &jws), 0);
	cert = json_string_value(json_array_get(json_object_get(jws.header, "x5c"), 0));
	assert_true(b64_decode(task, cert, strlen(cert), &der));
	certificate = d2i_X509(NULL, (const uint8_t *[]){der.at}, (long)der.len);
	assert_non_null(certificate);
	len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &spki);
	assert_int_equal(jwk_parse_spki(task, (struct bytes){spki, (size_t)len}, &jwk), 0);
	expect.key = jwk;
	assert_int_equal(jws_verify(task, &jws, &expect), 0);
	OPENSSL_free(spki);
	X509_free(certificate);
}

static void
tokens_of_openid4vci(void **state)
{
	clock_set(*state, 1755050000);
	signed_by_its_certificate(*state,
	    vectors_unfolded(*state, "openid4vci/credential_issuer_metadata_sd_jwt_jwt.txt"),
	    "openidvci-issuer-metadata+jwt");
	signed_by_its_certificate(*state,
	    vectors_unfolded(*state, "openid4vci/wallet_attestation.jwt.txt"),
	    "oauth-client-attestation+jwt");
	unsetenv("DVARA_TEST_CLOCK");
}

static int64_t
expected_status(const json_t *list, int64_t index)
{
	char name[24];

	snprintf(name, sizeof(name), "%lld", (long long)index);
	return json_integer_value(json_object_get(json_object_get(list, "status"), name));
}

static void
list_check(struct task *task, const json_t *example)
{
	json_auto_t *json = json_pack("{s:O, s:O}", "bits", json_object_get(example, "bits"), "lst",
	    json_object_get(example, "lst"));
	int64_t size = json_integer_value(json_object_get(example, "size"));
	struct status_list list;
	int status;

	assert_int_equal(status_list_decode(task, json, &list), 0);
	assert_int_equal(
	    list.list.len, json_integer_value(json_object_get(example, "uncompressed_bytes")));
	for (int64_t i = 0; i < size; i++) {
		assert_int_equal(status_list_get(task, &list, i, &status), 0);
		if (status != 0 || i < 100 || i % 1000 == 0)
			assert_int_equal(status, expected_status(example, i));
	}
	assert_int_equal(status_list_get(task, &list, size, &status), INVALID_REQUEST);
	fault_clear(task);
}

/* Each listed index, whatever its place: the walk above only looks at what is not zero. */
static void
listed_check(struct task *task, const json_t *example)
{
	json_auto_t *json = json_pack("{s:O, s:O}", "bits", json_object_get(example, "bits"), "lst",
	    json_object_get(example, "lst"));
	json_t *listed = json_object_get(example, "status");
	struct status_list list;
	const char *name;
	json_t *value;
	int status;

	assert_int_equal(status_list_decode(task, json, &list), 0);
	json_object_foreach(listed, name, value) {
		assert_int_equal(status_list_get(task, &list, atoll(name), &status), 0);
		assert_int_equal(status, json_integer_value(value));
	}
}

static void
status_lists(void **state)
{
	json_auto_t *expected = vectors_json(*state, "token-status-list/expected.json");
	const json_t *example;
	size_t i;

	json_array_foreach(json_object_get(expected, "lists"), i, example) {
		list_check(*state, example);
		listed_check(*state, example);
	}
	assert_int_equal(i, 6);
}

static void
status_list_token(void **state)
{
	const char *text = vectors_unfolded(*state, "token-status-list/status_list_jwt_raw.md");
	json_auto_t *expected = vectors_json(*state, "token-status-list/expected.json");
	const json_t *tokens = json_object_get(expected, "tokens");
	struct jws_expect expect = {.algs = es256_only, .typ = "statuslist+jwt"};
	struct status_list list;
	auto_jwk *jwk = NULL;
	auto_jws jws = {0};

	assert_int_equal(jwk_parse(*state, json_object_get(tokens, "verification_jwk"), &jwk), 0);
	expect.key = jwk;
	assert_int_equal(jws_open(*state, text, &expect, &jws), 0);
	assert_int_equal(
	    status_list_decode(*state, json_object_get(jws.claims, "status_list"), &list), 0);
	assert_int_equal(list.list.len, 2);
	assert_memory_equal(list.list.at, "\xb9\xa3", 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(encrypted_response),
	    task_test(presentation_of_openid4vp),
	    task_test(tokens_of_openid4vci),
	    task_test(status_lists),
	    task_test(status_list_token),
	};

	return cmocka_run_group_tests(tests, forge_folder_make, forge_folder_remove);
}
