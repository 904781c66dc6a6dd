/* SPDX-License-Identifier: Apache-2.0
 *
 * Thresholds: three different ones a year for a client and a person, whatever is asked again.
 */
#include "unit/records/fixture.h"

#include "core/task.h"
#include "records/pairwise.h"
#include "records/probe.h"
#include "store/sql.h"

RECORDS_STAND

static int
add_step(struct sql_tx *tx, void *arg)
{
	return probe_add(tx, arg);
}

/* Checked and added: both say the same. */
static int
add_values(struct task *task, const char *sector, const char *name, const json_t *values)
{
	struct probe probe = {
	    .sector = sector,
	    .person_id = "p1",
	    .names = (const char *[]){"email", name, NULL},
	    .values = values,
	};
	int checked = probe_check(task, &probe), added;

	fault_clear(task);
	added = sql_write(task, add_step, &probe);
	fault_clear(task);
	assert_int_equal(checked, added);
	return added;
}

static int
add(struct task *task, const char *sector, const char *name)
{
	return add_values(task, sector, name, NULL);
}

static void
three_a_year(struct stand *s, struct task *task, unsigned index)
{
	(void)index;
	assert_int_equal(add(task, "a", "age_over_18"), 0);
	assert_int_equal(add(task, "a", "age_under_18"), 0);
	assert_int_equal(add(task, "a", "age_over_40"), 0);
	assert_int_equal(add(task, "a", "age_over_29"), 0);
	assert_int_equal(add(task, "a", "age_over_35"), FORBIDDEN);
	assert_int_equal(add(task, "a", "age_under_35"), FORBIDDEN);
	assert_int_equal(add(task, "a", "age_over_40"), 0);
	assert_int_equal(add(task, "a", "name"), 0);
	assert_int_equal(add(task, "a", "household_income_below:5"), 0);
	assert_int_equal(add(task, "b", "age_over_35"), 0);
	clock_move(s, 364 * 86400);
	assert_int_equal(add(task, "a", "age_over_18"), 0);
	assert_int_equal(add(task, "a", "age_over_35"), FORBIDDEN);
	clock_move(s, 366 * 86400);
	assert_int_equal(add(task, "a", "age_over_35"), 0);
}

/* Digits are not to be tried one by one, and what was tried is not kept as it was. */
static void
numbers(struct stand *s, struct task *task, unsigned index)
{
	struct sql_rows rows;
	char why[256], value[2] = "0";

	(void)index;
	assert_true(
	    pairwise_open(task_printf(task, "%s/pairwise.key", s->folder), s->rooms.sql, why));
	for (int i = 0; i < 5; i++) {
		json_t *values =
		    json_keep(task, json_pack("{s:[s]}", "number_matches:document_number", value));

		assert_int_equal(add_values(task, "a", "number_matches:document_number", values),
		    i < 3 ? 0 : FORBIDDEN);
		value[0]++;
	}
	expect_ok(task, sql_read(task, SQL("SELECT threshold FROM probe"), &rows));
	assert_int_equal(rows.n_rows, 3);
	assert_int_equal(add(task, "a", "number_matches:phone_number"), 0);
	assert_int_equal(strlen(sql_text(&rows, 0, 0)), 43);
}

RECORDS_TEST(three_a_year)
RECORDS_TEST(numbers)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    RECORDS_UNIT(three_a_year),
	    RECORDS_UNIT(numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
