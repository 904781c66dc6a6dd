/* SPDX-License-Identifier: Apache-2.0
 *
 * Faults: the first reason stays, and the table.
 */
#include "unit/unit.h"

#include "core/str.h"

#include <syslog.h>

static void
the_first_reason_stays(void **state)
{
	struct task *task = *state;

	assert_int_equal(fail(task, INVALID_GRANT, "code %d", 1), INVALID_GRANT);
	assert_int_equal(fail(task, BROKEN, "later"), BROKEN);
	assert_int_equal(task->fault.code, INVALID_GRANT);
	assert_string_equal(task->fault.text, "code 1");
	assert_true(str_ends(task->fault.file, "test_fault.c"));
	fault_clear(task);
	assert_int_equal(task->fault.code, 0);
	assert_string_equal(task->fault.text, "");
	assert_int_equal(fail(task, CONFLICT, "new"), CONFLICT);
	assert_string_equal(task->fault.text, "new");
}

static void
names_in_pointers_are_escaped(void **state)
{
	struct task *task = *state;

	assert_string_equal(fault_pointer_part(task, "a/b~c"), "a~1b~0c");
	assert_string_equal(fault_pointer_part(task, "~1"), "~01");
	assert_string_equal(fault_pointer_part(task, ""), "");
}

static void
a_fault_is_recast_but_never_our_own(void **state)
{
	struct task *task = *state;

	fail(task, INVALID_REQUEST, "the reason");
	assert_int_equal(fault_as(task, INVALID_TOKEN), INVALID_TOKEN);
	assert_int_equal(task->fault.code, INVALID_TOKEN);
	assert_string_equal(task->fault.text, "the reason");
	fault_clear(task);
	fail(task, STORE_AWAY, "gone");
	assert_int_equal(fault_as(task, INVALID_TOKEN), STORE_AWAY);
	assert_int_equal(task->fault.code, STORE_AWAY);
}

static void
text_is_one_clean_line(void **state)
{
	struct task *task = *state;

	fail(task, BROKEN, "a\r\nb\x1b[1m\x7f\xC2\x9B\xE2\x80\xA8\xFFz");
	assert_string_equal(task->fault.text, "a??b?[1m????z");
}

/* Whatever the length before it, a three-byte character is there whole or not at all. */
static void
text_ends_on_a_whole_character(void **state)
{
	struct task *task = *state;

	for (int n = 230; n < 245; n++) {
		fault_clear(task);
		fail(task, BROKEN, "%0*d\xE1\x9E\x80\xE1\x9E\x81", n, 0);
		assert_true(str_is_utf8(task->fault.text, strlen(task->fault.text)));
		assert_null(strchr(task->fault.text, '?'));
		assert_true(strlen(task->fault.text) < sizeof(task->fault.text));
		assert_true(strlen(task->fault.text) > 230 - 1);
	}
}

static void
the_table(void **state)
{
	(void)state;
	assert_int_equal(fault_status(INVALID_REQUEST), 400);
	assert_int_equal(fault_status(STORE_AWAY), 503);
	assert_string_equal(fault_name(INVALID_GRANT), "invalid_grant");
	assert_string_equal(fault_name(NO_TOKEN), "");
	assert_int_equal(fault_level(BROKEN), LOG_CRIT);
	assert_true(fault_is_ours(BROKEN));
	assert_true(fault_is_ours(UPSTREAM_LATE));
	assert_false(fault_is_ours(TOO_MANY_REQUESTS));
	assert_int_equal(fault_status(0), 500);
	assert_int_equal(fault_status(42), 500);
	assert_int_equal(fault_status(-1), 500);
	assert_int_equal(fault_status(FAULT_FIRST_), 500);
	assert_int_equal(fault_status(FAULT_END_), 500);
	assert_string_equal(fault_name(-5000), "server_error");
	for (int code = FAULT_FIRST_ + 1; code < FAULT_END_; code++) {
		assert_in_range(fault_status(code), 400, 599);
		assert_in_range(fault_level(code), LOG_CRIT, LOG_DEBUG);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(the_first_reason_stays),
	    task_test(names_in_pointers_are_escaped),
	    task_test(a_fault_is_recast_but_never_our_own),
	    task_test(text_is_one_clean_line),
	    task_test(text_ends_on_a_whole_character),
	    task_test(the_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
