/* SPDX-License-Identifier: Apache-2.0
 *
 * Periods: what is one, how long it is, and how it is written.
 */
#include "unit/unit.h"

#include "core/period.h"

static void
test_good(void **state)
{
	static const struct {
		const char *text;
		int64_t s;
	} cases[] = {
	    {"P1D", 86400},
	    {"P90D", 90 * 86400},
	    {"P1Y", 365 * 86400},
	    {"P1M", 30 * 86400},
	    {"PT1M", 60},
	    {"P2W", 14 * 86400},
	    {"P1Y2M3W4DT5H6M7S", (365 + 60 + 21 + 4) * 86400LL + 5 * 3600 + 6 * 60 + 7},
	    {"P0DT1S", 1},
	    {"P100Y", 100 * 365 * 86400LL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t s = -1;

		if (!period_parse(cases[i].text, &s) || s != cases[i].s)
			fail_msg("%s is %lld s", cases[i].text, (long long)s);
	}
}

static void
test_bad(void **state)
{
	static const char *const cases[] = {NULL, "", "P", "PT", "P0D", "PT0S", "1D", "P1", "PD",
	    "P-1D", "P+1D", "P1.5D", "P1D ", " P1D", "p1d", "P1DT", "PT1D", "P1H", "P1D1Y", "P1D1D",
	    "PT1S1M", "P101Y", "P99999999999D", "P9999999999Y", "P1DTT1S", "P1S"};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t s = -1;

		if (period_parse(cases[i], &s) || s != -1)
			fail_msg("%s is taken", cases[i]);
	}
}

static void
test_text(void **state)
{
	struct task task;

	(void)state;
	task_open(&task, NULL, NULL, 1000);
	assert_string_equal(period_text(&task, 90 * 86400), "P90D");
	assert_string_equal(period_text(&task, 90), "PT90S");
	task_close(&task);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_good),
	    cmocka_unit_test(test_bad),
	    cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
