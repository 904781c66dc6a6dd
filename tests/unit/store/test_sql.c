/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading and writing through SQLite: values, rows, steps, group commit.
 */
#include "unit/store/things.h"

#include "core/fiber.h"
#include "store/sql.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void
values(struct stand *s, struct task *task, unsigned index)
{
	struct sql_rows rows;

	(void)s, (void)index;
	expect_ok(task, sql_write_one(task,
			    SQL("INSERT INTO thing (id, name) VALUES (?1, ?2), (?3, ?4), (?5, ?6)",
				SQL_INT(1), SQL_TEXT("\xe1\x9e\x91 'quoted' --"),
				SQL_INT(INT64_MAX), SQL_TEXT(NULL), SQL_INT(3), SQL_TEXT(""))));
	expect_ok(task, sql_read(task, SQL("SELECT id, name, NULL FROM thing ORDER BY id"), &rows));
	assert_int_equal(rows.n_rows, 3);
	assert_int_equal(rows.n_columns, 3);
	assert_int_equal(rows.n_changed, 0);
	assert_int_equal(sql_int(&rows, 0, 0), 1);
	assert_string_equal(sql_text(&rows, 0, 1), "\xe1\x9e\x91 'quoted' --");
	assert_string_equal(sql_text(&rows, 1, 1), "");
	assert_true(sql_int(&rows, 2, 0) == INT64_MAX);
	assert_null(sql_text(&rows, 2, 1));
	assert_null(sql_text(&rows, 2, 2));
	assert_int_equal(sql_int(&rows, 2, 2), 0);
	expect_ok(
	    task, sql_read(task, SQL("SELECT id FROM thing WHERE id = ?1", SQL_INT(9)), &rows));
	assert_int_equal(rows.n_rows, 0);
	assert_true(sql_is_ready(s->rooms.sql));
}

static void
test_values(void **state)
{
	(void)state;
	stand_sql(&stand, values);
}

static void
refusals(struct stand *s, struct task *task, unsigned index)
{
	struct sql_rows rows = {.n_rows = 77};
	char text[64] = "SELECT 1";

	(void)s, (void)index;
	expect_ok(task, sql_write_one(task, SQL("INSERT INTO thing (id) VALUES (1)")));
	expect_fault(task,
	    sql_write_one(task, SQL("INSERT INTO thing (id) VALUES (?1)", SQL_INT(1))), CONFLICT);
	expect_fault(task,
	    sql_write_one(
		task, SQL("INSERT INTO thing (id, kind) VALUES (2, ?1)", SQL_TEXT("none"))),
	    CONFLICT);
	expect_fault(task,
	    sql_write_one(task, SQL("INSERT INTO thing (id) VALUES (?1)", SQL_INT(-1))), CONFLICT);
	expect_fault(task, sql_write_one(task, SQL("INSERT INTO nowhere (id) VALUES (1)")), BROKEN);
	expect_fault(task, sql_write_one(task, SQL("")), BROKEN);
	expect_fault(task, sql_read(task, SQL("SELECT ?1"), &rows), BROKEN);
	expect_fault(task, sql_read(task, SQL("SELECT 1", SQL_INT(1)), &rows), BROKEN);
	expect_fault(task, sql_read(task, SQL("SELECT 1.5"), &rows), BROKEN);
	expect_fault(task, sql_read(task, SQL("SELECT x'00'"), &rows), BROKEN);
	expect_fault(task, sql_read(task, SQL("SELECT 'a' || char(0) || 'b'"), &rows), BROKEN);
	/* To PostgreSQL that is the name of a column. */
	expect_fault(task, sql_read(task, SQL("SELECT \"text\""), &rows), BROKEN);
	expect_fault(task, sql_read(task, SQL("DELETE FROM thing"), &rows), BROKEN);
	expect_fault(task,
	    sql_read(task,
		SQL("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
		    "WHERE i < 1001) SELECT i FROM n"),
		&rows),
	    BROKEN);
	expect_fault(task,
	    sql_read(task,
		SQL("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
		    "WHERE i < 30) SELECT printf('%.*c', 100000, 'x') FROM n"),
		&rows),
	    BROKEN);
	assert_int_equal(rows.n_rows, 77);
	expect_ok(task, sql_read(task,
			    SQL("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
				"WHERE i < 1000) SELECT i FROM n"),
			    &rows));
	assert_int_equal(rows.n_rows, 1000);
	assert_int_equal(sql_int(&rows, 999, 0), 1000);
	assert_int_equal(thing_count(task), 1);

	/* The same memory, another statement. */
	expect_ok(task, sql_read(task, (struct sql_statement){.text = text}, &rows));
	assert_int_equal(sql_int(&rows, 0, 0), 1);
	strcpy(text, "SELECT 2");
	expect_ok(task, sql_read(task, (struct sql_statement){.text = text}, &rows));
	assert_int_equal(sql_int(&rows, 0, 0), 2);
}

