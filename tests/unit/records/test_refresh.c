/* SPDX-License-Identifier: Apache-2.0
 *
 * Refresh tokens: one success however many come, reuse ends the family, an end lasts (cases T30 to
 * T38, U12).
 */
#include "unit/records/fixture.h"

#include "core/clock.h"
#include "records/consent.h"
#include "core/fiber.h"
#include "records/refresh.h"
#include "records/revocation.h"
#include "store/sql.h"

/* What is revoked is known to the process: each test has grants of its own. */
RECORDS_STAND

static const char *const name_alone[] = {"name", NULL};
static const char *const name_and_email[] = {"name", "email", NULL};
static const char *const none[] = {NULL};

#define DAY_S 86400

static struct grant
grant_of(const char *id, const char *scope)
{
	return (struct grant){
	    .id = id,
	    .client_id = "rp1",
	    .person_id = "person",
	    .session_id = "session",
	    .consent_id = "consent",
	    .purpose_id = "sign-in",
	    .redirect_uri = "https://rp1.test/cb",
	    .code_challenge = "challenge",
	    .nonce = "nonce",
	    .scope = scope,
	    .auth_time_s = clock_now_s(),
	    .id_token_claims = name_alone,
	    .userinfo_claims = name_and_email,
	};
}

static int
begin_step(struct sql_tx *tx, void *refresh)
{
	return refresh_begin(tx, refresh);
}

static struct refresh
begun(struct task *task, const char *grant_id, const char *scope)
{
	struct grant grant = grant_of(grant_id, scope);
	struct refresh refresh;

	refresh_new(task, &grant, &refresh);
	expect_ok(task, sql_write(task, begin_step, &refresh));
	return refresh;
}

static const struct refresh *
found(struct task *task, const char *token)
{
	const struct refresh *refresh;

	expect_ok(task, refresh_find(task, token, &refresh));
	return refresh;
}

struct using
{
	const struct refresh *refresh;
	const char *next;
	bool is_used;
};

static int
use_step(struct sql_tx *tx, void *arg)
{
	struct using *using = arg;

	return refresh_use(tx, using->refresh, using->next, &using->is_used);
}

static bool
used(struct task *task, const struct refresh *refresh, const char *next)
{
	struct using using = {refresh, next, false};

	expect_ok(task, sql_write(task, use_step, &using));
	return using.is_used;
}

static bool
is_revoked(struct task *task, const char *id)
{
	bool has;

	expect_ok(task, revocation_has(task, id, &has));
	return has;
}

static void
round_trip(struct stand *s, struct task *task, unsigned index)
{
	struct refresh first = begun(task, "round_trip-1", "openid offline_access");
	const struct refresh *back = found(task, first.token);

	(void)s, (void)index;
	assert_int_equal(strlen(first.token), 65);
	assert_non_null(back);
	assert_true(back->is_current);
	assert_true(back->is_offline);
	assert_string_equal(back->grant.id, "round_trip-1");
	assert_string_equal(back->grant.scope, "openid offline_access");
	assert_string_equal(back->grant.session_id, "session");
	assert_true(names_are_equal(back->grant.id_token_claims, first.grant.id_token_claims));
	assert_true(names_are_equal(back->grant.userinfo_claims, first.grant.userinfo_claims));
	assert_int_equal(back->until_s, back->issued_s + 30 * DAY_S);
	/* what belonged to the code alone */
	assert_null(back->grant.nonce);
	assert_null(back->grant.redirect_uri);
	assert_null(back->grant.code_challenge);
}
RECORDS_TEST(round_trip)

/* A dump of the database opens nothing. */
static void
hashes(struct stand *s, struct task *task, unsigned index)
{
	struct refresh first = begun(task, "hashes-1", "openid");
	struct sql_rows rows;

	(void)s, (void)index;
	expect_ok(task, sql_read(task, SQL("SELECT id, secret, kept FROM refresh"), &rows));
	assert_int_equal(rows.n_rows, 1);
	for (size_t i = 0; i < 3; i++) {
		assert_null(strstr(sql_text(&rows, 0, i), task_dup_n(task, first.token, 22)));
		assert_null(strstr(sql_text(&rows, 0, i), first.token + 22));
	}
}
RECORDS_TEST(hashes)

