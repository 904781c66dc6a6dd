/* SPDX-License-Identifier: Apache-2.0
 *
 * The Cookie header (http/cookie.h).
 */
#include "../unit.h"

#include "core/settings.h"
#include "http/cookie.h"

static void
found(void **state)
{
	struct task *task = *state;

	assert_string_equal(cookie_find(task, "a=1", "a"), "1");
	assert_string_equal(cookie_find(task, "a=1; b=2;c=3", "b"), "2");
	assert_string_equal(cookie_find(task, "a=1; b=2;c=3 ", "c"), "3");
	assert_string_equal(cookie_find(task, "a=x=y; b=2", "a"), "x=y");
	assert_string_equal(cookie_find(task, "a=", "a"), "");
	assert_string_equal(cookie_find(task, ";;; a=1", "a"), "1");
	assert_string_equal(cookie_find(task, "a=\"1\"", "a"), "\"1\"");
}

static void
not_found(void **state)
{
	struct task *task = *state;

	assert_null(cookie_find(task, "", "a"));
	assert_null(cookie_find(task, "a", "a"));
	assert_null(cookie_find(task, "aa=1", "a"));
	assert_null(cookie_find(task, "A=1", "a"));
	assert_null(cookie_find(task, "b=a=1", "a"));
	assert_null(cookie_find(task, "a =1", "a"));
	/* twice: one of them is somebody else's */
	assert_null(cookie_find(task, "a=1; a=2", "a"));
	assert_null(cookie_find(task, "a=1; b=3; a=1", "a"));
}

static void
names(void **state)
{
	struct task *task = *state;
	struct settings settings = {0};
	struct rooms rooms = {.settings = &settings};

	assert_string_equal(cookie_wire_name(task, "s"), "s");
	task->rooms = &rooms;
	assert_string_equal(cookie_wire_name(task, "s"), "s");
	settings.is_https = true;
	assert_string_equal(cookie_wire_name(task, "s"), "__Host-s");
	task->rooms = NULL;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(found), task_test(not_found), task_test(names)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
