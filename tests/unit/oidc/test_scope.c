/* SPDX-License-Identifier: Apache-2.0
 *
 * scope at the token endpoint: cases T17 and T35.
 */
#include "asked.h"

#include "oidc/rules/scope.h"

static struct grant
granted(void)
{
	static const char *const claims[] = {
	    "name", "email", "email_verified", "address", "other", NULL};

	return (struct grant){.scope = "openid profile email", .userinfo_claims = claims};
}

static void
assert_narrowed(struct task *task, const char *asked, const char *scope, const char *claims)
{
	struct grant grant = granted();

	assert_int_equal(scope_narrow(task, &grant, asked), 0);
	assert_string_equal(grant.scope, scope);
	assert_string_equal(names_text(task, grant.userinfo_claims), claims);
}

static void
nothing_asked_is_all(void **state)
{
	const char *all = "[\"name\",\"email\",\"email_verified\",\"address\",\"other\"]";

	assert_narrowed(*state, NULL, "openid profile email", all);
	assert_narrowed(*state, "", "openid profile email", all);
	assert_narrowed(*state, "openid profile email", "openid profile email", all);
	assert_narrowed(*state, "email openid profile", "email openid profile", all);
}

/* Claims that no granted scope stands for were asked by the claims parameter: they stay. */
static void
claims_go_with_their_scope(void **state)
{
	assert_narrowed(
	    *state, "openid profile", "openid profile", "[\"name\",\"address\",\"other\"]");
	assert_narrowed(
	    *state, "email", "email", "[\"email\",\"email_verified\",\"address\",\"other\"]");
	assert_narrowed(*state, "openid", "openid", "[\"address\",\"other\"]");
}

/* Not granted where no refresh token follows: who asks for it asks for no more. */
static void
offline_access_is_passed_over(void **state)
{
	assert_narrowed(*state, "openid offline_access", "openid", "[\"address\",\"other\"]");
}

static void
more_is_refused(void **state)
{
	const char *const bad[] = {"openid address", "offline_access", "openid admin", "x",
	    "Openid", "openid,profile", "openid\nprofile", " "};
	struct task *task = *state;
	struct grant grant = granted();

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_refused(task, scope_narrow(task, &grant, bad[i]), INVALID_SCOPE);
	assert_string_equal(grant.scope, "openid profile email");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    rooms_test(nothing_asked_is_all),
	    rooms_test(claims_go_with_their_scope),
	    rooms_test(offline_access_is_passed_over),
	    rooms_test(more_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
