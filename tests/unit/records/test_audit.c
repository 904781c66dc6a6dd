/* SPDX-License-Identifier: Apache-2.0
 *
 * The audit trail: whole, and broken in every way (case S15).
 */
#include "unit/records/fixture.h"

#include "core/clock.h"
#include "records/audit.h"
#include "store/sql.h"

RECORDS_STAND

#define N_ROWS 1000 /* three pages */

static int
add_many(struct sql_tx *tx, void *arg)
{
	json_auto_t *detail = json_pack("{si}", "number", 0);
	int n = *(int *)arg, r = 0;

	for (int i = 0; r == 0 && i < n; i++) {
		struct audit_event event = {
		    .event = i % 2 == 0 ? "login" : "token",
		    .actor = "person",
		    .person_id = i % 3 == 0 ? NULL : "person",
		    .client_id = i % 5 == 0 ? "rp1" : NULL,
		    .detail = i % 7 == 0 ? detail : NULL,
		};

		json_object_set_new(detail, "number", json_integer(i));
		r = audit_add(tx, &event);
	}
	return r;
}

static struct audit_check
verify(struct task *task)
{
	struct audit_check check;

	expect_ok(task, audit_verify(task, &check));
	return check;
}

static void
whole(struct stand *s, struct task *task, unsigned index)
{
	struct audit_event event = {.event = "login", .actor = "person", .person_id = "person"};
	struct audit_check check = verify(task);
	json_t *events;
	int n = N_ROWS;

	(void)s, (void)index;
	assert_int_equal(check.n_rows, 0);
	assert_int_equal(check.first_broken, 0);
	expect_ok(task, sql_write(task, add_many, &n));
	expect_ok(task, audit_write(task, &event));
	check = verify(task);
	assert_int_equal(check.n_rows, N_ROWS + 1);
	assert_int_equal(check.first_broken, 0);
	assert_int_equal(strlen(check.head), 43);

	expect_ok(task, audit_list(task, &(struct span){.limit = 2}, &events));
	json_keep(task, events);
	assert_int_equal(json_array_size(events), 2);
	assert_string_equal(json_get_text(json_array_get(events, 0), "hash"), check.head);
	expect_ok(task, audit_list(task, &(struct span){.before = "9", .limit = 400}, &events));
	json_keep(task, events);
	assert_int_equal(json_array_size(events), 8);
	assert_int_equal(json_integer_value(json_object_get(
			     json_object_get(json_array_get(events, 0), "detail"), "number")),
	    7);
}
RECORDS_TEST(whole)

static void
broken(struct stand *s, struct task *task, unsigned index)
{
	static const struct {
		const char *statements;
		int64_t first_broken;
	} ways[] = {
	    {"UPDATE audit SET event = 'nothing' WHERE seq = 500", 500},
	    {"UPDATE audit SET at_s = at_s + 1 WHERE seq = 1", 1},
	    {"UPDATE audit SET client_id = NULL WHERE seq = 401", 401},
	    {"UPDATE audit SET person_id = 'x' WHERE seq = 400", 400},
	    {"UPDATE audit SET detail = '{\"number\":8}' WHERE seq = 8", 8},
	    {"UPDATE audit SET actor = 'personNULL', person_id = NULL WHERE seq = 3", 3},
	    {"DELETE FROM audit WHERE seq = 1", 1},
	    {"DELETE FROM audit WHERE seq = 777", 777},
	    {"DELETE FROM audit WHERE seq = 1000", 1000},
	    {"DELETE FROM audit WHERE seq > 600", 601},
	    {"DELETE FROM audit", 1},
	    /* two rows change places */
	    {"UPDATE audit SET seq = 9999 WHERE seq = 10; UPDATE audit SET seq = 10 WHERE seq = 11;"
	     "UPDATE audit SET seq = 11 WHERE seq = 9999",
		10},
	    /* a row deleted and the numbers closed up */
	    {"DELETE FROM audit WHERE seq = 20;"
	     "UPDATE audit SET seq = -seq WHERE seq > 20;"
	     "UPDATE audit SET seq = -seq - 1 WHERE seq < 0",
		20},
	    /* the last row and the head both */
	    {"DELETE FROM audit WHERE seq = 1000; UPDATE audit_head SET seq = 999", 999},
	    {"INSERT INTO audit SELECT 1001, at_s, event, actor, person_id, client_id, detail,"
	     " hash, hash FROM audit WHERE seq = 1000",
		1001},
	    {"UPDATE audit_head SET hash = 'x'", 1000},
	    {"DELETE FROM audit_head", 1000},
	};
	int n = N_ROWS;

	(void)index;
	expect_ok(task, sql_write(task, add_many, &n));
	sql_tamper(s, "CREATE TABLE kept AS SELECT * FROM audit;"
		      "CREATE TABLE kept_head AS SELECT * FROM audit_head");
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct audit_check check;

		sql_tamper(s, ways[i].statements);
		check = verify(task);
		if (check.first_broken != ways[i].first_broken)
			print_error("%s: %lld %s\n", ways[i].statements,
			    (long long)check.first_broken, check.why);
		assert_int_equal(check.first_broken, ways[i].first_broken);
		assert_non_null(check.why);
		sql_tamper(s, "DELETE FROM audit; INSERT INTO audit SELECT * FROM kept;"
			      "DELETE FROM audit_head;"
			      "INSERT INTO audit_head SELECT * FROM kept_head");
		check = verify(task);
		assert_int_equal(check.first_broken, 0);
		assert_int_equal(check.n_rows, N_ROWS);
	}
}
RECORDS_TEST(broken)