static void
test_refusals(void **state)
{
	(void)state;
	stand_sql(&stand, refusals);
}

/* A loop of reads ends with a fault: the end of its arena is that of the process. */
static void
reads_without_end(struct stand *s, struct task *task, unsigned index)
{
	struct sql_rows rows;
	int n = 0, r = 0;

	(void)s, (void)index;
	while (r == 0 && n < 1000) {
		r = sql_read(task, SQL("SELECT printf('%.*c', 100000, 'x')"), &rows);
		n++;
	}
	expect_fault(task, r, BROKEN);
	assert_in_range(n, 60, 80);
	assert_non_null(task_alloc(task, 500000));
}

static void
test_reads_without_end(void **state)
{
	(void)state;
	stand_sql(&stand, reads_without_end);
}

struct order {
	int64_t id;
	bool fails;
	int64_t n_seen, n_changed;
	const char *note;
};

static int
step_add(struct sql_tx *tx, void *arg)
{
	struct order *order = arg;
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("INSERT INTO thing (id, name) VALUES (?1, 'a') RETURNING id", SQL_INT(order->id)),
	    &rows);
	if (r < 0)
		return r;
	order->n_changed = rows.n_changed;
	assert_int_equal(sql_int(&rows, 0, 0), order->id);
	r = sql_run(tx, SQL("SELECT COUNT(*) FROM thing WHERE id = ?1", SQL_INT(order->id)), &rows);
	if (r < 0)
		return r;
	order->n_seen = sql_int(&rows, 0, 0);
	order->note = task_printf(sql_task(tx), "step %d", (int)order->id);
	if (order->fails)
		return fail(sql_task(tx), GONE, "this step fails by itself");
	return 0;
}

static int
step_goes_on(struct sql_tx *tx, void *arg)
{
	(void)arg;
	sql_run(tx, SQL("INSERT INTO thing (id) VALUES (100)"), NULL);
	sql_run(tx, SQL("INSERT INTO thing (id) VALUES (-1)"), NULL); /* CONFLICT, not looked at */
	assert_int_equal(sql_run(tx, SQL("INSERT INTO thing (id) VALUES (101)"), NULL), CONFLICT);
	return 0;
}

static void
steps(struct stand *s, struct task *task, unsigned index)
{
	struct order good = {.id = 1}, bad = {.id = 2, .fails = true};

	(void)s, (void)index;
	expect_ok(task, sql_write(task, step_add, &good));
	assert_int_equal(good.n_seen, 1);
	assert_int_equal(good.n_changed, 1);
	assert_string_equal(good.note, "step 1");
	expect_fault(task, sql_write(task, step_add, &bad), GONE);
	assert_int_equal(bad.n_seen, 1);
	assert_int_equal(thing_count(task), 1);
	/* A statement that failed spoils its step, as it would on PostgreSQL. */
	expect_fault(task, sql_write(task, step_goes_on, NULL), CONFLICT);
	assert_int_equal(thing_count(task), 1);
}

static void
test_steps(void **state)
{
	(void)state;
	stand_sql(&stand, steps);
}

