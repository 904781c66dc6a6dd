/* SPDX-License-Identifier: Apache-2.0
 *
 * Marks against replay, and failures counted (cases C15, C21).
 */
#include "unit/records/fixture.h"

#include "core/clock.h"
#include "core/fiber.h"
#include "records/rate.h"
#include "records/replay.h"
#include "store/redis.h"

RECORDS_STAND

static bool
is_first(struct task *task, const char *kind, const char *id, int64_t issued_s)
{
	bool first;

	expect_ok(task, replay_claim(task, kind, id, issued_s, 60, &first));
	return first;
}

/* The first second after Redis began is the epoch's own. */
static void
epoch_pass(struct task *task)
{
	struct redis_epoch epoch;

	expect_ok(task, redis_epoch(task, &epoch));
	while (clock_now_s() <= epoch.start_s)
		expect_ok(task, fiber_sleep(task, 50));
}

static void
before_epoch(struct task *task, int64_t issued_s)
{
	bool first;

	assert_int_equal(replay_claim(task, "assertion", "old", issued_s, 60, &first), STORE_AWAY);
	fault_clear(task);
}

static void
replay(struct stand *s, struct task *task, unsigned index)
{
	struct redis_epoch epoch;

	(void)s, (void)index;
	epoch_pass(task);
	assert_true(is_first(task, "assertion", "rp1 jti", clock_now_s()));
	assert_false(is_first(task, "assertion", "rp1 jti", clock_now_s()));
	assert_true(is_first(task, "proof", "rp1 jti", clock_now_s()));
	assert_true(is_first(task, "assertion", "rp2 jti", clock_now_s()));
	assert_true(is_first(task, "assertion", "a\r\nFLUSHALL\r\n", clock_now_s()));
	assert_false(is_first(task, "assertion", "a\r\nFLUSHALL\r\n", clock_now_s()));

	expect_ok(task, redis_epoch(task, &epoch));
	before_epoch(task, epoch.start_s);
	before_epoch(task, epoch.start_s - 10);
	assert_true(is_first(task, "assertion", "after it", epoch.start_s + 1));
}
RECORDS_TEST(replay)

static unsigned n_first;

static void
race_run(struct stand *s, struct task *task, unsigned index)
{
	(void)s, (void)index;
	n_first += is_first(task, "assertion", "one jti", clock_now_s() + 5);
}

static void
test_race(void **state)
{
	(void)state;
	n_first = 0;
	stand_run(&stand, &(struct stand_run){.fn = race_run, .n = 64, .use_redis = true});
	assert_int_equal(n_first, 1);
}

static void
rate(struct stand *s, struct task *task, unsigned index)
{
	const struct rate login = {"login", "192.0.2.1", 3, 60},
			  elsewhere = {"login", "192.0.2.2", 3, 60},
			  other = {"other", "192.0.2.1", 3, 60};

	(void)index;
	for (int i = 0; i < 3; i++) {
		expect_ok(task, rate_check(task, &login));
		expect_ok(task, rate_claim(task, &login));
	}
	expect_fault(task, rate_check(task, &login), TOO_MANY_REQUESTS);
	expect_fault(task, rate_claim(task, &login), TOO_MANY_REQUESTS);
	expect_ok(task, rate_check(task, &elsewhere));
	expect_ok(task, rate_check(task, &other));
	/* what is given back can be taken once more */
	rate_return(task, &login);
	rate_return(task, &elsewhere);
	expect_ok(task, rate_claim(task, &login));
	expect_fault(task, rate_claim(task, &login), TOO_MANY_REQUESTS);
	/* the window is from the first, and is not moved by later ones */
	clock_move(s, 30);
	rate_return(task, &login);
	expect_ok(task, rate_claim(task, &login));
	clock_move(s, 61);
	expect_ok(task, rate_check(task, &login));
	expect_ok(task, rate_claim(task, &login));
	expect_ok(task, rate_check(task, &login));
	clock_move(s, 0);
}
RECORDS_TEST(rate)

static unsigned n_passed;

static void
rate_race_run(struct stand *s, struct task *task, unsigned index)
{
	const struct rate at_once = {"login", "at once", 5, 60};

	(void)s, (void)index;
	n_passed += rate_claim(task, &at_once) == 0;
	fault_clear(task);
}

static void
test_rate_race(void **state)
{
	(void)state;
	n_passed = 0;
	stand_run(&stand, &(struct stand_run){.fn = rate_race_run, .n = 64, .use_redis = true});
	assert_int_equal(n_passed, 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    RECORDS_UNIT(replay),
	    RECORDS_UNIT(race),
	    RECORDS_UNIT(rate),
	    RECORDS_UNIT(rate_race),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