static void
long_detail(struct stand *s, struct task *task, unsigned index)
{
	char text[4000];
	json_auto_t *detail = json_object();
	struct audit_event event = {.event = "login", .actor = "person", .detail = detail};

	(void)s, (void)index;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	json_set_text(detail, "text", text);
	expect_fault(task, audit_write(task, &event), BROKEN);
	assert_int_equal(verify(task).n_rows, 0);
}
RECORDS_TEST(long_detail)
static int
add_and_fail(struct sql_tx *tx, void *arg)
{
	int r = add_many(tx, arg);

	return r < 0 ? r : fail(sql_task(tx), CONFLICT, "for the test");
}

/* What this thread wrote last is not always what stands before the next row. */
static void
head_is_elsewhere(struct stand *s, struct task *task, unsigned index)
{
	struct audit_check check;
	int n = 3;

	(void)index;
	expect_ok(task, sql_write(task, add_many, &n));
	assert_int_equal(sql_write(task, add_and_fail, &n), CONFLICT);
	fault_clear(task);
	expect_ok(task, sql_write(task, add_many, &n));
	check = verify(task);
	assert_int_equal(check.n_rows, 6);
	assert_int_equal(check.first_broken, 0);

	/* another process moves the head */
	sql_tamper(s, "DELETE FROM audit WHERE seq = 6; UPDATE audit_head SET seq = 5, hash ="
		      " (SELECT hash FROM audit WHERE seq = 5)");
	n = 1;
	expect_ok(task, sql_write(task, add_many, &n));
	check = verify(task);
	assert_int_equal(check.n_rows, 6);
	assert_int_equal(check.first_broken, 0);

	sql_tamper(s, "DELETE FROM audit_head");
	assert_int_equal(sql_write(task, add_many, &n), BROKEN);
}
RECORDS_TEST(head_is_elsewhere)

static void
many(struct stand *s, struct task *task, unsigned index)
{
	const int n_steps = 40;
	struct audit_check check;
	int64_t begun_ms;
	int n = 500;

	(void)s, (void)index;
	begun_ms = clock_mono_ms();
	for (int i = 0; i < n_steps; i++) {
		struct task step;

		task_open(&step, task->loop, task->rooms, 10000);
		expect_ok(&step, sql_write(&step, add_many, &n));
		task_close(&step);
	}
	n *= n_steps;
	print_message("%d rows written in %d ms\n", n, (int)(clock_mono_ms() - begun_ms));
	begun_ms = clock_mono_ms();
	check = verify(task);
	print_message("%d rows verified in %d ms\n", n, (int)(clock_mono_ms() - begun_ms));
	assert_int_equal(check.n_rows, n);
	assert_int_equal(check.first_broken, 0);
}
RECORDS_TEST(many)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    RECORDS_UNIT(whole),
	    RECORDS_UNIT(broken),
	    RECORDS_UNIT(long_detail),
	    RECORDS_UNIT(head_is_elsewhere),
	    RECORDS_UNIT(many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
