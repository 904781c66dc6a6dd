/* SPDX-License-Identifier: Apache-2.0
 *
 * Resource indicators: case A29, and that a token is for one resource only.
 */
#include "asked.h"

#include "oidc/rules/resource.h"

static int
resource_of(struct task *task, const char *resource, const char **ret)
{
	struct authorization authorization = {0};
	int r = resource_read(task, ASKED(task, "resource", resource), &authorization);

	*ret = authorization.resource;
	return r;
}

static void
a_service_of_ours_is_taken(void **state)
{
	struct task *task = *state;
	const char *resource;

	assert_int_equal(resource_of(task, ISSUER "/services/sim", &resource), 0);
	assert_string_equal(resource, ISSUER "/services/sim");
	assert_string_equal(resource_service(task, resource), "sim");
	assert_int_equal(resource_of(task, ISSUER, &resource), 0);
	assert_null(resource);
}

static void
anything_else_is_refused(void **state)
{
	struct task *task = *state;
	const char *const bad[] = {"https://other", ISSUER "/", ISSUER "/services/",
	    ISSUER "/services", ISSUER "/services/sim/x", ISSUER "/services/sim?x",
	    ISSUER "/services/sim#x", ISSUER ".evil.test/services/sim", "/services/sim"};
	const char *resource;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_refused(task, resource_of(task, bad[i], &resource), INVALID_TARGET);
}

static void
the_token_endpoint_takes_the_same_again(void **state)
{
	struct task *task = *state;
	const char *const sim = ISSUER "/services/sim";

	assert_int_equal(resource_check(task, sim, NULL), 0);
	assert_int_equal(resource_check(task, sim, sim), 0);
	assert_int_equal(resource_check(task, NULL, NULL), 0);
	assert_int_equal(resource_check(task, NULL, ISSUER), 0);
	assert_refused(task, resource_check(task, NULL, sim), INVALID_TARGET);
	assert_refused(task, resource_check(task, sim, ISSUER), INVALID_TARGET);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    rooms_test(a_service_of_ours_is_taken),
	    rooms_test(anything_else_is_refused),
	    rooms_test(the_token_endpoint_takes_the_same_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
