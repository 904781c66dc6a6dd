/* SPDX-License-Identifier: Apache-2.0
 *
 * What one news may say.
 */
#include "unit/unit.h"

#include "manifest/news_word.h"

#define LONG_BYTES 1001

static const char *
letters(size_t n)
{
	static char text[LONG_BYTES + 1];

	memset(text, 'a', LONG_BYTES);
	text[n] = '\0';
	return text;
}

static void
expect_good(struct news_word word)
{
	assert_null(news_word_wrong(&word));
}

static void
expect_wrong(const char *member, struct news_word word)
{
	const char *wrong = news_word_wrong(&word);

	assert_non_null(wrong);
	assert_non_null(strstr(wrong, member));
}

static void
test_words(void **state)
{
	(void)state;
	expect_good((struct news_word){"k3", NULL, NULL});
	expect_good((struct news_word){"k3", "CR-1042", "portal bank"});
	expect_wrong("subject", (struct news_word){NULL, NULL, NULL});
	expect_wrong("subject", (struct news_word){"", NULL, NULL});
	expect_wrong("subject", (struct news_word){"k3\n", NULL, NULL});
	expect_wrong("reference", (struct news_word){"k3", "", NULL});
	expect_wrong("reference", (struct news_word){"k3", "\xc3\xa9", NULL});
	expect_wrong("clients", (struct news_word){"k3", NULL, ""});
	expect_wrong("clients", (struct news_word){"k3", NULL, "portal\tbank"});
}

static void
test_lengths(void **state)
{
	(void)state;
	expect_good((struct news_word){letters(255), NULL, NULL});
	expect_wrong("subject", (struct news_word){letters(256), NULL, NULL});
	expect_good((struct news_word){"k3", letters(64), NULL});
	expect_wrong("reference", (struct news_word){"k3", letters(65), NULL});
	expect_good((struct news_word){"k3", NULL, letters(1000)});
	expect_wrong("clients", (struct news_word){"k3", NULL, letters(1001)});
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