/* 64 fibers at once, every third fails: what succeeded is there, and nothing else. */
static void
many(struct stand *s, struct task *task, unsigned index)
{
	(void)s;
	for (unsigned i = 0; i < 20; i++) {
		struct order order = {.id = index * 1000 + i, .fails = (index + i) % 3 == 0};
		int r = sql_write(task, step_add, &order);

		if (order.fails)
			expect_fault(task, r, GONE);
		else
			expect_ok(task, r);
		assert_int_equal(order.n_seen, 1);
	}
}

static void
many_after(struct stand *s, struct task *task, unsigned index)
{
	struct sql_rows rows;
	unsigned n = 0;

	(void)s, (void)index;
	for (unsigned f = 0; f < 64; f++)
		for (unsigned i = 0; i < 20; i++)
			n += (f + i) % 3 != 0;
	assert_int_equal(thing_count(task), n);
	expect_ok(task,
	    sql_read(task, SQL("SELECT COUNT(*) FROM thing WHERE (id / 1000 + id % 1000) % 3 = 0"),
		&rows));
	assert_int_equal(sql_int(&rows, 0, 0), 0);
}

static void
test_group_commit(void **state)
{
	(void)state;
	stand_run(&stand, &(struct stand_run){.fn = many, .n = 64, .ttl_ms = 60000});
	stand_sql(&stand, many_after);
}

/* What is read begins after what was written has returned. */
static void
own_writes(struct stand *s, struct task *task, unsigned index)
{
	struct sql_rows rows;

	(void)s;
	for (unsigned i = 0; i < 10; i++) {
		int64_t id = index * 1000 + i;

		expect_ok(task,
		    sql_write_one(task, SQL("INSERT INTO thing (id) VALUES (?1)", SQL_INT(id))));
		expect_ok(task,
		    sql_read(task, SQL("SELECT id FROM thing WHERE id = ?1", SQL_INT(id)), &rows));
		assert_int_equal(rows.n_rows, 1);
	}
}

static void
test_own_writes_are_read(void **state)
{
	(void)state;
	stand_run(&stand, &(struct stand_run){.fn = own_writes, .n = 32, .ttl_ms = 60000});
}

static atomic_bool has_read; /* once: a reader's thread says so */

static int
read_twice(struct task *task, void *arg)
{
	const struct timespec pause = {.tv_nsec = 200000000};
	int64_t *n = arg;

	n[0] = thing_count(task);
	atomic_store(&has_read, true);
	nanosleep(&pause, NULL);
	n[1] = thing_count(task);
	return 0;
}

static int
read_within(struct task *task, void *arg)
{
	return sql_read_together(task, read_twice, arg);
}

static int
read_and_fail(struct task *task, void *arg)
{
	struct sql_rows rows;

	(void)arg;
	expect_fault(task, sql_read(task, SQL("DELETE FROM thing"), &rows), BROKEN);
	assert_int_equal(thing_count(task), 2);
	return fail(task, GONE, "this reading fails by itself");
}

/* What is committed meanwhile is not seen before all is read. */
static void
together(struct stand *s, struct task *task, unsigned index)
{
	int64_t n[2];

	(void)s;
	if (index == 1) {
		while (!atomic_load(&has_read))
			expect_ok(task, fiber_sleep(task, 10));
		expect_ok(task, sql_write_one(task, SQL("INSERT INTO thing (id) VALUES (1)")));
		return;
	}
	expect_ok(task, sql_read_together(task, read_twice, n));
	assert_int_equal(n[0], 0);
	assert_int_equal(n[1], 0);
	while (thing_count(task) != 1)
		expect_ok(task, fiber_sleep(task, 10));
	expect_ok(task, sql_write_one(task, SQL("INSERT INTO thing (id) VALUES (2)")));
	expect_ok(task, sql_read_together(task, read_within, n));
	assert_int_equal(n[1], 2);
	expect_fault(task, sql_read_together(task, read_and_fail, NULL), GONE);
}

