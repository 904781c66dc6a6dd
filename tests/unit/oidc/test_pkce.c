/* SPDX-License-Identifier: Apache-2.0
 *
 * PKCE: RFC 7636 appendix B, and cases A18 and T07.
 */
#include "asked.h"

#include "oidc/rules/pkce.h"

#define VERIFIER  "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

static const struct client strict = {.requires_pkce = true}, lax = {.requires_pkce = false};

static int
read_with(struct task *task, const struct client *client, const char *challenge, const char *method,
    struct authorization *ret)
{
	const char *words[5] = {NULL};
	size_t n = 0;

	if (challenge != NULL) {
		words[n++] = "code_challenge";
		words[n++] = challenge;
	}
	if (method != NULL) {
		words[n++] = "code_challenge_method";
		words[n++] = method;
	}
	*ret = (struct authorization){.client = client};
	return pkce_read(task, asked_query(task, words), ret);
}

static void
a_challenge_is_taken(void **state)
{
	struct task *task = *state;
	struct authorization authorization;

	assert_int_equal(read_with(task, &strict, CHALLENGE, "S256", &authorization), 0);
	assert_string_equal(authorization.code_challenge, CHALLENGE);
	assert_int_equal(read_with(task, &lax, NULL, NULL, &authorization), 0);
	assert_null(authorization.code_challenge);
}

static void
a_bad_challenge_is_refused_even_where_none_is_needed(void **state)
{
	struct task *task = *state;
	struct authorization authorization;
	const char *const bad[] = {"", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c", CHALLENGE "A",
	    CHALLENGE "=", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"};
	const struct client *const clients[] = {&strict, &lax};

	for (size_t c = 0; c < 2; c++) {
		for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
			assert_refused(task,
			    read_with(task, clients[c], bad[i], "S256", &authorization),
			    INVALID_REQUEST);
		assert_refused(task,
		    read_with(task, clients[c], CHALLENGE, "plain", &authorization),
		    INVALID_REQUEST);
		assert_refused(task, read_with(task, clients[c], CHALLENGE, NULL, &authorization),
		    INVALID_REQUEST);
		assert_refused(task, read_with(task, clients[c], NULL, "S256", &authorization),
		    INVALID_REQUEST);
	}
	assert_refused(task, read_with(task, &strict, NULL, NULL, &authorization), INVALID_REQUEST);
}

static void
the_verifier_must_fit(void **state)
{
	struct task *task = *state;
	char long_one[130];

	memset(long_one, 'a', sizeof(long_one));
	long_one[129] = 0;
	assert_int_equal(pkce_check(task, CHALLENGE, VERIFIER), 0);
	assert_int_equal(pkce_check(task, NULL, NULL), 0);
	assert_refused(task, pkce_check(task, CHALLENGE, NULL), INVALID_GRANT);
	assert_refused(task, pkce_check(task, NULL, VERIFIER), INVALID_GRANT);
	assert_refused(task, pkce_check(task, CHALLENGE, CHALLENGE), INVALID_GRANT);
	assert_refused(task, pkce_check(task, CHALLENGE, &VERIFIER[1]), INVALID_GRANT);
	assert_refused(task, pkce_check(task, CHALLENGE, long_one), INVALID_GRANT);
	assert_refused(task,
	    pkce_check(task, CHALLENGE, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXK"),
	    INVALID_GRANT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(a_challenge_is_taken),
	    task_test(a_bad_challenge_is_refused_even_where_none_is_needed),
	    task_test(the_verifier_must_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
