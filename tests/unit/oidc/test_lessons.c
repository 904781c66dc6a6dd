/* SPDX-License-Identifier: Apache-2.0
 *
 * Every error that can go out has its lesson, and every lesson its error.
 */
#include "unit/unit.h"

#include "core/fault.h"
#include "core/str.h"
#include "oidc/errors.h"

#include <string.h>

static const char *const errors[] = {
#define NAME(code, status, name, level) name,
    FAULT_TABLE(NAME)
#undef NAME
};

static void
every_error_has_a_lesson(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i][0] != '\0' && lesson_find(errors[i]) == NULL)
			fail_msg("%s has no lesson in oidc/lessons.c", errors[i]);
}

static void
a_lesson_is_whole_and_stands_once(void **state)
{
	const struct lesson *lesson;

	(void)state;
	for (size_t i = 0; (lesson = lesson_at(i)) != NULL; i++) {
		assert_ptr_equal(lesson_find(lesson->error), lesson);
		assert_int_equal(lesson->meaning[strlen(lesson->meaning) - 1], '.');
		assert_int_equal(lesson->mend[strlen(lesson->mend) - 1], '.');
	}
	assert_null(lesson_find("no_such_error"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_error_has_a_lesson),
	    cmocka_unit_test(a_lesson_is_whole_and_stands_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
