/* SPDX-License-Identifier: Apache-2.0
 *
 * Several loops at once, as the gateway has them: each its own Redis connection, one database and
 * one set of scripts for all.  Under TSan this is what tells of a race.
 */
#include "unit/store/fixture.h"

#include "store/redis.h"
#include "store/sql.h"

#include <pthread.h>

#define LOOPS  3
#define FIBERS 16
#define ROUNDS 20

static struct stand stand;
static struct redis_script add = {"return redis.call('INCR', KEYS[1])", ""};

static const struct sql_migration schema[] = {
    {1, "things", "CREATE TABLE thing (id BIGINT PRIMARY KEY, number BIGINT NOT NULL UNIQUE)"},
};

static int
setup(void **state)
{
	char why[256];
	int from;

	(void)state;
	stand_open(&stand);
	stand_redis_start(&stand, NULL);
	stand.rooms.sql = sql_open(&stand.settings, why);
	assert_non_null(stand.rooms.sql);
	assert_int_equal(sql_migrate(stand.rooms.sql, schema, 1, &from, why), 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	sql_close(stand.rooms.sql);
	stand_close(&stand);
	return 0;
}

static int
step_number(struct sql_tx *tx, void *arg)
{
	const int64_t *number = arg;
	struct sql_rows rows;
	int r = sql_run(tx, SQL("SELECT COALESCE(MAX(id), 0) + 1 FROM thing"), &rows);

	if (r < 0)
		return r;
	return sql_run(tx,
	    SQL("INSERT INTO thing (id, number) VALUES (?1, ?2)", SQL_INT(sql_int(&rows, 0, 0)),
		SQL_INT(*number)),
	    NULL);
}

/* Redis counts, SQL keeps: no number comes twice, and none is missed. */
static void
count_up(struct stand *s, struct task *task, unsigned index)
{
	const char *keys[] = {"counter", NULL};
	struct redis_answer answer;
	struct sql_rows rows;

	(void)s, (void)index;
	for (int i = 0; i < ROUNDS; i++) {
		expect_ok(task, redis_run(task, &add, &(struct redis_call){keys, NULL}, &answer));
		assert_int_equal(answer.is, REDIS_INTEGER);
		expect_ok(task, sql_write(task, step_number, &answer.integer));
		expect_ok(task,
		    sql_read(task,
			SQL("SELECT id FROM thing WHERE number = ?1", SQL_INT(answer.integer)),
			&rows));
		assert_int_equal(rows.n_rows, 1);
	}
}

static void *
loop_main(void *arg)
{
	struct stand mine = stand;

	(void)arg;
	stand_run(&mine,
	    &(struct stand_run){.fn = count_up, .n = FIBERS, .ttl_ms = 60000, .use_redis = true});
	return NULL;
}

static void
total(struct stand *s, struct task *task, unsigned index)
{
	struct sql_rows rows;

	(void)s, (void)index;
	expect_ok(
	    task, sql_read(task, SQL("SELECT COUNT(*), MAX(id), MAX(number) FROM thing"), &rows));
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(sql_int(&rows, 0, i), LOOPS * FIBERS * ROUNDS);
}

static void
test_loops_share(void **state)
{
	pthread_t threads[LOOPS];

	(void)state;
	for (size_t i = 0; i < LOOPS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, loop_main, NULL), 0);
	for (size_t i = 0; i < LOOPS; i++)
		pthread_join(threads[i], NULL);
	stand_sql(&stand, total);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_loops_share, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
