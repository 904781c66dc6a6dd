/* SPDX-License-Identifier: Apache-2.0
 *
 * Letters and visits: claimed once, for a lease; tried again later and later; given up; swept.
 */
#include "unit/records/fixture.h"

#include "records/outbox.h"
#include "records/session.h"
#include "records/signout.h"
#include "records/visit.h"
#include "store/sql.h"

RECORDS_STAND

static const char *const nobody[OUTBOX_BUSY_MAX] = {NULL};

static int
add_step(struct sql_tx *tx, void *arg)
{
	return outbox_add(tx, arg);
}

static void
add(struct task *task, const char *client_id)
{
	struct letter letter = {
	    .kind = "logout",
	    .person_id = "person",
	    .client_id = client_id,
	    .body = json_of(task, "{\"session\": \"s\"}"),
	};

	expect_ok(task, sql_write(task, add_step, &letter));
}

static const struct letter *
claim(struct task *task)
{
	const struct letter *letter;

	expect_ok(task, outbox_claim(task, nobody, &letter));
	return letter;
}

static int
settle(struct task *task, const struct letter *letter, enum delivery delivery, const char *result)
{
	return outbox_settle(task, letter, &(struct outcome){delivery, result, outbox_hours});
}

static const json_t *
first(struct task *task)
{
	json_t *letters;

	expect_ok(task, outbox_list(task, "person", &letters));
	return json_array_get(json_keep(task, letters), 0);
}

static int64_t
number(const json_t *object, const char *name)
{
	int64_t value = -1;

	assert_true(json_get_i64(object, name, &value));
	return value;
}

static void
once(struct stand *s, struct task *task, unsigned index)
{
	const struct letter *letter;
	bool is_due;

	(void)s, (void)index;
	expect_ok(task, outbox_is_due(task, &is_due));
	assert_false(is_due);
	assert_null(claim(task));
	add(task, "a");
	add(task, "b");
	expect_ok(task, outbox_is_due(task, &is_due));
	assert_true(is_due);
	letter = claim(task);
	assert_string_equal(letter->kind, "logout");
	assert_string_equal(letter->person_id, "person");
	assert_string_equal(json_get_text(letter->body, "session"), "s");
	assert_int_equal(letter->n_tries, 1);
	assert_string_not_equal(claim(task)->id, letter->id);
	assert_null(claim(task));
	expect_ok(task, outbox_is_due(task, &is_due));
	assert_false(is_due);
}
RECORDS_TEST(once)

static void
busy_clients_wait(struct stand *s, struct task *task, unsigned index)
{
	static const char *const busy[OUTBOX_BUSY_MAX] = {"a", "c"};
	const struct letter *letter;

	(void)s, (void)index;
	add(task, "a");
	add(task, "b");
	add(task, "c");
	expect_ok(task, outbox_claim(task, busy, &letter));
	assert_string_equal(letter->client_id, "b");
	expect_ok(task, outbox_claim(task, busy, &letter));
	assert_null(letter);
	assert_non_null(claim(task));
	assert_non_null(claim(task));
}
RECORDS_TEST(busy_clients_wait)

/* Who took longer than the lease has no say over the next try; but delivered is delivered. */
static void
lease(struct stand *s, struct task *task, unsigned index)
{
	const struct letter *slow, *next;

	(void)index;
	add(task, "a");
	slow = claim(task);
	clock_move(s, OUTBOX_LEASE_S - 20);
	assert_null(claim(task));
	clock_move(s, OUTBOX_LEASE_S + 1);
	next = claim(task);
	assert_string_equal(next->id, slow->id);
	assert_int_equal(next->n_tries, 2);
	expect_ok(task, settle(task, slow, LETTER_FAILED, "late"));
	assert_null(json_object_get(first(task), "result"));
	assert_null(claim(task));
	expect_ok(task, settle(task, slow, LETTER_DELIVERED, "200"));
	assert_string_equal(json_get_text(first(task), "state"), "delivered");
	expect_ok(task, settle(task, next, LETTER_FAILED, "500"));
	assert_string_equal(json_get_text(first(task), "state"), "delivered");
	assert_string_equal(json_get_text(first(task), "result"), "200");
}
RECORDS_TEST(lease)

static void
later_and_later(struct stand *s, struct task *task, unsigned index)
{
	int64_t ahead_s = 0;

	(void)index;
	add(task, "a");
	for (int i = 0; i < OUTBOX_TRIES; i++) {
		const struct letter *letter = claim(task);

		assert_non_null(letter);
		assert_int_equal(letter->n_tries, i + 1);
		expect_ok(task, settle(task, letter, LETTER_FAILED, "500"));
		if (i == OUTBOX_TRIES - 1)
			break;
		assert_string_equal(json_get_text(first(task), "state"), "waiting");
		clock_move(s, ahead_s + outbox_hours[i] / 2);
		assert_null(claim(task));
		ahead_s += outbox_hours[i] + outbox_hours[i] / 10 + 1;
		clock_move(s, ahead_s);
	}
	assert_string_equal(json_get_text(first(task), "state"), "failed");
	assert_int_equal(number(first(task), "n_tries"), OUTBOX_TRIES);
	clock_move(s, ahead_s + 86400);
	assert_null(claim(task));
	assert_non_null(first(task));
	/* shown for a week, then dropped on the way */
	clock_move(s, ahead_s + 8 * 86400);
	assert_null(claim(task));
	assert_null(first(task));
}
RECORDS_TEST(later_and_later)

