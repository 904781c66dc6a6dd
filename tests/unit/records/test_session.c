/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions: limits by the gateway's clock, fixation, all of one person (cases A32, S20, S21).
 */
#include "unit/records/fixture.h"

#include "records/handle.h"
#include "records/session.h"
#include "records/signout.h"
#include "store/redis.h"
#include "store/sql.h"

RECORDS_STAND

static const char *const amr[] = {"pop", "user", NULL};

static struct session
session_new(struct task *task, const char *person_id, const char *old_cookie)
{
	struct session session = {.person_id = person_id, .acr = "urn:dvara:loa:high", .amr = amr};

	expect_ok(task, session_create(task, &session));
	expect_ok(task, session_end(task, old_cookie));
	return session;
}

static bool
is_there(struct task *task, const char *cookie)
{
	const struct session *found;

	expect_ok(task, session_look(task, cookie, &found));
	return found != NULL;
}

static void
round_trip(struct stand *s, struct task *task, unsigned index)
{
	struct session session = session_new(task, "person", NULL);
	const struct session *found;

	(void)s, (void)index;
	assert_int_equal(strlen(session.cookie), 43);
	assert_int_equal(strlen(session.id), 22);
	expect_ok(task, session_find(task, session.cookie, &found));
	assert_string_equal(found->cookie, session.cookie);
	assert_string_equal(found->id, session.id);
	assert_string_equal(found->person_id, "person");
	assert_string_equal(found->acr, session.acr);
	assert_string_equal(found->amr[0], "pop");
	assert_string_equal(found->amr[1], "user");
	assert_null(found->amr[2]);
	assert_int_equal(found->auth_time_s, session.created_s);
	assert_int_equal(found->created_s, session.created_s);
	assert_false(is_there(task, NULL));
	assert_false(is_there(task, ""));
	assert_false(is_there(task, "x EX 1"));
	expect_ok(task, session_end(task, session.cookie));
	assert_false(is_there(task, session.cookie));
	expect_ok(task, session_end(task, session.cookie));
	expect_ok(task, session_end(task, NULL));
}
RECORDS_TEST(round_trip)

static void
fixation(struct stand *s, struct task *task, unsigned index)
{
	struct session old = session_new(task, "person", NULL);
	struct session new = session_new(task, "person", old.cookie);

	(void)s, (void)index;
	assert_string_not_equal(new.cookie, old.cookie);
	assert_string_not_equal(new.id, old.id);
	assert_false(is_there(task, old.cookie));
	assert_true(is_there(task, new.cookie));
	/* a cookie that an attacker planted names nothing, and is not taken over */
	new = session_new(task, "person", "planted");
	assert_string_not_equal(new.cookie, "planted");
	assert_false(is_there(task, "planted"));
}
RECORDS_TEST(fixation)

static void
limits(struct stand *s, struct task *task, unsigned index)
{
	const int64_t idle_s = s->settings.session_idle, absolute_s = s->settings.session_absolute;
	struct session session = session_new(task, "person", NULL);
	const struct session *found;

	(void)index;
	/* looking does not extend */
	clock_move(s, idle_s - 20);
	assert_true(is_there(task, session.cookie));
	clock_move(s, idle_s + 2);
	assert_false(is_there(task, session.cookie));
	clock_move(s, 0);
	assert_false(is_there(task, session.cookie)); /* gone for good */

	/* using does, until the absolute limit */
	session = session_new(task, "person", NULL);
	for (int64_t at_s = 0; at_s < absolute_s - 2; at_s += idle_s - 5) {
		clock_move(s, at_s);
		expect_ok(task, session_find(task, session.cookie, &found));
		assert_non_null(found);
	}
	clock_move(s, absolute_s + 2);
	expect_ok(task, session_find(task, session.cookie, &found));
	assert_null(found);
	clock_move(s, 0);

	/* a clock set back an hour ends nothing */
	session = session_new(task, "person", NULL);
	clock_move(s, -3600);
	assert_true(is_there(task, session.cookie));
	clock_move(s, 0);
}
RECORDS_TEST(limits)

static void
person(struct stand *s, struct task *task, unsigned index)
{
	struct session a = session_new(task, "person", NULL);
	struct session b = session_new(task, "person", NULL);
	struct session other = session_new(task, "other", NULL);
	json_t *sessions;
	int64_t from = 0;

	(void)s, (void)index;
	expect_ok(task, session_list(task, "person", &from, &sessions));
	json_keep(task, sessions);
	assert_int_equal(json_array_size(sessions), 2);
	assert_true(json_has_text(json_object_get(json_array_get(sessions, 0), "amr"), "pop"));

	expect_ok(task, session_forget(task, "other", a.id));
	assert_true(is_there(task, a.cookie));
	expect_ok(task, session_forget(task, "person", a.id));
	assert_false(is_there(task, a.cookie));
	assert_true(is_there(task, b.cookie));
	expect_ok(task, session_forget(task, "person", a.id));

	a = session_new(task, "person", NULL);
	expect_ok(task, session_end_person(task, "person"));
	assert_false(is_there(task, a.cookie));
	assert_false(is_there(task, b.cookie));
	assert_true(is_there(task, other.cookie));
	expect_ok(task, session_list(task, "person", &from, &sessions));
	json_keep(task, sessions);
	assert_int_equal(json_array_size(sessions), 0);
	a = session_new(task, "person", NULL);
	assert_true(is_there(task, a.cookie));
}
RECORDS_TEST(person)

