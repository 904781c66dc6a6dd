/* SPDX-License-Identifier: Apache-2.0
 *
 * Encrypted answers: what opens, and every fault alone.
 */
#include "unit/jose/forge.h"

#include "jose/jwe.h"

#define PLAIN "{\"vp_token\":{}}"

static const char *
seal(struct task *task, const json_t *private_jwk, const char *enc)
{
	json_auto_t *public_jwk = jwe_key_public(private_jwk);
	const char *compact;

	assert_int_equal(
	    jwe_seal(task, &(struct jwe_to){.key = public_jwk, .alg = "ECDH-ES", .enc = enc},
		BYTES_OF(PLAIN), &compact),
	    0);
	return compact;
}

static bool
opens(struct task *task, const char *compact, const json_t *private_jwk)
{
	struct bytes plain;
	int r = jwe_open(task, compact, private_jwk, &plain);

	assert_true(r == 0 || r == INVALID_REQUEST);
	if (r == 0) {
		assert_int_equal(plain.len, strlen(PLAIN));
		assert_memory_equal(plain.at, PLAIN, plain.len);
	}
	fault_clear(task);
	return r == 0;
}

static void
a_key_has_a_public_half(void **state)
{
	json_auto_t *private_jwk = NULL, *public_jwk = NULL;

	assert_int_equal(jwe_key_make(*state, "k1", &private_jwk), 0);
	assert_int_equal(json_object_size(private_jwk), 8);
	assert_string_equal(json_get_text(private_jwk, "crv"), "P-256");
	assert_string_equal(json_get_text(private_jwk, "alg"), "ECDH-ES");
	assert_int_equal(strlen(json_get_text(private_jwk, "d")), 43);
	public_jwk = jwe_key_public(private_jwk);
	assert_int_equal(json_object_size(public_jwk), 7);
	assert_null(json_object_get(public_jwk, "d"));
	assert_string_equal(json_get_text(public_jwk, "kid"), "k1");
	assert_string_equal(json_get_text(public_jwk, "use"), "enc");
}

static void
what_is_sealed_opens(void **state)
{
	static const char *const encs[] = {"A128GCM", "A256GCM"};
	json_auto_t *key = NULL, *other = NULL;
	const char *compact, *again, *kid;

	assert_int_equal(jwe_key_make(*state, "k1", &key), 0);
	assert_int_equal(jwe_key_make(*state, "k2", &other), 0);
	for (size_t i = 0; i < 2; i++) {
		compact = seal(*state, key, encs[i]);
		again = seal(*state, key, encs[i]);
		assert_string_not_equal(compact, again);
		assert_true(opens(*state, compact, key));
		assert_false(opens(*state, compact, other));
		assert_int_equal(jwe_kid(*state, compact, &kid), 0);
		assert_string_equal(kid, "k1");
	}
}

static void
seal_refuses(void **state)
{
	json_auto_t *key = NULL, *public_jwk = NULL;
	const char *compact;

	assert_int_equal(jwe_key_make(*state, "k1", &key), 0);
	public_jwk = jwe_key_public(key);
	const struct jwe_to bad[] = {
	    {.key = public_jwk, .alg = "ECDH-ES", .enc = "A128CBC"},
	    {.key = public_jwk, .alg = "ECDH-ES", .enc = "A192GCM"},
	    {.key = public_jwk, .alg = "RSA-OAEP", .enc = "A128GCM"},
	    {.key = public_jwk, .alg = "RSA1_5", .enc = "A128GCM"},
	    {.key = public_jwk, .alg = "dir", .enc = "A128GCM"},
	    {.key = public_jwk, .alg = "RSA-OAEP-256", .enc = "A128GCM"},
	    {.key = key, .alg = "ECDH-ES", .enc = "A128GCM"},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
		    jwe_seal(*state, &bad[i], BYTES_OF("x"), &compact), INVALID_REQUEST);
	json_set_text(public_jwk, "y", json_get_text(public_jwk, "x"));
	assert_int_equal(
	    jwe_seal(*state,
		&(struct jwe_to){.key = public_jwk, .alg = "ECDH-ES", .enc = "A128GCM"},
		BYTES_OF("x"), &compact),
	    INVALID_REQUEST);
}

static void
every_letter_counts(void **state)
{
	json_auto_t *key = NULL;
	char *compact;

	assert_int_equal(jwe_key_make(*state, "k1", &key), 0);
	compact = task_dup(*state, seal(*state, key, "A256GCM"));
	for (char *at = compact; *at != '\0'; at++) {
		char right = *at;

		*at = right == 'A' ? 'B' : 'A';
		if (right != '.' || at[1] != '.')
			assert_false(opens(*state, compact, key));
		*at = right;
	}
	assert_true(opens(*state, compact, key));
}

