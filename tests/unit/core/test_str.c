/* SPDX-License-Identifier: Apache-2.0
 *
 * Text: comparison, words, numbers, UTF-8.
 */
#include "unit/unit.h"

#include "core/str.h"

static void
comparison(void **state)
{
	(void)state;
	assert_true(str_equal("a", "a"));
	assert_false(str_equal("a", "b"));
	assert_false(str_equal(NULL, NULL));
	assert_false(str_equal("a", NULL));
	assert_true(str_starts("https://x", "https://"));
	assert_false(str_starts("http", "https://"));
	assert_true(str_ends("a.json", ".json"));
	assert_false(str_ends("json", ".json"));
	assert_true(str_is_empty(NULL));
	assert_true(str_is_empty(""));
	assert_false(str_is_empty(" "));
	assert_true(bytes_equal_secretly(BYTES_OF("abc"), BYTES_OF("abc")));
	assert_false(bytes_equal_secretly(BYTES_OF("abc"), BYTES_OF("abd")));
	assert_false(bytes_equal_secretly(BYTES_OF("abc"), BYTES_OF("ab")));
	assert_true(bytes_equal_secretly((struct bytes){NULL, 0}, (struct bytes){NULL, 0}));
}

static void
words(void **state)
{
	struct task *task = *state;
	const char **parts = str_words(task, "openid profile  email", 3);

	assert_true(str_has_word("openid profile", "profile"));
	assert_true(str_has_word("openid profile", "openid"));
	assert_false(str_has_word("openid profile", "prof"));
	assert_false(str_has_word("openid profile", "penid"));
	assert_false(str_has_word("openid profile", ""));
	assert_false(str_has_word("openid profile", "openid profile"));
	assert_false(str_has_word(NULL, "x"));
	assert_string_equal(parts[0], "openid");
	assert_string_equal(parts[1], "profile");
	assert_string_equal(parts[2], "email");
	assert_null(parts[3]);
	assert_null(str_words(task, "a b c d", 3));
	assert_null(str_words(task, "", 3)[0]);
	assert_null(str_words(task, "   ", 0)[0]);
	assert_string_equal(str_join(task, parts, " "), "openid profile email");
	assert_string_equal(str_join(task, parts, ""), "openidprofileemail");
	assert_string_equal(str_join(task, (const char *const[]){NULL}, ","), "");
}

static void
numbers(void **state)
{
	int64_t number = 7;

	(void)state;
	assert_true(str_to_i64("0", 0, 10, &number));
	assert_int_equal(number, 0);
	assert_true(str_to_i64("9223372036854775807", 0, INT64_MAX, &number));
	assert_true(number == INT64_MAX);
	number = 7;
	assert_false(str_to_i64("9223372036854775808", 0, INT64_MAX, &number));
	assert_false(str_to_i64("99999999999999999999999", 0, INT64_MAX, &number));
	assert_false(str_to_i64("11", 0, 10, &number));
	assert_false(str_to_i64("4", 5, 10, &number));
	assert_false(str_to_i64("", 0, 10, &number));
	assert_false(str_to_i64(NULL, 0, 10, &number));
	assert_false(str_to_i64("-1", -5, 10, &number));
	assert_false(str_to_i64("+1", 0, 10, &number));
	assert_false(str_to_i64(" 1", 0, 10, &number));
	assert_false(str_to_i64("1 ", 0, 10, &number));
	assert_false(str_to_i64("0x1", 0, 10, &number));
	assert_int_equal(number, 7);
}

static void
numbers_are_written(void **state)
{
	char digits[STR_NUMBER_BYTES];

	(void)state;
	assert_string_equal(str_from_i64(digits, 0), "0");
	assert_string_equal(str_from_i64(digits, -10), "-10");
	assert_string_equal(str_from_i64(digits, INT64_MAX), "9223372036854775807");
	assert_string_equal(str_from_i64(digits, INT64_MIN), "-9223372036854775808");
}

static bool
is_utf8(const char *text)
{
	return str_is_utf8(text, strlen(text));
}

static void
utf8(void **state)
{
	static const char *const bad[] = {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2",
	    "\xC2\x41", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xED\xBF\xBF", "\xE1\x9E",
	    "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFE",
	    "\xFF", "a\xE1\x9E"};
	uint32_t code;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(is_utf8(bad[i]));
	assert_true(is_utf8(""));
	assert_true(is_utf8(
	    "\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"));
	assert_true(str_is_utf8("a\0b", 3));
	for (size_t at = 0; at < 20; at++) {
		char text[24];

		memset(text, 'a', sizeof(text));
		text[at] = '\x80';
		assert_false(str_is_utf8(text, sizeof(text)));
		assert_true(str_is_utf8(text, at));
		memcpy(text + at, "\xE1\x9E\x80", 3);
		assert_true(str_is_utf8(text, sizeof(text)));
		assert_false(str_is_utf8(text, at + 2));
	}
	assert_int_equal(str_char("\xF4\x8F\xBF\xBF", 4, &code), 4);
	assert_int_equal(code, 0x10FFFF);
	assert_int_equal(str_char("", 0, &code), 0);
}

