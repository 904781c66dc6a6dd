/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists of names, and the JSON that keeps them.
 */
#include "unit/unit.h"

#include "core/names.h"
#include "core/task.h"

static const char *const none[] = {NULL};
static const char *const two[] = {"name", "email", NULL};
static const char *const odd[] = {"", "a\"b", "c\\d", "e\nf", "\xe1\x9e\x91", "[,]", NULL};

static void
membership(void **state)
{
	(void)state;
	assert_true(names_have(two, "email"));
	assert_false(names_have(two, "mail"));
	assert_false(names_have(NULL, "name"));
	assert_false(names_have(two, NULL));
	assert_true(names_have_all(two, none));
	assert_true(names_have_all(two, NULL));
	assert_true(names_have_all(two, two + 1));
	assert_false(names_have_all(two + 1, two));
	assert_false(names_have_all(NULL, two));
	assert_true(names_are_equal(NULL, none));
	assert_false(names_are_equal(two, two + 1));
	assert_false(names_are_equal(two, odd));
	assert_int_equal(names_count(odd), 6);
	assert_int_equal(names_count(NULL), 0);
}

static void
there_and_back(void **state)
{
	static const struct {
		const char *const *names;
		const char *text;
	} all[] = {
	    {NULL, "[]"},
	    {none, "[]"},
	    {two, "[\"name\",\"email\"]"},
	    {odd, "[\"\",\"a\\\"b\",\"c\\\\d\",\"e\\u000af\",\"\xe1\x9e\x91\",\"[,]\"]"},
	};
	struct task task;

	(void)state;
	task_open(&task, NULL, NULL, 0);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		json_auto_t *json = names_json(all[i].names);
		const char *const *back;

		assert_string_equal(names_text(&task, all[i].names), all[i].text);
		assert_int_equal(names_parse(&task, all[i].text, &back), 0);
		assert_true(names_are_equal(back, all[i].names));
		assert_true(names_are_equal(names_of_json(&task, json), all[i].names));
		assert_int_equal(names_parse(&task, json_text(&task, json), &back), 0);
		assert_true(names_are_equal(back, all[i].names));
	}
	task_close(&task);
}

static void
copies_have_room(void **state)
{
	const char **copy = names_copy(*state, two, 1), **fresh = names_copy(*state, NULL, 1);

	assert_true(names_are_equal(copy, two));
	copy[2] = fresh[0] = "more";
	assert_int_equal(names_count(copy), 3);
	assert_int_equal(names_count(fresh), 1);
}

static void
spaces_are_read(void **state)
{
	const char *const *names;
	struct task task;

	(void)state;
	task_open(&task, NULL, NULL, 0);
	assert_int_equal(names_parse(&task, " [ \"name\" , \"email\" ] ", &names), 0);
	assert_true(names_are_equal(names, two));
	task_close(&task);
}

static void
what_is_refused(void **state)
{
	static const char *const bad[] = {"", "[", "]", "[\"a\"", "[\"a", "[\"a\",", "[\"a\",]",
	    "[\"a\"]x", "[\"a\"\"b\"]", "[a]", "[1]", "[\"a\",null]", "[[\"a\"]]", "{}", "\"a\"",
	    "[\"\\\"]", "[]]", "null"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *const *names = two;
		struct task task;

		task_open(&task, NULL, NULL, 0);
		if (names_parse(&task, bad[i], &names) != INVALID_REQUEST || names != two)
			fail_msg("accepted: %s", bad[i]);
		task_close(&task);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(membership),
	    task_test(there_and_back),
	    task_test(copies_have_room),
	    task_test(spaces_are_read),
	    task_test(what_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
