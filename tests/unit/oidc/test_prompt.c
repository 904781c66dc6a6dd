/* SPDX-License-Identifier: Apache-2.0
 *
 * prompt and max_age: cases A21 and A23.
 */
#include "asked.h"

#include "core/clock.h"
#include "oidc/rules/prompt.h"

static const struct client client = {.default_max_age_s = -1};
static const struct client careful = {.default_max_age_s = 300};

static void
words_become_bits(void **state)
{
	struct task *task = *state;
	unsigned prompt = 99;

	assert_int_equal(prompt_parse(task, NULL, &prompt), 0);
	assert_int_equal(prompt, 0);
	assert_int_equal(prompt_parse(task, "none", &prompt), 0);
	assert_int_equal(prompt, PROMPT_NONE);
	assert_int_equal(prompt_parse(task, "login consent", &prompt), 0);
	assert_int_equal(prompt, PROMPT_LOGIN | PROMPT_CONSENT);
	assert_int_equal(prompt_parse(task, "select_account", &prompt), 0);
	assert_int_equal(prompt, PROMPT_LOGIN);
}

static void
other_words_are_refused(void **state)
{
	struct task *task = *state;
	const char *const bad[] = {
	    "none login", "xyz", " ", "NONE", "login create", "login consent login consent login"};
	unsigned prompt;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_refused(task, prompt_parse(task, bad[i], &prompt), INVALID_REQUEST);
}

static int
age_read(struct task *task, const struct client *of, const char *max_age, int64_t *ret_s)
{
	struct authorization authorization = {.client = of, .max_age_s = -1};
	int r = max_age == NULL
		    ? prompt_read(task, ASKED(task, NULL), &authorization)
		    : prompt_read(task, ASKED(task, "max_age", max_age), &authorization);

	*ret_s = authorization.max_age_s;
	return r;
}

static void
max_age_is_a_whole_number(void **state)
{
	struct task *task = *state;
	const char *const bad[] = {"-1", "abc", "1.5", "1e3", " 1", "99999999999999999999"};
	int64_t max_age_s;

	assert_int_equal(age_read(task, &client, "10000", &max_age_s), 0);
	assert_int_equal(max_age_s, 10000);
	assert_int_equal(age_read(task, &client, NULL, &max_age_s), 0);
	assert_int_equal(max_age_s, -1);
	assert_int_equal(age_read(task, &careful, NULL, &max_age_s), 0);
	assert_int_equal(max_age_s, 300);
	assert_int_equal(age_read(task, &careful, "0", &max_age_s), 0);
	assert_int_equal(max_age_s, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_refused(task, age_read(task, &client, bad[i], &max_age_s), INVALID_REQUEST);
}

static void
an_old_login_is_not_fresh(void **state)
{
	int64_t now_s = clock_now_s();
	struct authorization any = {.max_age_s = -1}, minute = {.max_age_s = 60},
			     now = {.max_age_s = 0};

	(void)state;
	assert_true(prompt_is_fresh(&any, 0));
	assert_true(prompt_is_fresh(&minute, now_s - 30));
	assert_false(prompt_is_fresh(&minute, now_s - 62));
	assert_false(prompt_is_fresh(&now, now_s));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(words_become_bits),
	    task_test(other_words_are_refused),
	    task_test(max_age_is_a_whole_number),
	    task_test(an_old_login_is_not_fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
