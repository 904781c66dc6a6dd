/* SPDX-License-Identifier: Apache-2.0
 *
 * Ages: nobody is made older than they are.
 */
#include "unit/records/fixture.h"

#include "core/clock.h"
#include "sources/date.h"
#include "sources/source.h"

#include <time.h>

static struct stand stand;

static int
setup(void **state)
{
	(void)state;
	stand_open(&stand);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unsetenv("DVARA_TEST_CLOCK");
	stand_close(&stand);
	return 0;
}

/* The clock is put on a second in UTC. */
static void
clock_put(int year, int month, int day, int hour)
{
	struct tm tm = {
	    .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = hour};

	clock_move(&stand, timegm(&tm) - time(NULL));
}

/* 1, 0, or -1: cannot be told. */
static int
told(const char *birthdate, const char *name)
{
	json_auto_t *known = json_object(), *value = NULL;

	json_set_text(known, "birthdate", birthdate);
	value = source_claim(known, name);
	if (value == NULL)
		return -1;
	assert_true(json_is_boolean(value));
	return json_is_true(value);
}

static void
test_days(void **state)
{
	(void)state;
	clock_put(2026, 11, 22, 12);
	assert_int_equal(told("2008-11-22", "age_over_18"), 1); /* birthday today */
	assert_int_equal(told("2008-11-23", "age_over_18"), 0);
	assert_int_equal(told("2008-11-21", "age_over_18"), 1);
	assert_int_equal(told("1994-04-14", "age_over_18"), 1);
	assert_int_equal(told("1994-04-14", "age_over_32"), 1);
	assert_int_equal(told("1994-04-14", "age_over_33"), 0);
	assert_int_equal(told("2030-01-01", "age_over_1"), 0);
	assert_int_equal(told("1906-11-22", "age_over_120"), 1);
	/* the day is that of UTC */
	clock_put(2026, 11, 21, 23);
	assert_int_equal(told("2008-11-22", "age_over_18"), 0);
	clock_put(2026, 11, 22, 0);
	assert_int_equal(told("2008-11-22", "age_over_18"), 1);
}

static void
test_part_dates(void **state)
{
	(void)state;
	clock_put(2026, 11, 22, 12);
	assert_int_equal(told("2008", "age_over_18"), 0); /* may be born in December */
	assert_int_equal(told("2007", "age_over_18"), 1);
	assert_int_equal(told("2008-11", "age_over_18"), 0);
	assert_int_equal(told("2008-10", "age_over_18"), 1);
	clock_put(2026, 12, 30, 12);
	assert_int_equal(told("2008", "age_over_18"), 0);
	clock_put(2026, 12, 31, 12);
	assert_int_equal(told("2008", "age_over_18"), 1);
}

static void
test_leap_days(void **state)
{
	(void)state;
	clock_put(2026, 2, 28, 23);
	assert_int_equal(told("2008-02-29", "age_over_18"), 0);
	clock_put(2026, 3, 1, 0);
	assert_int_equal(told("2008-02-29", "age_over_18"), 1);
	clock_put(2028, 2, 28, 23);
	assert_int_equal(told("2008-02-29", "age_over_20"), 0);
	clock_put(2028, 2, 29, 0);
	assert_int_equal(told("2008-02-29", "age_over_20"), 1);
	clock_put(2026, 2, 28, 12);
	assert_int_equal(told("2008-02", "age_over_18"), 0);
}

static void
test_untold(void **state)
{
	static const char *const dates[] = {NULL, "", "0000-04-14", "94-04-14", "1994-4-14",
	    "1994-13-01", "1994-00-10", "1994-02-29", "1900-02-29", "2000-02-30", "1994-04-31",
	    "1994-04-00", "1994-04-14T00:00:00Z", "1994-04-14 ", "1994/04/14", "14.04.1994",
	    "+994-04-14", "-001"};
	static const char *const names[] = {"age_over_", "age_over_0", "age_over_00",
	    "age_over_018", "age_over_121", "age_over_-1", "age_over_1a", "age_over_ 8",
	    "age_over_18 ", "age_over_99999999999999999999", "age", "Age_over_18"};

	(void)state;
	clock_put(2026, 11, 22, 12);
	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++)
		assert_int_equal(told(dates[i], "age_over_18"), -1);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(told("1994-04-14", names[i]), -1);
	assert_int_equal(told("2000-02-29", "age_over_18"), 1);
}

static void
test_known(void **state)
{
	json_auto_t *known = json_pack("{ss, sb}", "name#km", "\xe1\x9e\x85", "age_over_18", 0);
	json_t *value = source_claim(known, "name#km");

	(void)state;
	assert_string_equal(json_string_value(value), "\xe1\x9e\x85");
	json_decref(value);
	assert_null(source_claim(known, "name"));
	/* what the register itself says goes first */
	json_set_text(known, "birthdate", "1980-01-01");
	value = source_claim(known, "age_over_18");
	assert_true(json_is_false(value));
	assert_null(source_claim(NULL, "name"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_days, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_part_dates, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_leap_days, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_untold, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_known, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