static void
the_form(void **state)
{
	json_auto_t *key = NULL;
	const char *compact, *rest, *kid;

	assert_int_equal(jwe_key_make(*state, "k1", &key), 0);
	compact = seal(*state, key, "A128GCM");
	rest = strchr(compact, '.') + 2;
	const char *bad[] = {"", "....", "a.b.c.d.e", task_printf(*state, "%s.", compact),
	    task_printf(*state, "%s.AAAA", compact), task_printf(*state, "%s=", compact),
	    task_printf(*state, "%.*s.AAAA.%s", (int)(rest - 2 - compact), compact, rest),
	    task_printf(*state, "%.*s", (int)(strrchr(compact, '.') - compact), compact)};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(opens(*state, bad[i], key));
	assert_int_equal(jwe_kid(*state, "e30....", &kid), INVALID_REQUEST);
}

/* The same message under another header; even where it would decrypt it is refused before. */
static const char *
with_header(struct task *task, const char *compact, const char *name, const char *value)
{
	json_auto_t *header = NULL;
	struct bytes bytes;
	size_t len = strcspn(compact, ".");
	const char *text;

	assert_true(b64u_decode(task, compact, len, &bytes));
	assert_int_equal(json_parse_object(task, (const char *)bytes.at, bytes.len, &header), 0);
	if (value == NULL)
		json_object_del(header, name);
	else
		json_object_set_new(header, name, forge_json(value));
	text = json_text(task, header);
	return task_printf(task, "%s%s", b64u_encode(task, BYTES_OF(text)), compact + len);
}

static void
headers_we_do_not_take(void **state)
{
	static const char *const bad[][3] = {
	    {"alg", "\"dir\"", "alg"},
	    {"alg", "\"none\"", "alg"},
	    {"alg", "\"ECDH-ES+A128KW\"", "alg"},
	    {"alg", "\"RSA1_5\"", "alg"},
	    {"alg", "\"PBES2-HS256+A128KW\"", "alg"},
	    {"alg", NULL, "alg"},
	    {"enc", "\"A128CBC-HS256\"", "enc"},
	    {"enc", NULL, "enc"},
	    {"zip", "\"DEF\"", "zip"},
	    {"crit", "[]", "zip"},
	    {"crit", "[\"exp\"]", "zip"},
	    {"epk", NULL, "P-256"},
	    {"epk", "{}", "P-256"},
	    {"epk", "\"x\"", "P-256"},
	    {"epk", "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"AAAA\"}", "P-256"},
	    {"epk", "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAA\",\"y\":\"AAAA\"}", "JWK"},
	    /* of a curve that differs in b: the invalid curve attack */
	    {"epk",
		"{\"kty\":\"EC\",\"crv\":\"P-256\","
		"\"x\":\"gTi8gR3jqvI2D5ZBpnU7kBQXJmvYOJbkDeLuG4P02yQ\","
		"\"y\":\"gTi8gR3jqvI2D5ZBpnU7kBQXJmvYOJbkDeLuG4P02yQ\"}",
		"point"},
	};
	json_auto_t *key = NULL;
	const char *compact;
	struct task *task = *state;
	struct bytes plain;

	assert_int_equal(jwe_key_make(task, "k1", &key), 0);
	compact = seal(task, key, "A128GCM");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *odd = with_header(task, compact, bad[i][0], bad[i][1]);

		assert_int_equal(jwe_open(task, odd, key, &plain), INVALID_REQUEST);
		/* by the check that is meant, not by a decryption that fails later */
		if (strstr(task->fault.text, bad[i][2]) == NULL)
			fail_msg("%s: refused by %s", odd, task->fault.text);
		fault_clear(task);
	}
}

static void
what_is_too_long(void **state)
{
	char *filler = task_alloc(*state, JWE_MAX_BYTES + 2);
	json_auto_t *key = NULL;

	assert_int_equal(jwe_key_make(*state, "k1", &key), 0);
	memset(filler, '.', JWE_MAX_BYTES + 1);
	assert_false(opens(*state, filler, key));
	memset(filler, 'A', JWE_MAX_BYTES + 1);
	assert_false(opens(*state, filler, key));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(a_key_has_a_public_half),
	    task_test(what_is_sealed_opens),
	    task_test(seal_refuses),
	    task_test(every_letter_counts),
	    task_test(the_form),
	    task_test(headers_we_do_not_take),
	    task_test(what_is_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
