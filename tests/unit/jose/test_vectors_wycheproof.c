/* SPDX-License-Identifier: Apache-2.0
 *
 * Project Wycheproof: JWS, JWE, JWK, and bare ECDSA and RSA signatures.  Not one invalid vector may
 * be taken; a valid one that is refused counts as not offered, and the counts are exact.
 */
#include "unit/jose/vectors.h"

#include "jose/jwe.h"
#include "jose/jws.h"
#include "jose/pkey.h"
#include "jose/verify.h"

static const enum alg all_algs[] = {
    ALG_ES256, ALG_ES384, ALG_RS256, ALG_PS256, ALG_EDDSA, ALG_NONE};

/* A task for each vector: an arena is for one piece of work. */
typedef bool vector_fn(struct task *task, const json_t *group, const json_t *vector);

static void
vector_tally(const json_t *group, const json_t *vector, vector_fn *takes, struct tally *tally)
{
	const char *result = json_get_text(vector, "result");
	struct task task;
	bool taken;

	task_open(&task, NULL, NULL, 0);
	taken = takes(&task, group, vector);
	task_close(&task);
	if (taken && str_equal(result, "invalid"))
		fail_msg("%lld taken: %s", json_integer_value(json_object_get(vector, "tcId")),
		    json_get_text(vector, "comment"));
	if (taken)
		tally->valid_taken++;
	else if (str_equal(result, "invalid"))
		tally->invalid_refused++;
	else
		tally->not_offered++;
}

static void
set_run(struct task *task, const char *name, vector_fn *takes, struct tally expected)
{
	json_auto_t *set = vectors_json(task, task_printf(task, "wycheproof/%s.json", name));
	struct tally tally = {0};
	const json_t *group, *vector;
	size_t i, j;

	json_array_foreach(json_object_get(set, "testGroups"), i, group)
		json_array_foreach(json_object_get(group, "tests"), j, vector)
			vector_tally(group, vector, takes, &tally);
	tally_assert(name, tally, expected);
}

static bool
jws_takes_with(struct task *task, const json_t *vector, struct jws_expect expect)
{
	const char *compact = json_get_text(vector, "jws");
	auto_jws jws = {0};
	struct bytes payload;

	expect.algs = all_algs;
	if (compact == NULL || jws_split(task, compact, JWS_MAX_BYTES, &jws, &payload) < 0)
		return false;
	return jws_verify(task, &jws, &expect) == 0;
}

static bool
jws_takes(struct task *task, const json_t *group, const json_t *vector)
{
	const json_t *json = json_object_get(group, "public");
	struct jws_expect expect = {0};
	auto_jwk *jwk = NULL;

	if (jwk_parse(task, json != NULL ? json : json_object_get(group, "private"), &jwk) < 0)
		return false;
	expect.key = jwk;
	return jws_takes_with(task, vector, expect);
}

static void
json_web_signature(void **state)
{
	/* not offered: HS256, RS384, RS512, PS384, PS512, ES512 */
	set_run(*state, "json_web_signature_test", jws_takes, (struct tally){16, 355, 30});
}

static bool
jwks_takes(struct task *task, const json_t *group, const json_t *vector)
{
	const json_t *json = json_object_get(group, "public");
	struct jws_expect expect = {0};
	struct jwks jwks;
	bool taken;

	if (jwks_parse(task, json != NULL ? json : json_object_get(group, "private"), &jwks) < 0)
		return false;
	expect.keys = &jwks;
	taken = jws_takes_with(task, vector, expect);
	jwks_close(&jwks);
	return taken;
}

static void
json_web_key(void **state)
{
	/* not offered: HS256, HS384, HS512 */
	set_run(*state, "json_web_key_test", jwks_takes, (struct tally){1, 21, 4});
}

static bool
jwe_takes(struct task *task, const json_t *group, const json_t *vector)
{
	const char *compact = json_get_text(vector, "jwe");
	struct bytes plain, expected;

	if (compact == NULL ||
	    jwe_open(task, compact, json_object_get(group, "private"), &plain) < 0)
		return false;
	expected = vectors_hex(task, json_get_text(vector, "pt"));
	assert_int_equal(plain.len, expected.len);
	assert_memory_equal(plain.at, expected.at, expected.len);
	return true;
}

static void
json_web_encryption(void **state)
{
	/* offered: ECDH-ES on P-256 with A128GCM or A256GCM, nothing else */
	set_run(*state, "json_web_encryption_test", jwe_takes, (struct tally){2, 74, 63});
}

/* By the JWK, where the group has one, and by the SubjectPublicKeyInfo: both must say the same. */
static bool
signature_takes(
    struct task *task, const json_t *vector, enum alg alg, const json_t *json, const json_t *group)
{
	struct bytes message = vectors_hex(task, json_get_text(vector, "msg"));
	struct bytes signature = vectors_hex(task, json_get_text(vector, "sig"));
	struct bytes spki = vectors_hex(task, json_get_text(group, "publicKeyDer"));
	auto_jwk *jwk = NULL, *by_spki = NULL;
	bool taken;

	taken = jwk_parse_spki(task, spki, &by_spki) == 0 &&
		jwk_verifies(by_spki, alg, message, signature);
	if (json != NULL)
		assert_int_equal(taken,
		    jwk_parse(task, json, &jwk) == 0 && jwk_verifies(jwk, alg, message, signature));
	return taken;
}

static bool
ecdsa_takes(struct task *task, const json_t *group, const json_t *vector)
{
	return signature_takes(
	    task, vector, ALG_ES256, json_object_get(group, "publicKeyJwk"), group);
}

static void
ecdsa_of_p256(void **state)
{
	set_run(
	    *state, "ecdsa_secp256r1_sha256_p1363_test", ecdsa_takes, (struct tally){173, 89, 0});
}

static bool
pkcs1_takes(struct task *task, const json_t *group, const json_t *vector)
{
	return signature_takes(task, vector, ALG_RS256, json_object_get(group, "keyJwk"), group);
}

static void
rsa_pkcs1(void **state)
{
	/* not offered: e other than 65537; the one acceptable vector is refused */
	set_run(*state, "rsa_signature_2048_sha256_test", pkcs1_takes, (struct tally){7, 249, 3});
}

static bool
pss_takes(struct task *task, const json_t *group, const json_t *vector)
{
	return signature_takes(
	    task, vector, ALG_PS256, json_object_get(group, "publicKeyJwk"), group);
}

static void
rsa_pss(void **state)
{
	set_run(*state, "rsa_pss_2048_sha256_mgf1_32_test", pss_takes, (struct tally){63, 45, 0});
}

static void
the_roca_modulus_is_known(void **state)
{
	json_auto_t *set = vectors_json(*state, "wycheproof/json_web_key_test.json");
	const json_t *group;
	int n_roca = 0;
	size_t i;

	json_array_foreach(json_object_get(set, "testGroups"), i, group) {
		const json_t *keys = json_object_get(json_object_get(group, "public"), "keys");
		const char *n = json_get_text(json_array_get(keys, 0), "n");
		bool named = str_equal(json_get_text(group, "comment"), "jws_rsa_roca_key");
		struct bytes modulus;

		if (n == NULL)
			continue;
		assert_true(b64u_decode(*state, n, strlen(n), &modulus));
		assert_int_equal(pkey_is_roca(modulus), named);
		n_roca += named;
	}
	assert_int_equal(n_roca, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(json_web_signature),
	    task_test(json_web_key),
	    task_test(json_web_encryption),
	    task_test(ecdsa_of_p256),
	    task_test(rsa_pkcs1),
	    task_test(rsa_pss),
	    task_test(the_roca_modulus_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
