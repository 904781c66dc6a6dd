/* SPDX-License-Identifier: Apache-2.0
 *
 * Sets of keys: what is left out, what refuses the set, and which key is found.
 */
#include "unit/jose/forge.h"

#include "jose/jwk.h"

#define EC1 \
	"\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4\"," \
	"\"y\":\"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM\""
#define OKP \
	"\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_" \
	"7TyWQHOg7hcvPapiMlrwIaaPcHURo\""
#define SHORT_RSA "\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\""

static int
parse(struct task *task, const char *text, struct jwks *ret_jwks)
{
	json_auto_t *json = forge_json(text);
	int r = jwks_parse(task, json, ret_jwks);

	fault_clear(task);
	return r;
}

static void
unknown_keys_are_left_out_and_counted(void **state)
{
	struct jwks jwks;

	assert_int_equal(parse(*state,
			     "{\"keys\":[{" EC1 ",\"kid\":\"a\"},{\"kty\":\"AKP\"},{" SHORT_RSA
			     "},{" OKP ",\"kid\":\"b\"}]}",
			     &jwks),
	    0);
	assert_int_equal(jwks.n_keys, 2);
	assert_int_equal(jwks.n_left_out, 2);
	jwks_close(&jwks);
	assert_int_equal(parse(*state, "{\"keys\":[]}", &jwks), 0);
	assert_int_equal(jwks.n_keys, 0);
	jwks_close(&jwks);
}

static void
what_refuses_the_set(void **state)
{
	static const char *const bad[] = {"{}", "[]", "{\"keys\":{}}", "{\"keys\":[1]}",
	    "{\"keys\":[{" EC1 "},{\"kty\":\"oct\",\"k\":\"AAAA\"}]}",
	    "{\"keys\":[{" EC1 "},{" OKP ",\"d\":\"AAAA\"}]}",
	    "{\"keys\":[{" EC1 ",\"kid\":\"a\"},{" OKP ",\"kid\":\"a\"}]}"};
	struct jwks jwks;
	const char *many = "{" EC1 "}";

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parse(*state, bad[i], &jwks), INVALID_REQUEST);
	for (unsigned i = 0; i < JWKS_MAX_KEYS; i++)
		many = task_printf(*state, "%s,{" EC1 ",\"kid\":\"%u\"}", many, i);
	assert_int_equal(
	    parse(*state, task_printf(*state, "{\"keys\":[%s]}", many), &jwks), INVALID_REQUEST);
}

static void
a_key_is_found_by_kid_or_by_being_the_only_one(void **state)
{
	struct jwks jwks;

	assert_int_equal(parse(*state,
			     "{\"keys\":[{" EC1 ",\"kid\":\"a\"},{" EC1 ",\"kid\":\"b\"},{" OKP
			     ",\"kid\":\"c\"},{" EC1 ",\"kid\":\"d\",\"use\":\"enc\"}]}",
			     &jwks),
	    0);
	assert_ptr_equal(jwks_find(&jwks, "b", ALG_ES256), jwks.keys[1]);
	assert_null(jwks_find(&jwks, "b", ALG_EDDSA));
	assert_null(jwks_find(&jwks, "d", ALG_ES256));
	assert_null(jwks_find(&jwks, "e", ALG_ES256));
	assert_null(jwks_find(&jwks, "", ALG_ES256));
	assert_null(jwks_find(&jwks, NULL, ALG_ES256));
	assert_ptr_equal(jwks_find(&jwks, NULL, ALG_EDDSA), jwks.keys[2]);
	assert_null(jwks_find(&jwks, NULL, ALG_RS256));
	jwks_close(&jwks);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(unknown_keys_are_left_out_and_counted),
	    task_test(what_refuses_the_set),
	    task_test(a_key_is_found_by_kid_or_by_being_the_only_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
