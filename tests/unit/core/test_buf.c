/* SPDX-License-Identifier: Apache-2.0
 *
 * The growing text: its maximum, and its escapes.
 */
#include "unit/unit.h"

#include "core/buf.h"

static void
it_grows_to_its_maximum_and_no_further(void **state)
{
	struct buf buf;

	buf_open(&buf, *state, 1000);
	assert_string_equal(buf_text(&buf), "");
	for (int i = 0; i < 1000; i++)
		buf_char_add(&buf, 'x');
	assert_int_equal(buf.len, 1000);
	assert_int_equal(strlen(buf_text(&buf)), 1000);
	buf_add(&buf, "", 0);
	assert_non_null(buf_text(&buf));
	buf_char_add(&buf, 'y');
	assert_null(buf_text(&buf));
	assert_int_equal(buf.len, 1000);
}

static void
overflow_stays(void **state)
{
	struct buf buf;

	buf_open(&buf, *state, 5);
	buf_text_add(&buf, "abc");
	buf_text_add(&buf, "def");
	buf_text_add(&buf, "g");
	assert_true(buf.overflown);
	assert_null(buf_text(&buf));
}

static void
it_prints(void **state)
{
	struct buf buf;

	buf_open(&buf, *state, 4096);
	buf_printf(&buf, "%s-%d", "a", 7);
	buf_printf(&buf, "%s", "");
	buf_printf(&buf, "%0300d", 1);
	assert_int_equal(buf.len, 303);
	assert_memory_equal(buf_text(&buf), "a-7000", 6);
	buf_number_add(&buf, -42);
	assert_string_equal(buf_text(&buf) + 303, "-42");
	buf_printf(&buf, "%4000d", 1);
	assert_null(buf_text(&buf));
}

static void
url_escapes(void **state)
{
	struct buf buf;

	buf_open(&buf, *state, 4096);
	buf_url_add(&buf, "AZaz09-._~ &=+/?#%\"\xE1\x9E\x80\n");
	assert_string_equal(buf_text(&buf), "AZaz09-._~%20%26%3D%2B%2F%3F%23%25%22%E1%9E%80%0A");
}

static void
json_escapes(void **state)
{
	struct buf buf;

	buf_open(&buf, *state, 4096);
	buf_json_add(
	    &buf, "a\"\\/\b\n\x1f\x7f\xC2\x85\xE2\x80\xA8 \xE1\x9E\x80\xF0\x9F\x98\x80\xFF\xC3");
	assert_string_equal(buf_text(&buf),
	    "\"a\\\"\\\\/\\u0008\\u000a\\u001f\\u007f\\u0085\\u2028 \xE1\x9E\x80\xF0\x9F\x98\x80"
	    "\\ufffd\\ufffd\"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(it_grows_to_its_maximum_and_no_further),
	    task_test(overflow_stays),
	    task_test(it_prints),
	    task_test(url_escapes),
	    task_test(json_escapes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