/* Every code point, written by hand, is read back; every surrogate is refused. */
static void
every_character(void **state)
{
	(void)state;
	for (uint32_t code = 0; code <= 0x10FFFF; code++) {
		char at[4];
		size_t len;
		uint32_t read = 0;

		if (code < 0x80)
			at[0] = (char)code, len = 1;
		else if (code < 0x800)
			at[0] = (char)(0xC0 | code >> 6), at[1] = (char)(0x80 | (code & 63)),
			len = 2;
		else if (code < 0x10000)
			at[0] = (char)(0xE0 | code >> 12), at[1] = (char)(0x80 | (code >> 6 & 63)),
			at[2] = (char)(0x80 | (code & 63)), len = 3;
		else
			at[0] = (char)(0xF0 | code >> 18), at[1] = (char)(0x80 | (code >> 12 & 63)),
			at[2] = (char)(0x80 | (code >> 6 & 63)), at[3] = (char)(0x80 | (code & 63)),
			len = 4;
		if (code >= 0xD800 && code <= 0xDFFF) {
			assert_int_equal(str_char(at, len, &read), 0);
			continue;
		}
		assert_int_equal(str_char(at, len, &read), len);
		assert_int_equal(read, code);
		assert_int_equal(str_char(at, len - 1, &read), 0);
	}
}

static void
control(void **state)
{
	(void)state;
	assert_false(str_has_control("plain \xE1\x9E\x80 text"));
	assert_true(str_has_control("a\n"));
	assert_true(str_has_control("a\x7F"));
	assert_true(str_has_control("\xC2\x85"));
	assert_true(str_has_control("x\xE2\x80\xA8"));
	assert_true(str_has_control("x\xE2\x80\xA9y"));
	assert_true(str_has_control("\xFF\n"));
	assert_false(str_has_control("\xC2\xA0"));
	assert_true(str_is_printable_ascii(" ~"));
	assert_false(str_is_printable_ascii("a\t"));
	assert_false(str_is_printable_ascii("\x7F"));
	assert_false(str_is_printable_ascii("\xC3\xA9"));
	assert_true(str_is_printable_ascii(""));
}

static void
visible(void **state)
{
	static const char *const good[] = {"", "Ministry of Tax", "caf\xC3\xA9", "\xE1\x9E\x80",
	    "\xE1\x9E\x80\xE2\x80\x8B\xE1\x9E\x81",              /* Khmer words, parted by U+200B */
	    "\xD9\x85\xE2\x80\x8C\xD8\xAE", "\xF0\x9F\x8F\x9B"}; /* Persian; a building */
	static const char *const bad[] = {"a\xE2\x80\x8B"
					  "b",
	    "a\xE2\x80\x8E", "a\xE2\x81\xA0", "a\xD8\x9C",
	    "a\xC2\xAD"
	    "b",
	    "a\xE2\x80\xAE"
	    "b",
	    "a\xEF\xBB\xBF", "a\nb", "\xE2\x80\x8B", "\xE1\x9E\x80\xE2\x80\x8B",
	    "\xE2\x80\x8B\xE1\x9E\x80", "a\xE2\x80\x8B\xE1\x9E\x80",
	    "\xE1\x9E\x80\xE2\x80\x8B"
	    "a",
	    "\xE1\x9E\x80\xE2\x80\x8B\xE2\x80\x8B\xE1\x9E\x80", "\xE1\x9E\xB4", "\xE3\x85\xA4",
	    "a\xEF\xB8\x8F", "\xF3\xA0\x81\x81", "\xFF"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(str_is_visible(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(str_is_visible(bad[i]));
}

static void
cleaning(void **state)
{
	char text[] = "a\nb\xC2\x85"
		      "c\xFF"
		      "d\xE1\x9E\x80";
	char half[] = "a\xE1\x9E";
	char broken[] = "a\xE1\x9Ez";

	(void)state;
	str_clean(text);
	assert_string_equal(text, "a?b?c?d\xE1\x9E\x80");
	str_clean(half);
	assert_string_equal(half, "a");
	str_clean(broken);
	assert_string_equal(broken, "a??z");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(comparison),
	    task_test(words),
	    task_test(numbers),
	    task_test(numbers_are_written),
	    task_test(utf8),
	    task_test(every_character),
	    task_test(control),
	    task_test(visible),
	    task_test(cleaning),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
