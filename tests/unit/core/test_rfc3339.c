/* SPDX-License-Identifier: Apache-2.0
 *
 * Times as APIs write them: what is one, when it is, and how it is written.
 */
#include "unit/unit.h"

#include "core/rfc3339.h"
#include "core/task.h"

static void
test_good(void **state)
{
	static const struct {
		const char *text;
		int64_t s;
	} cases[] = {
	    {"1970-01-01T00:00:00Z", 0},
	    {"2026-12-21T00:00:00Z", 1797811200},
	    {"2026-12-21T07:00:00+07:00", 1797811200},
	    {"2026-12-20T18:30:00-05:30", 1797811200},
	    {"2026-12-21T00:00:00.999Z", 1797811200},
	    {"2028-02-29T00:00:00Z", 1835395200},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t s = -1;

		if (!rfc3339_parse(cases[i].text, &s) || s != cases[i].s)
			fail_msg("%s is %lld s", cases[i].text, (long long)s);
	}
}

static void
test_bad(void **state)
{
	static const char *const cases[] = {NULL, "", "2026-12-21", "2026-12-21T00:00:00",
	    "2026-12-21 00:00:00Z", "2026-12-21T00:00:00z", "2026-12-21T00:00:00.Z",
	    "2026-12-21T00:00:00Z ", "2026-12-21T00:00:00+0700", "2026-12-21T00:00:00+7:00",
	    "2026-12-21T00:00:00+24:00", "2026-02-31T00:00:00Z", "2027-02-29T00:00:00Z",
	    "26-12-21T00:00:00Z", "2026-12-21T0:00:00Z", "2026-13-01T00:00:00Z", "never"};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t s = -1;

		if (rfc3339_parse(cases[i], &s) || s != -1)
			fail_msg("%s is taken", cases[i]);
	}
}

static void
test_text(void **state)
{
	assert_string_equal(rfc3339_text(*state, 1797811200), "2026-12-21T00:00:00Z");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_good),
	    cmocka_unit_test(test_bad),
	    task_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