/* More than a page of them: all are listed, found and ended. */
static void
pages(struct stand *s, struct task *task, unsigned index)
{
	const size_t n = 2 * SESSION_PAGE + 1;
	struct session oldest = session_new(task, "crowd", NULL);
	const struct signout signout = {
	    .person_id = "crowd", .session_id = oldest.id, .actor = "person", .why = "test"};
	bool is_live, is_ended;
	int64_t from = 0;
	size_t seen = 0;

	(void)index;
	clock_move(s, 5);
	for (size_t i = 1; i < n; i++)
		session_new(task, "crowd", NULL);
	do {
		json_t *sessions;

		assert_int_equal(from, seen);
		expect_ok(task, session_list(task, "crowd", &from, &sessions));
		seen += json_array_size(json_keep(task, sessions));
	} while (from > 0);
	assert_int_equal(seen, n);
	expect_ok(task, session_is_live(task, "crowd", oldest.id, &is_live));
	assert_true(is_live);
	expect_ok(task, session_is_live(task, "crowd", "no such id", &is_live));
	assert_false(is_live);
	expect_ok(task, signout_person(task, &signout));
	expect_ok(task, session_is_ended(task, oldest.id, &is_ended));
	assert_true(is_ended);
	clock_move(s, 0);
}
RECORDS_TEST(pages)

/* Proving anew who one is goes on with the session. */
static void
kept_id(struct stand *s, struct task *task, unsigned index)
{
	struct session old = session_new(task, "person", NULL);
	struct session new = {.id = old.id, .person_id = "person", .acr = "a", .amr = amr};

	(void)s, (void)index;
	expect_ok(task, session_create(task, &new));
	expect_ok(task, session_end(task, old.cookie));
	assert_string_equal(new.id, old.id);
	assert_string_not_equal(new.cookie, old.cookie);
	assert_false(is_there(task, old.cookie));
	assert_true(is_there(task, new.cookie));
}
RECORDS_TEST(kept_id)

static int64_t
count(struct task *task, const char *text)
{
	struct sql_rows rows;

	expect_ok(task, sql_read(task, (struct sql_statement){text, NULL, 0}, &rows));
	return sql_int(&rows, 0, 0);
}

/* What has been ended stays so, also where Redis did not forget it. */
static void
signed_out(struct stand *s, struct task *task, unsigned index)
{
	struct session a = session_new(task, "person", NULL);
	struct session b = session_new(task, "person", NULL);
	const struct signout signout = {
	    .person_id = "person", .session_id = a.id, .actor = "person", .why = "test"};
	const char *key, *value;
	bool is_ended;

	(void)s, (void)index;
	key = handle_key(task, "s", a.cookie);
	expect_ok(task, redis_get(task, key, &value));
	expect_ok(task, session_is_ended(task, a.id, &is_ended));
	assert_false(is_ended);
	expect_ok(task, session_is_ended(task, NULL, &is_ended));
	assert_false(is_ended);

	expect_ok(task, signout_session(task, &signout));
	assert_false(is_there(task, a.cookie));
	assert_true(is_there(task, b.cookie));
	expect_ok(task, session_is_ended(task, a.id, &is_ended));
	assert_true(is_ended);
	expect_ok(task, redis_put(task, key, value, 60000));
	assert_false(is_there(task, a.cookie));
	expect_ok(task, redis_get(task, key, &value));
	assert_null(value);

	expect_ok(task, signout_session(task, &signout)); /* once is enough */
	assert_int_equal(
	    count(task, "SELECT COUNT(*) FROM audit WHERE event = 'session.ended'"), 1);
	expect_ok(task, signout_person(task, &signout));
	assert_false(is_there(task, b.cookie));
	assert_int_equal(
	    count(task, "SELECT COUNT(*) FROM audit WHERE event = 'session.ended'"), 2);
}
RECORDS_TEST(signed_out)

/* What Redis holds of one session; DESIGN section 6 allows 1 KB with one grant. */
static void
memory(struct stand *s, struct task *task, unsigned index)
{
	static struct redis_script weigh = {
	    .source = "local n = 0\n"
		      "for _, k in ipairs(redis.call('KEYS', KEYS[1] .. '*')) do\n"
		      "  if not string.find(k, 'epoch') then\n"
		      "    n = n + redis.call('MEMORY', 'USAGE', k)\n"
		      "  end\n"
		      "end\n"
		      "return n"};
	const struct redis_call call = {.keys = (const char *const[]){"s", NULL}};
	struct redis_answer answer;

	(void)s, (void)index;
	session_new(task, "0123456789012345678901", NULL);
	expect_ok(task, redis_run(task, &weigh, &call, &answer));
	print_message("one session in Redis: %d bytes\n", (int)answer.integer);
	assert_in_range(answer.integer, 100, 600);
}
RECORDS_TEST(memory)

/* Who signs in for ever fills no task that reads or ends all of it. */
static void
most(struct stand *s, struct task *task, unsigned index)
{
	const char *person = task_printf(task, "busy%u", index);
	struct session newest;
	json_t *page;
	int64_t from = 0;
	size_t n = 0;

	for (int i = 0; i < SESSIONS_MAX + 20; i++)
		session_new(task, person, NULL);
	clock_move(s, 60);
	newest = session_new(task, person, NULL);
	do {
		expect_ok(task, session_list(task, person, &from, &page));
		n += json_array_size(json_keep(task, page));
	} while (from > 0);
	assert_int_equal(n, SESSIONS_MAX);
	assert_true(is_there(task, newest.cookie));
	expect_ok(task, session_end_person(task, person));
	clock_move(s, 0);
}
RECORDS_TEST(most)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    RECORDS_UNIT(round_trip),
	    RECORDS_UNIT(fixation),
	    RECORDS_UNIT(limits),
	    RECORDS_UNIT(person),
	    RECORDS_UNIT(pages),
	    RECORDS_UNIT(kept_id),
	    RECORDS_UNIT(signed_out),
	    RECORDS_UNIT(memory),
	    RECORDS_UNIT(most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