static void
test_together(void **state)
{
	(void)state;
	stand_run(&stand, &(struct stand_run){.fn = together, .n = 2, .ttl_ms = 60000});
}

static void
counter(struct stand *s, struct task *task, unsigned index)
{
	int64_t before, same, after;

	(void)s, (void)index;
	expect_ok(task, sql_change_counter(task, &before));
	expect_ok(task, sql_change_counter(task, &same));
	assert_int_equal(before, same);
	expect_ok(task, sql_write_one(task, SQL("INSERT INTO thing (id) VALUES (1)")));
	expect_ok(task, sql_change_counter(task, &after));
	assert_int_not_equal(before, after);
}

static void
test_change_counter(void **state)
{
	(void)state;
	stand_sql(&stand, counter);
}

static atomic_bool step_has_begun, step_may_end;
static int64_t step_deadline_ms;
static unsigned n_taken_back;

static int
step_held(struct sql_tx *tx, void *arg)
{
	const struct timespec pause = {.tv_nsec = 1000000};

	(void)arg;
	atomic_store(&step_has_begun, true);
	while (!atomic_load(&step_may_end))
		nanosleep(&pause, NULL);
	return sql_run(tx, SQL("INSERT INTO thing (id) VALUES (1)"), NULL);
}

enum { N_HASTY = 6 };

/* A step under way is waited out, past the deadline; one that waits is taken back. */
static void
deadlines(struct stand *s, struct task *task, unsigned index)
{
	struct task hasty;

	if (index == 0) {
		task_open(&hasty, s->loop, &s->rooms, 2000);
		step_deadline_ms = hasty.deadline_ms;
		expect_ok(&hasty, sql_write(&hasty, step_held, NULL));
		assert_int_equal(task_left_ms(&hasty), 0);
		task_close(&hasty);
		return;
	}
	while (!atomic_load(&step_has_begun))
		expect_ok(task, fiber_sleep(task, 10));
	task_open(&hasty, s->loop, &s->rooms, 100 + 10 * (int64_t)(index % 3));
	/* The writer takes what comes while its transaction runs, so that this waits for the step.
	 */
	expect_fault(
	    &hasty, sql_write_one(&hasty, SQL("INSERT INTO thing (id) VALUES (2)")), TIMED_OUT);
	task_close(&hasty);
	if (++n_taken_back < N_HASTY)
		return;
	while (now_ms() <= step_deadline_ms)
		expect_ok(task, fiber_sleep(task, 10));
	atomic_store(&step_may_end, true);
	/* Behind all that came before it. */
	expect_ok(task, sql_write_one(task, SQL("INSERT INTO thing (id) VALUES (3)")));
	assert_int_equal(thing_count(task), 2);
}

static void
test_deadlines(void **state)
{
	(void)state;
	stand_run(&stand, &(struct stand_run){.fn = deadlines, .n = 1 + N_HASTY});
}

/* A statement without an end is ended, and the next one runs. */
static void
endless(struct stand *s, struct task *task, unsigned index)
{
	struct sql_rows rows;
	int64_t start_ms = now_ms();

	(void)s, (void)index;
	expect_fault(task,
	    sql_read(task,
		SQL("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
		    "SELECT MAX(i) FROM n"),
		&rows),
	    STORE_AWAY);
	assert_in_range(now_ms() - start_ms, 2000, 9000);
	assert_int_equal(thing_count(task), 0);
}

static void
test_endless_statement(void **state)
{
	(void)state;
	stand_sql(&stand, endless);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    THINGS_TEST(test_values),
	    THINGS_TEST(test_refusals),
	    THINGS_TEST(test_reads_without_end),
	    THINGS_TEST(test_steps),
	    THINGS_TEST(test_group_commit),
	    THINGS_TEST(test_own_writes_are_read),
	    THINGS_TEST(test_together),
	    THINGS_TEST(test_change_counter),
	    THINGS_TEST(test_deadlines),
	    THINGS_TEST(test_endless_statement),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
