/* SPDX-License-Identifier: Apache-2.0
 *
 * The path in its one form (http/path.h).
 */
#include "../unit.h"

#include "core/str.h"
#include "http/path.h"

static int
read_path(struct task *task, const char *text, const char **ret_path)
{
	fault_clear(task);
	return path_read(task, text, strlen(text), ret_path);
}

static void
good(void **state)
{
	static const char *const texts[][2] = {{"/", "/"}, {"/a", "/a"}, {"/a/b", "/a/b"},
	    {"/a/", "/a/"}, {"/%61", "/a"}, {"/a+b", "/a+b"}, {"/a%20b", "/a b"},
	    {"/%c3%a9", "/\xc3\xa9"}, {"/.a", "/.a"}, {"/a..b", "/a..b"}, {"/...", "/..."},
	    {"/.well-known/x", "/.well-known/x"}, {"/a;b=c", "/a;b=c"}, {"/%25", "/%"},
	    {"/%252e", "/%2e"}};
	const char *path;
	size_t i;

	for (i = 0; i < sizeof texts / sizeof *texts; i++) {
		assert_int_equal(read_path(*state, texts[i][0], &path), 0);
		assert_string_equal(path, texts[i][1]);
	}
}

static void
bad(void **state)
{
	static const struct {
		const char *text;
		int code;
	} texts[] = {{"", BAD_REQUEST}, {"a", BAD_REQUEST}, {"*", BAD_REQUEST}, {"/%", BAD_REQUEST},
	    {"/%g0", BAD_REQUEST}, {"/%ff", BAD_REQUEST}, {"/..", NOT_FOUND}, {"/.", NOT_FOUND},
	    {"/a/../b", NOT_FOUND}, {"/a/./b", NOT_FOUND}, {"/a/..", NOT_FOUND}, {"//", NOT_FOUND},
	    {"//a", NOT_FOUND}, {"/a//b", NOT_FOUND}, {"/%2e%2E/a", NOT_FOUND},
	    {"/a%2fb", NOT_FOUND}, {"/a%2Fb", NOT_FOUND}, {"/a\\b", NOT_FOUND},
	    {"/a%5cb", NOT_FOUND}, {"/a%00", NOT_FOUND}, {"/a%00b", NOT_FOUND},
	    {"/a%0ab", NOT_FOUND}, {"/a%7f", NOT_FOUND}, {"/a%e2%80%a8", NOT_FOUND}};
	const char *path = "untouched";
	size_t i;

	for (i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_int_equal(read_path(*state, texts[i].text, &path), texts[i].code);
	assert_string_equal(path, "untouched");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {task_test(good), task_test(bad)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
