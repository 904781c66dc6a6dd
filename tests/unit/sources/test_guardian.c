/* SPDX-License-Identifier: Apache-2.0
 *
 * Guardians: as the register says, of children alone, until they have come of age.
 */
#include "unit/records/fixture.h"

#include "core/names.h"
#include "sources/guardian.h"
#include "sources/source.h"

#include <time.h>

#define DAY_OF_THIS_TEST 1795348800 /* 22 November 2026 */

RECORDS_STAND

static void
child_apply(struct task *task, const char *birthdate, enum life life)
{
	json_t *claims = json_keep(task, json_object());

	json_set_text(claims, "birthdate", birthdate);
	expect_ok(task, source_register_apply(task, "CHILD", NULL, life, claims));
}

static bool
is_guardian(struct task *task, const char *guardian)
{
	bool is = false;

	expect_ok(task, guardian_is(task, guardian, "CHILD", &is));
	return is;
}

/* Whoever looks after many: page by page, each once. */
static void
many(struct stand *s, struct task *task, unsigned index)
{
	const char *const *wards = NULL;
	const char *after = "";
	size_t n = 0;

	(void)s, (void)index;
	for (int i = 0; i < 2 * GUARDIAN_WARDS + 7; i++)
		expect_ok(task, guardian_apply(task, task_printf(task, "WARD%d", i),
				    json_of(task, "[\"DIRECTOR\"]")));
	do {
		expect_ok(task, guardian_wards(task, "DIRECTOR", after, &wards));
		for (size_t i = 0; wards[i] != NULL; i++, n++) {
			assert_true(strcmp(wards[i], after) > 0);
			after = wards[i];
		}
	} while (names_count(wards) == GUARDIAN_WARDS);
	assert_int_equal(n, 2 * GUARDIAN_WARDS + 7);
	expect_ok(task, guardian_wards(task, "STRANGER", "", &wards));
	assert_null(wards[0]);
}
RECORDS_TEST(many)

static void
named(struct stand *s, struct task *task, unsigned index)
{
	(void)index;
	clock_move(s, DAY_OF_THIS_TEST - time(NULL));
	child_apply(task, "2012-11-01", LIFE_ACTIVE);
	assert_false(is_guardian(task, "MOTHER"));
	expect_ok(task, guardian_apply(task, "CHILD", json_of(task, "[\"MOTHER\",\"AUNT\"]")));
	assert_true(is_guardian(task, "MOTHER"));
	assert_true(is_guardian(task, "AUNT"));
	assert_false(is_guardian(task, "STRANGER"));
	assert_false(is_guardian(task, "CHILD"));
	expect_ok(task, guardian_apply(task, "CHILD", json_of(task, "[\"AUNT\"]")));
	assert_false(is_guardian(task, "MOTHER"));
	expect_ok(task, guardian_apply(task, "CHILD", NULL));
	assert_false(is_guardian(task, "AUNT"));

	expect_fault(
	    task, guardian_apply(task, "CHILD", json_of(task, "[\"CHILD\"]")), INVALID_REQUEST);
	expect_fault(task, guardian_apply(task, "CHILD", json_of(task, "[1]")), INVALID_REQUEST);
	expect_fault(task, guardian_apply(task, "CHILD", json_of(task, "[\"\"]")), INVALID_REQUEST);
	expect_fault(task, guardian_apply(task, "CHILD", json_of(task, "{}")), INVALID_REQUEST);
	expect_fault(task,
	    guardian_apply(task, "CHILD",
		json_of(task, "[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"]")),
	    INVALID_REQUEST);
}
RECORDS_TEST(named)

static void
of_age(struct stand *s, struct task *task, unsigned index)
{
	static const struct {
		const char *birthdate;
		bool is_child;
	} cases[] = {
	    {"2012-11-01", true},
	    {"2008-11-23", true}, /* eighteen tomorrow */
	    {"2008-11-22", false},
	    {"2008", false}, /* may be since January */
	    {"2008-12", true},
	    {"2008-11", false},
	    {"2009", true},
	    {"1994-04-14", false},
	    {NULL, false},
	};

	(void)index;
	clock_move(s, DAY_OF_THIS_TEST - time(NULL));
	expect_ok(task, guardian_apply(task, "CHILD", json_of(task, "[\"MOTHER\"]")));
	assert_false(is_guardian(task, "MOTHER")); /* the register has nobody yet */
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		child_apply(task, cases[i].birthdate, LIFE_ACTIVE);
		assert_int_equal(is_guardian(task, "MOTHER"), cases[i].is_child);
	}
	child_apply(task, "2012", LIFE_DEAD);
	assert_false(is_guardian(task, "MOTHER"));
	child_apply(task, "2012", LIFE_BLOCKED);
	assert_false(is_guardian(task, "MOTHER"));
}
RECORDS_TEST(of_age)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    RECORDS_UNIT(many),
	    RECORDS_UNIT(named),
	    RECORDS_UNIT(of_age),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
