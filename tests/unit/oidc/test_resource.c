/* SPDX-License-Identifier: Apache-2.0
 *
 * Resource indicators: case A29, and that a token is for one resource only.
 */
#include "asked.h"

#include "oidc/rules/resource.h"

#include <string.h>

#define SIM     ISSUER "/services/sim"
#define WELFARE ISSUER "/services/welfare"

static int
resources_of(struct task *task, const struct parameters *asked, const char **ret)
{
	struct authorization authorization = {0};
	int r = resource_read(task, asked, &authorization);

	*ret = authorization.resources;
	return r;
}

static void
services_of_ours_are_taken(void **state)
{
	struct task *task = *state;
	const char *resources;

	assert_int_equal(resources_of(task, ASKED(task, "resource", SIM), &resources), 0);
	assert_string_equal(resources, SIM);
	assert_string_equal(resource_service(task, resources), "sim");
	assert_int_equal(resources_of(task, ASKED(task, "resource", ISSUER), &resources), 0);
	assert_string_equal(resources, ISSUER);
	assert_int_equal(resources_of(task, ASKED(task, "scope", "openid"), &resources), 0);
	assert_null(resources);
	assert_int_equal(resources_of(task, ASKED(task, "resource", ""), &resources), 0);
	assert_null(resources);
	assert_int_equal(resources_of(task,
			     ASKED(task, "resource", SIM, "resource", ISSUER, "resource", SIM,
				 "resource", WELFARE),
			     &resources),
	    0);
	assert_string_equal(resources, SIM " " ISSUER " " WELFARE);
}

static void
anything_else_is_refused(void **state)
{
	struct task *task = *state;
	const char *const bad[] = {"https://other", ISSUER "/", ISSUER "/services/",
	    ISSUER "/services", ISSUER "/services/sim/x", ISSUER "/services/sim?x",
	    ISSUER "/services/sim#x", ISSUER ".evil.test/services/sim", "/services/sim",
	    SIM " " WELFARE, ISSUER "/services/sim\n", ISSUER "/services/s\xc3\xa9"};
	const char *resources;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_refused(task,
		    resources_of(task, ASKED(task, "resource", bad[i]), &resources),
		    INVALID_TARGET);
		assert_refused(task,
		    resources_of(
			task, ASKED(task, "resource", SIM, "resource", bad[i]), &resources),
		    INVALID_TARGET);
	}
}

static const char *const both[] = {"sim", "welfare", NULL};
static const struct client client = {.resources = both};

/* The resource that a token is for, "-" for the gateway; NULL: refused. */
static const char *
chosen(struct task *task, const char *granted, const char *asked)
{
	struct grant grant = {.resources = granted, .resource = "what was there"};

	if (resource_choose(task, &client, asked, &grant) < 0) {
		assert_int_equal(task->fault.code, INVALID_TARGET);
		fault_clear(task);
		return NULL;
	}
	return grant.resource == NULL ? "-" : grant.resource;
}

static void
a_token_is_for_one_of_those_granted(void **state)
{
	struct task *task = *state;

	assert_string_equal(chosen(task, NULL, NULL), "-");
	assert_string_equal(chosen(task, NULL, ""), "-");
	assert_string_equal(chosen(task, NULL, ISSUER), "-");
	assert_null(chosen(task, NULL, SIM));
	assert_string_equal(chosen(task, SIM, NULL), SIM);
	assert_string_equal(chosen(task, SIM, SIM), SIM);
	assert_null(chosen(task, SIM, ISSUER));
	assert_null(chosen(task, SIM, WELFARE));
	assert_string_equal(chosen(task, SIM " " WELFARE, WELFARE), WELFARE);
	assert_null(chosen(task, SIM " " WELFARE, NULL));
	assert_null(chosen(task, SIM " " WELFARE, ISSUER));
	assert_null(chosen(task, SIM " " WELFARE, SIM " " WELFARE));
	assert_string_equal(chosen(task, SIM " " ISSUER, NULL), "-");
	assert_string_equal(chosen(task, SIM " " ISSUER, SIM), SIM);
}

static void
what_the_client_lost_is_refused(void **state)
{
	struct task *task = *state;

	assert_null(chosen(task, ISSUER "/services/lost " SIM, ISSUER "/services/lost"));
	assert_string_equal(chosen(task, ISSUER "/services/lost " SIM, SIM), SIM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    rooms_test(services_of_ours_are_taken),
	    rooms_test(anything_else_is_refused),
	    rooms_test(a_token_is_for_one_of_those_granted),
	    rooms_test(what_the_client_lost_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
