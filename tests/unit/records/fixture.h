/* SPDX-License-Identifier: Apache-2.0
 *
 * What tests of records stand on: Redis and a migrated database (store's fixture), settings, and a
 * clock that moves.
 */
#ifndef RECORDS_FIXTURE_H
#define RECORDS_FIXTURE_H

#include "unit/store/fixture.h"

#include "core/json.h"

/* Everything is at its default of dvara.conf. */
void records_open(struct stand *stand);
void records_close(struct stand *stand);

/* Moves the wall clock of this process by seconds from what it really is. */
void clock_move(const struct stand *stand, int64_t seconds);

/* Runs statements on the database behind the back of the rooms. */
void sql_tamper(const struct stand *stand, const char *statements);

/* An object or array of text; fails the test where it is none. */
json_t *json_of(struct task *task, const char *text);

/* Once in a test file: its world, opened anew for each test. */
#define RECORDS_STAND \
	static struct stand stand; \
	static int setup(void **state) \
	{ \
		(void)state; \
		records_open(&stand); \
		return 0; \
	} \
	static int teardown(void **state) \
	{ \
		(void)state; \
		records_close(&stand); \
		return 0; \
	}

/* Declares test_NAME, which runs NAME on one fiber with Redis and SQL. */
#define RECORDS_TEST(name) \
	static void test_##name(void **state) \
	{ \
		(void)state; \
		stand_run(&stand, \
		    &(struct stand_run){.fn = name, .n = 1, .use_redis = true, .ttl_ms = 60000}); \
	}

#define RECORDS_UNIT(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

#endif
