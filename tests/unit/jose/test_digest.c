/* SPDX-License-Identifier: Apache-2.0
 *
 * Hashes against the numbers of their documents.
 */
#include "unit/unit.h"

#include "core/str.h"
#include "jose/digest.h"

static void
sha256_is_that_of_fips_180(void **state)
{
	uint8_t digest[DIGEST_BYTES];

	digest_sha256(BYTES_OF("abc"), digest);
	assert_string_equal(hex_encode(*state, (struct bytes){digest, sizeof(digest)}),
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	digest_sha256((struct bytes){NULL, 0}, digest);
	assert_string_equal(hex_encode(*state, (struct bytes){digest, sizeof(digest)}),
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void
hmac_is_that_of_rfc_4231(void **state)
{
	uint8_t mac[DIGEST_BYTES];

	digest_hmac(BYTES_OF("Jefe"), BYTES_OF("what do ya want for nothing?"), mac);
	assert_string_equal(hex_encode(*state, (struct bytes){mac, sizeof(mac)}),
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	digest_hmac((struct bytes){NULL, 0}, (struct bytes){NULL, 0}, mac);
	assert_string_equal(hex_encode(*state, (struct bytes){mac, sizeof(mac)}),
	    "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

/* RFC 7636 appendix B. */
static void
pkce_challenge_is_that_of_rfc_7636(void **state)
{
	assert_string_equal(digest_b64u(*state, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
	    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

/* OpenID Connect Core appendix A.4. */
static void
at_hash_is_that_of_openid_connect(void **state)
{
	assert_string_equal(digest_half(*state, "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"),
	    "77QmUPtjPfzWtF2AnpK9RQ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(sha256_is_that_of_fips_180),
	    task_test(hmac_is_that_of_rfc_4231),
	    task_test(pkce_challenge_is_that_of_rfc_7636),
	    task_test(at_hash_is_that_of_openid_connect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
