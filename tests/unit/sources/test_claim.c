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

/* 1, 0, or -1: cannot be told. */
static int
answer(const char *known_text, const char *name)
{
	json_auto_t *known = json_loads(known_text, 0, NULL);
	json_auto_t *value = source_claim(known, name);

	assert_non_null(known);
	if (value == NULL)
		return -1;
	assert_true(json_is_boolean(value));
	return json_is_true(value);
}

static void
test_under(void **state)
{
	(void)state;
	clock_put(2026, 11, 22, 0);
	assert_int_equal(told("2008-11-22", "age_under_18"), 0); /* birthday today */
	assert_int_equal(told("2008-11-23", "age_under_18"), 1);
	assert_int_equal(told("2008-11-21", "age_under_18"), 0);
	/* nothing is said that is not certain */
	assert_int_equal(told("2008", "age_under_18"), 0);
	assert_int_equal(told("2009", "age_under_18"), 1);
	assert_int_equal(told("2008-11", "age_under_18"), 0);
	assert_int_equal(told("2008-12", "age_under_18"), 1);
	clock_put(2026, 2, 28, 23);
	assert_int_equal(told("2008-02-29", "age_under_18"), 1);
	clock_put(2026, 3, 1, 0);
	assert_int_equal(told("2008-02-29", "age_under_18"), 0);
	assert_int_equal(told("2008-02-30", "age_under_18"), -1);
	assert_int_equal(told("2008-02-29", "age_under_"), -1);
	assert_int_equal(told("2008-02-29", "age_under_018"), -1);
	assert_int_equal(told("2008-02-29", "age_under_121"), -1);
}

static void
test_document(void **state)
{
	(void)state;
	clock_put(2026, 11, 22, 23);
	assert_int_equal(answer("{\"document_expiry\":\"2026-11-22\"}", "document_valid"), 1);
	assert_int_equal(answer("{\"document_expiry\":\"2026-11-21\"}", "document_valid"), 0);
	clock_put(2026, 11, 23, 0);
	assert_int_equal(answer("{\"document_expiry\":\"2026-11-22\"}", "document_valid"), 0);
	assert_int_equal(answer("{\"document_expiry\":\"2027\"}", "document_valid"), -1);
	assert_int_equal(answer("{\"document_expiry\":\"2027-02-29\"}", "document_valid"), -1);
	assert_int_equal(answer("{\"document_expiry\":1}", "document_valid"), -1);
	assert_int_equal(answer("{}", "document_valid"), -1);
	assert_int_equal(answer("{\"document_expiry\":\"2027-01-01\"}", "document_valid:x"), -1);
}

static void
test_bounds(void **state)
{
	static const struct {
		const char *known, *name;
		int answer;
	} cases[] = {
	    {"{\"residence_region\":\"KH-12\"}", "resident_of:KH-12", 1},
	    {"{\"residence_region\":\"KH-12\"}", "resident_of:KH", 1},
	    {"{\"residence_region\":\"KH-12\"}", "resident_of:KH-1", 0},
	    {"{\"residence_region\":\"KH-1\"}", "resident_of:KH-12", 0},
	    {"{\"residence_region\":\"KH\"}", "resident_of:KH-12", 0},
	    {"{\"residence_region\":\"\"}", "resident_of:KH", -1},
	    {"{\"residence_region\":\"KH-12\"}", "resident_of:", -1},
	    {"{\"address\":{\"region\":\"KH-12\"}}", "resident_of:KH-12", -1},
	    {"{\"household_income\":500}", "household_income_below:500", 0},
	    {"{\"household_income\":499}", "household_income_below:500", 1},
	    {"{\"household_income\":0}", "household_income_below:1", 1},
	    {"{\"household_income\":-1}", "household_income_below:1", -1},
	    {"{\"household_income\":499.5}", "household_income_below:500", -1},
	    {"{\"household_income\":\"499\"}", "household_income_below:500", -1},
	    {"{\"household_income\":1}", "household_income_below:0", -1},
	    {"{\"household_income\":1}", "household_income_below:05", -1},
	    {"{\"household_income\":1}", "household_income_below:1e3", -1},
	    {"{\"household_income\":1}", "household_income_below:1000000000001", -1},
	    {"{}", "household_income_below:500", -1},
	    {"{\"nationality\":\"KH\"}", "nationality_is:KH", 1},
	    {"{\"nationality\":\"KH\"}", "nationality_is:LA", 0},
	    {"{\"nationality\":\"KHM\"}", "nationality_is:KH", 0},
	    {"{\"nationalities\":[\"FR\",\"KH\"]}", "nationality_is:KH", 1},
	    {"{\"nationality\":\"FR\",\"nationalities\":[\"KH\"]}", "nationality_is:FR", 1},
	    {"{}", "nationality_is:KH", -1},
	    {"{\"disability\":true}", "has_disability", 1},
	    {"{\"disability\":false}", "has_disability", 0},
	    {"{\"disability\":\"no\"}", "has_disability", -1},
	    {"{}", "has_disability", -1},
	    {"{\"phone_number\":\"1\"}", "number_matches:phone_number", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (answer(cases[i].known, cases[i].name) != cases[i].answer)
			fail_msg("%s of %s", cases[i].name, cases[i].known);
}

static void
test_match(void **state)
{
	static const struct {
		const char *attribute, *own, *given;
		bool matches;
	} cases[] = {
	    {"document_number", "KH 12-345", "kh12345", true},
	    {"document_number", "KH12345", "KH12346", false},
	    {"document_number", "KH12345", "KH1234", false},
	    {"document_number", "KH12345", "", false},
	    {"document_number", "", "", false},
	    {"document_number", "---", "-", false},
	    {"document_number", NULL, "KH12345", false},
	    {"phone_number", "+855 12 345 678", "+85512345678", true},
	    {"phone_number", "+85512345678", "85512345678", false},
	    {"email", "Sophea@people.example", "sophea@PEOPLE.example", true},
	    {"email", "so.phea@people.example", "sophea@people.example", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_auto_t *known = json_object(), *answered = NULL;
		json_auto_t *given = json_string(cases[i].given);
		char name[64];

		snprintf(name, sizeof(name), "number_matches:%s", cases[i].attribute);
		json_set_text(known, cases[i].attribute, cases[i].own);
		answered = source_match(known, name, given);
		if (!json_is_boolean(answered) || json_is_true(answered) != cases[i].matches)
			fail_msg("%s: %s, %s", name, cases[i].own, cases[i].given);
		assert_null(source_match(known, name, NULL));
	}
}

/* What is brought may be anything. */
static void
test_match_of_anything(void **state)
{
	static const char *const given[] = {"1", "true", "null", "{}", "[]", "[\"1\"]", "1.0"};
	json_auto_t *known = json_pack("{s:s}", "document_number", "1");

	(void)state;
	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
		json_auto_t *brought = json_loads(given[i], JSON_DECODE_ANY, NULL);
		json_auto_t *answered =
		    source_match(known, "number_matches:document_number", brought);

		assert_true(json_is_false(answered));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_days, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_part_dates, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_leap_days, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_untold, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_under, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_document, setup, teardown),
	    cmocka_unit_test(test_bounds),
	    cmocka_unit_test(test_match),
	    cmocka_unit_test(test_match_of_anything),
	    cmocka_unit_test_setup_teardown(test_known, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