static void
strangers(struct stand *s, struct task *task, unsigned index)
{
	struct refresh first = begun(task, "strangers-1", "openid");
	char other[66];

	(void)s, (void)index;
	snprintf(other, sizeof(other), "%s", first.token);
	other[3] = other[3] == 'A' ? 'B' : 'A';
	assert_null(found(task, other));
	assert_null(found(task, ""));
	assert_null(found(task, "a.b.c"));
	assert_null(found(task, task_printf(task, "%s ", first.token)));
	assert_null(found(task, task_printf(task, "%.64s", first.token)));
	assert_null(found(task, task_printf(task, "%.64s\n", first.token)));
	assert_null(
	    found(task, "' OR 1=1; DROP TABLE refresh; -- aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
	assert_non_null(found(task, first.token));
}
RECORDS_TEST(strangers)

static void
rotation(struct stand *s, struct task *task, unsigned index)
{
	struct refresh first = begun(task, "rotation-1", "openid");
	const char *second = refresh_renew(task, &first);
	const struct refresh *old;

	(void)s, (void)index;
	assert_memory_equal(second, first.token, 22);
	assert_string_not_equal(second, first.token);
	assert_true(used(task, &first, second));
	assert_true(found(task, second)->is_current);
	old = found(task, first.token);
	assert_false(old->is_current);
	assert_false(used(task, old, refresh_renew(task, old)));
	assert_true(found(task, second)->is_current);

	expect_fault(task, refresh_reused(task, old), INVALID_GRANT);
	assert_null(found(task, first.token));
	assert_null(found(task, second));
	assert_true(is_revoked(task, "rotation-1"));
}
RECORDS_TEST(rotation)

/* T31: who authenticates uses the same again, as often as it likes. */
static void
same_again(struct stand *s, struct task *task, unsigned index)
{
	struct refresh first = begun(task, "same_again-1", "openid");

	(void)s, (void)index;
	for (int i = 0; i < 3; i++)
		assert_true(used(task, found(task, first.token), first.token));
	assert_true(found(task, first.token)->is_current);
}
RECORDS_TEST(same_again)

static void
ages(struct stand *s, struct task *task, unsigned index)
{
	struct refresh session = begun(task, "ages-1", "openid");
	struct refresh offline = begun(task, "ages-2", "openid offline_access");

	(void)index;
	clock_move(s, 12 * 3600 - 20);
	assert_non_null(found(task, session.token));
	clock_move(s, 12 * 3600 + 2);
	assert_null(found(task, session.token));
	for (int day = 10; day < 30; day += 10) {
		clock_move(s, day * DAY_S);
		assert_true(used(task, found(task, offline.token), offline.token));
	}
	clock_move(s, 30 * DAY_S + 2);
	assert_null(found(task, offline.token));

	clock_move(s, 0);
	offline = begun(task, "ages-3", "openid offline_access");
	clock_move(s, 14 * DAY_S - 20);
	assert_non_null(found(task, offline.token));
	clock_move(s, 14 * DAY_S + 2);
	assert_null(found(task, offline.token));
	clock_move(s, 0);
}
RECORDS_TEST(ages)

/* What has passed its day is dropped when another begins. */
static void
forgotten(struct stand *s, struct task *task, unsigned index)
{
	struct sql_rows rows;

	(void)index;
	begun(task, "forgotten-1", "openid");
	clock_move(s, 2 * DAY_S);
	begun(task, "forgotten-2", "openid");
	expect_ok(task, sql_read(task, SQL("SELECT grant_id FROM refresh"), &rows));
	assert_int_equal(rows.n_rows, 1);
	assert_string_equal(sql_text(&rows, 0, 0), "forgotten-2");
	clock_move(s, 0);
}
RECORDS_TEST(forgotten)

/* T01: the code was used twice between its claim and the first token. */
static void
revoked_before(struct stand *s, struct task *task, unsigned index)
{
	struct grant grant = grant_of("revoked_be-1", "openid");
	struct refresh refresh;

	(void)s, (void)index;
	expect_ok(task, grant_revoke(task, "revoked_be-1", "code used twice"));
	refresh_new(task, &grant, &refresh);
	expect_ok(task, sql_write(task, begin_step, &refresh));
	assert_null(found(task, refresh.token));
}
RECORDS_TEST(revoked_before)

/* U12: the grant's end is the family's. */
static void
grant_ends(struct stand *s, struct task *task, unsigned index)
{
	struct refresh one = begun(task, "grant_ends-1", "openid offline_access");
	struct refresh two = begun(task, "grant_ends-2", "openid offline_access");

	(void)s, (void)index;
	expect_ok(task, grant_revoke(task, "grant_ends-1", "test"));
	assert_null(found(task, one.token));
	assert_non_null(found(task, two.token));
}
RECORDS_TEST(grant_ends)

static int
session_step(struct sql_tx *tx, void *arg)
{
	return refresh_end_session(tx, arg);
}

static int
client_step(struct sql_tx *tx, void *arg)
{
	return refresh_end_client(tx, arg);
}

/* L05: what is not offline dies with its session, and its access tokens too. */
static void
session_ends(struct stand *s, struct task *task, unsigned index)
{
	struct refresh session = begun(task, "session_en-1", "openid");
	struct refresh offline = begun(task, "session_en-2", "openid offline_access");
	char name[] = "session";

	(void)s, (void)index;
	expect_ok(task, sql_write(task, session_step, name));
	assert_null(found(task, session.token));
	assert_non_null(found(task, offline.token));
	/* without revocation_tell() a process knows of it when it reads again */
	expect_ok(task, fiber_sleep(task, 1000));
	assert_true(is_revoked(task, "session_en-1"));
	assert_false(is_revoked(task, "session_en-2"));
}
RECORDS_TEST(session_ends)

static void
client_ends(struct stand *s, struct task *task, unsigned index)
{
	struct refresh one;
	struct sql_rows rows;
	char name[] = "rp1";

	(void)s, (void)index;
	for (int i = 0; i < 1200; i++)
		one = begun(task, task_printf(task, "client_end-%d", i), "openid offline_access");
	expect_ok(task, sql_write(task, client_step, name));
	assert_null(found(task, one.token));
	expect_ok(task, sql_read(task, SQL("SELECT COUNT(*) FROM revocation"), &rows));
	assert_int_equal(sql_int(&rows, 0, 0), 1200);
}
RECORDS_TEST(client_ends)

/* S07: a consent withdrawn takes what was given under one before it as well, and a new one does
 * not bring it back. */
static void
consent_ends(struct stand *s, struct task *task, unsigned index)
{
	struct refresh before = begun(task, "consent_en-1", "openid offline_access");
	struct consent consent = {
	    .person_id = "person",
	    .client_id = "rp1",
	    .purpose_id = "sign-in",
	    .purpose_version = "1",
	    .asked = none,
	    .allowed = none,
	    .is_offline = true,
	    .until_s = clock_now_s() + 1000,
	};
	const struct consent *back;

	(void)s, (void)index;
	expect_ok(task, consent_give(task, &consent));
	expect_ok(task, consent_by_id(task, consent.id, &back));
	assert_true(back->is_offline);
	expect_ok(task, consent_withdraw(task, consent.id, "person"));
	assert_null(found(task, before.token));
	consent.id = NULL;
	expect_ok(task, consent_give(task, &consent));
	assert_null(found(task, before.token));
}
RECORDS_TEST(consent_ends)

static struct {
	struct refresh refresh;
	unsigned n_used;
} race;

static void
race_begin(struct stand *s, struct task *task, unsigned index)
{
	struct refresh refresh = begun(task, "grant-1", "openid");

	(void)s, (void)index;
	race.refresh.token = strdup(refresh.token);
	race.n_used = 0;
}

static void
race_run(struct stand *s, struct task *task, unsigned index)
{
	(void)s, (void)index;
	race.n_used += used(task, &race.refresh, refresh_renew(task, &race.refresh));
}

static void
test_race(void **state)
{
	(void)state;
	stand_sql(&stand, race_begin);
	stand_run(&stand, &(struct stand_run){.fn = race_run, .n = 64});
	assert_int_equal(race.n_used, 1);
	free((void *)(uintptr_t)race.refresh.token);
}

/* Redis is not needed for any of it. */
static void
without_redis(struct stand *s, struct task *task, unsigned index)
{
	struct refresh refresh = begun(task, "without_re-1", "openid");

	(void)s, (void)index;
	assert_true(used(task, found(task, refresh.token), refresh.token));
}

static void
test_without_redis(void **state)
{
	(void)state;
	stand_redis_stop(&stand, SIGKILL);
	stand_redis(&stand, without_redis);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    RECORDS_UNIT(round_trip),
	    RECORDS_UNIT(hashes),
	    RECORDS_UNIT(strangers),
	    RECORDS_UNIT(rotation),
	    RECORDS_UNIT(same_again),
	    RECORDS_UNIT(ages),
	    RECORDS_UNIT(forgotten),
	    RECORDS_UNIT(revoked_before),
	    RECORDS_UNIT(grant_ends),
	    RECORDS_UNIT(session_ends),
	    RECORDS_UNIT(client_ends),
	    RECORDS_UNIT(consent_ends),
	    RECORDS_UNIT(race),
	    RECORDS_UNIT(without_redis),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