static void
in_vain(struct stand *s, struct task *task, unsigned index)
{
	struct sql_rows rows;

	(void)s, (void)index;
	add(task, "a");
	expect_ok(task, settle(task, claim(task), LETTER_IN_VAIN, "gone"));
	assert_string_equal(json_get_text(first(task), "state"), "failed");
	expect_ok(task,
	    sql_read(task,
		SQL("SELECT event, actor FROM audit WHERE client_id = ?1", SQL_TEXT("a")), &rows));
	assert_int_equal(rows.n_rows, 1);
	assert_string_equal(sql_text(&rows, 0, 0), "logout.given_up");
}
RECORDS_TEST(in_vain)

static int
visit_step(struct sql_tx *tx, void *arg)
{
	return visit_add(tx, arg);
}

static int
visited(struct task *task, const char *sid, const char *session_id, const char *client_id)
{
	struct visit visit = {sid, session_id, "person", client_id, true};

	return sql_write(task, visit_step, &visit);
}

/* A row that something else has written over: settled at once, and the next one is not held up. */
static void
unreadable(struct stand *s, struct task *task, unsigned index)
{
	(void)s, (void)index;
	add(task, "broken");
	expect_ok(task, sql_write_one(task, SQL("UPDATE outbox SET body = ?1", SQL_TEXT("{"))));
	add(task, "whole");
	for (int i = 0; i < 2; i++) {
		const struct letter *letter = claim(task);

		assert_true(letter == NULL || str_equal(letter->client_id, "whole"));
	}
	assert_null(claim(task));
	expect_ok(task,
	    sql_write_one(task, SQL("DELETE FROM outbox WHERE client_id = ?1", SQL_TEXT("whole"))));
	assert_string_equal(json_get_text(first(task), "state"), "failed");
	assert_string_equal(json_get_text(first(task), "result"), "unreadable");
}
RECORDS_TEST(unreadable)

static void
visits(struct stand *s, struct task *task, unsigned index)
{
	const struct signout one = {
	    .person_id = "person", .session_id = "session-1", .actor = "person", .why = "test"};
	const struct visit *visit;
	size_t n;

	(void)s, (void)index;
	expect_ok(task, visited(task, "sid-a", "session-1", "a"));
	expect_ok(task, visited(task, "sid-a", "session-1", "a"));
	expect_ok(task, visited(task, "sid-b", "session-1", "b"));
	expect_ok(task, visited(task, "sid-c", "session-2", "a"));
	expect_ok(task, visit_list(task, "session-1", &visit, &n));
	assert_int_equal(n, 2);
	expect_ok(task, visit_find(task, "sid-c", &visit));
	assert_string_equal(visit->session_id, "session-2");
	expect_ok(task, visit_find(task, "sid-x", &visit));
	assert_null(visit);

	/* an end tells each of them once, and nobody visits it any more */
	expect_ok(task, signout_session(task, &one));
	expect_ok(task, signout_session(task, &one));
	assert_non_null(claim(task));
	assert_non_null(claim(task));
	assert_null(claim(task));
	expect_ok(task, visit_list(task, "session-1", &visit, &n));
	assert_int_equal(n, 0);
	expect_fault(task, visited(task, "sid-d", "session-1", "d"), LOGIN_REQUIRED);

	/* of all sessions: also those that Redis has lost, or never had */
	expect_ok(task, signout_person(task, &one));
	assert_string_equal(json_get_text(claim(task)->body, "session"), "session-2");
	assert_null(claim(task));
}
RECORDS_TEST(visits)

static void
old_visits(struct stand *s, struct task *task, unsigned index)
{
	const struct visit *visit;

	(void)index;
	expect_ok(task, visited(task, "sid-a", "session-1", "a"));
	clock_move(s, 30 * 86400);
	expect_ok(task, visited(task, "sid-b", "session-2", "a"));
	expect_ok(task, visit_find(task, "sid-a", &visit));
	assert_non_null(visit);
	clock_move(s, 32 * 86400);
	expect_ok(task, visited(task, "sid-c", "session-3", "a"));
	expect_ok(task, visit_find(task, "sid-a", &visit));
	assert_null(visit);
	expect_ok(task, visit_find(task, "sid-b", &visit));
	assert_non_null(visit);
}
RECORDS_TEST(old_visits)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    RECORDS_UNIT(once),
	    RECORDS_UNIT(busy_clients_wait),
	    RECORDS_UNIT(lease),
	    RECORDS_UNIT(later_and_later),
	    RECORDS_UNIT(in_vain),
	    RECORDS_UNIT(unreadable),
	    RECORDS_UNIT(visits),
	    RECORDS_UNIT(old_visits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
