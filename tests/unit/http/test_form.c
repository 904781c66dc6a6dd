/* SPDX-License-Identifier: Apache-2.0
 *
 * Parameters of queries and forms (http/form.h).
 */
#include "../unit.h"

#include "http/form.h"

static struct form form;

static int
read_form(struct task *task, const char *text)
{
	fault_clear(task);
	return form_read(task, BYTES_OF(text), NULL, &form);
}

static const char *
value(const char *name)
{
	size_t i;

	for (i = 0; i < form.pairs.n; i++)
		if (strcmp(form.pairs.at[i].name, name) == 0)
			return form.pairs.at[i].value;
	return NULL;
}

static void
good(void **state)
{
	struct task *task = *state;

	assert_int_equal(read_form(task, ""), 0);
	assert_int_equal(form.pairs.n, 0);
	assert_int_equal(read_form(task, "a=1&b=&c&&d=x%3D%26+y&%C3%A9=%e2%82%ac&=v"), 0);
	assert_int_equal(form.pairs.n, 6);
	assert_string_equal(value("a"), "1");
	assert_string_equal(value("b"), "");
	assert_string_equal(value("c"), "");
	assert_string_equal(value("d"), "x=& y");
	assert_string_equal(value("\xc3\xa9"), "\xe2\x82\xac");
	assert_string_equal(value(""), "v");
	assert_null(form.duplicate);
	assert_int_equal(read_form(task, "a=b=c"), 0);
	assert_string_equal(value("a"), "b=c");
	/* a state comes back byte-exact */
	assert_int_equal(read_form(task, "state=%0d%0aSet-Cookie:x"), 0);
	assert_string_equal(value("state"), "\r\nSet-Cookie:x");
}

static void
bad(void **state)
{
	static const char *const texts[] = {"a=%", "a=%4", "a=%zz", "a=%4g", "%=1", "a=%00",
	    "%00=a", "a=%ff", "a=%c3", "a=%ed%a0%80", "a=%c0%80", "a=\xff", "a%0a=1", "a%7f=1",
	    "a=1&b=%"};
	size_t i;

	for (i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_int_equal(read_form(*state, texts[i]), BAD_REQUEST);
	fault_clear(*state);
	assert_int_equal(
	    form_read(*state, (struct bytes){(const uint8_t *)"a=b\0c", 5}, NULL, &form),
	    BAD_REQUEST);
}

static void
duplicates(void **state)
{
	struct task *task = *state;

	assert_int_equal(read_form(task, "a=1&b=2&a=1"), 0);
	assert_string_equal(form.duplicate, "a");
	assert_int_equal(read_form(task, "a&%61"), 0);
	assert_string_equal(form.duplicate, "a");
	assert_int_equal(read_form(task, "a=1&A=2"), 0);
	assert_null(form.duplicate);
	assert_int_equal(form_read(task, BYTES_OF("c=1&c=2&c=3"), "c", &form), 0);
	assert_null(form.duplicate);
	assert_int_equal(form.pairs.n, 3);
	assert_int_equal(form_read(task, BYTES_OF("c=1&c=2&d=3&d=4"), "c", &form), 0);
	assert_string_equal(form.duplicate, "d");
}

static void
many(void **state)
{
	char text[1000] = "";
	int i;

	for (i = 0; i < 64; i++)
		snprintf(text + strlen(text), 16, "p%d=1&", i);
	assert_int_equal(read_form(*state, text), 0);
	assert_int_equal(form.pairs.n, 64);
	assert_false(form.too_many);
	snprintf(text + strlen(text), 16, "q");
	assert_int_equal(read_form(*state, text), 0);
	assert_int_equal(form.pairs.n, 64);
	assert_true(form.too_many);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(good), task_test(bad), task_test(duplicates), task_test(many)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
