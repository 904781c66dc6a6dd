/* SPDX-License-Identifier: Apache-2.0
 *
 * Which browser it is, and whether a form is of one of its own pages (cases S01, A34, H16).
 */
#include "unit/unit.h"

#include "access/browser.h"
#include "core/str.h"

#define SECRET "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define OTHER  "BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static const struct request *
request_with(struct task *task, const char *cookie, const char *csrf)
{
	struct request *request = task_new(task, struct request);
	struct pair *header = task_new(task, struct pair), *field = task_new(task, struct pair);

	request->method = "POST";
	*header = (struct pair){"Cookie", cookie};
	*field = (struct pair){"csrf", csrf};
	request->headers = (struct pairs){header, cookie == NULL ? 0 : 1};
	request->form = (struct pairs){field, csrf == NULL ? 0 : 1};
	return request;
}

static void
a_cookie_of_ours_is_known(void **state)
{
	struct task *task = *state;
	struct browser browser;

	assert_true(
	    browser_known(task, request_with(task, "dvara_browser=" SECRET, NULL), &browser));
	assert_string_equal(browser.secret, SECRET);
	assert_int_equal(strlen(browser.hash), 43);
	assert_null(strstr(browser.hash, SECRET));
}

static void
other_cookies_are_not(void **state)
{
	const char *const cookies[] = {NULL, "", "dvara_browser=", "dvara_browser=x",
	    "dvara_browser=" SECRET "A", "dvara_browser=" SECRET "=", "x_dvara_browser=" SECRET,
	    "dvara_browser=" SECRET "; dvara_browser=" OTHER,
	    "dvara_browser=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+"};
	struct task *task = *state;
	struct browser browser;

	for (size_t i = 0; i < sizeof(cookies) / sizeof(cookies[0]); i++)
		assert_false(browser_known(task, request_with(task, cookies[i], NULL), &browser));
}

static struct browser
browser_with(struct task *task, const char *secret)
{
	struct browser browser;
	const char *cookie = task_printf(task, "dvara_browser=%s", secret);

	assert_true(browser_known(task, request_with(task, cookie, NULL), &browser));
	return browser;
}

static void
a_form_is_of_its_browser_and_its_page(void **state)
{
	struct task *task = *state;
	struct browser mine = browser_with(task, SECRET), other = browser_with(task, OTHER);
	const char *csrf = browser_csrf(task, &mine, "tx1");

	assert_int_equal(browser_csrf_check(task, request_with(task, NULL, csrf), &mine, "tx1"), 0);
	assert_int_equal(
	    browser_csrf_check(task, request_with(task, NULL, csrf), &mine, "tx2"), FORBIDDEN);
	fault_clear(task);
	assert_int_equal(
	    browser_csrf_check(task, request_with(task, NULL, csrf), &other, "tx1"), FORBIDDEN);
	fault_clear(task);
}

static void
other_tokens_are_refused(void **state)
{
	const char *const bad[] = {NULL, "", "x", SECRET, SECRET SECRET};
	struct task *task = *state;
	struct browser mine = browser_with(task, SECRET);
	char *csrf = task_dup(task, browser_csrf(task, &mine, "tx1"));

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(
		    browser_csrf_check(task, request_with(task, NULL, bad[i]), &mine, "tx1"),
		    FORBIDDEN);
		fault_clear(task);
	}
	csrf[0] = csrf[0] == 'A' ? 'B' : 'A';
	assert_int_equal(
	    browser_csrf_check(task, request_with(task, NULL, csrf), &mine, "tx1"), FORBIDDEN);
}

static void
no_two_pages_show_the_same_token(void **state)
{
	struct task *task = *state;
	struct browser mine = browser_with(task, SECRET);

	assert_string_not_equal(browser_csrf(task, &mine, "tx1"), browser_csrf(task, &mine, "tx1"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(a_cookie_of_ours_is_known),
	    task_test(other_cookies_are_not),
	    task_test(a_form_is_of_its_browser_and_its_page),
	    task_test(other_tokens_are_refused),
	    task_test(no_two_pages_show_the_same_token),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
