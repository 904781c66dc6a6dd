/* SPDX-License-Identifier: Apache-2.0
 *
 * Transactions: of one browser, each step once (cases S02, W22).
 */
#include "unit/records/fixture.h"

#include "records/transaction.h"

RECORDS_STAND

static struct transaction
transaction_new(struct task *task)
{
	struct transaction transaction = {
	    .browser = "hash of a cookie",
	    .request = json_of(task, "{\"client_id\":\"rp1\",\"state\":\"a\\\"b\"}"),
	    .client_id = "rp1",
	    .ui_locales = "km en",
	};

	expect_ok(task, transaction_create(task, &transaction));
	return transaction;
}

static struct transaction *
found(struct task *task, const char *id, const char *browser)
{
	struct transaction *transaction;

	expect_ok(task, transaction_find(task, id, browser, &transaction));
	return transaction;
}

static void
round_trip(struct stand *s, struct task *task, unsigned index)
{
	struct transaction made = transaction_new(task), *back;

	(void)index;
	back = found(task, made.id, "hash of a cookie");
	assert_non_null(back);
	assert_int_equal(back->step, STEP_LOGIN);
	assert_string_equal(back->id, made.id);
	assert_string_equal(back->client_id, "rp1");
	assert_string_equal(back->ui_locales, "km en");
	assert_true(json_equal(back->request, made.request));
	assert_null(back->person_id);
	assert_null(found(task, made.id, "hash of another"));
	assert_null(found(task, made.id, NULL));
	assert_null(found(task, "none", "hash of a cookie"));
	assert_null(found(task, NULL, "hash of a cookie"));
	clock_move(s, s->settings.login_transaction - 20);
	assert_non_null(found(task, made.id, "hash of a cookie"));
	clock_move(s, s->settings.login_transaction + 2);
	assert_null(found(task, made.id, "hash of a cookie"));
	clock_move(s, 0);
}
RECORDS_TEST(round_trip)

static void
steps(struct stand *s, struct task *task, unsigned index)
{
	struct transaction made = transaction_new(task), *back, *late;

	(void)s, (void)index;
	back = found(task, made.id, made.browser);
	late = found(task, made.id, made.browser);
	back->person_id = "person";
	back->session_id = "session";
	back->acr = "high";
	back->amr = (const char *const[]){"pop", NULL};
	back->auth_time_s = 1700000000;
	expect_ok(task, transaction_step(task, back, STEP_LOGIN, STEP_LOGGED_IN));
	assert_int_equal(back->step, STEP_LOGGED_IN);

	/* another login that comes late changes nothing */
	late->person_id = "attacker";
	expect_fault(task, transaction_step(task, late, STEP_LOGIN, STEP_LOGGED_IN), CONFLICT);
	back = found(task, made.id, made.browser);
	assert_int_equal(back->step, STEP_LOGGED_IN);
	assert_string_equal(back->person_id, "person");
	assert_true(names_have(back->amr, "pop"));
	assert_int_equal(back->auth_time_s, 1700000000);

	back->decision = "deny";
	expect_ok(task, transaction_step(task, back, STEP_LOGGED_IN, STEP_DECIDED));
	late = found(task, made.id, made.browser);
	assert_string_equal(late->decision, "deny");
	made.id = "none";
	expect_fault(task, transaction_step(task, &made, STEP_LOGIN, STEP_DONE), CONFLICT);
}
RECORDS_TEST(steps)

static struct {
	char id[64];
	unsigned n_won, n_lost;
} race;

static void
race_begin(struct stand *s, struct task *task, unsigned index)
{
	struct transaction made = transaction_new(task);

	(void)s, (void)index;
	race.n_won = race.n_lost = 0;
	snprintf(race.id, sizeof(race.id), "%s", made.id);
}

static void
race_run(struct stand *s, struct task *task, unsigned index)
{
	struct transaction *transaction = found(task, race.id, "hash of a cookie");
	int r;

	(void)s;
	transaction->person_id = task_printf(task, "person %u", index);
	r = transaction_step(task, transaction, STEP_LOGIN, STEP_LOGGED_IN);
	if (r == 0)
		race.n_won++;
	else
		expect_fault(task, r, CONFLICT), race.n_lost++;
}

static void
test_race(void **state)
{
	(void)state;
	stand_redis(&stand, race_begin);
	stand_run(&stand, &(struct stand_run){.fn = race_run, .n = 64, .use_redis = true});
	assert_int_equal(race.n_won, 1);
	assert_int_equal(race.n_lost, 63);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    RECORDS_UNIT(round_trip),
	    RECORDS_UNIT(steps),
	    RECORDS_UNIT(race),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
