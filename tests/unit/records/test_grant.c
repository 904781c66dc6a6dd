/* SPDX-License-Identifier: Apache-2.0
 *
 * Codes and tokens: used once, reuse kills, revocation lasts (cases T01, T03, T09, U12).
 */
#include "unit/records/fixture.h"

#include "core/fiber.h"
#include "records/grant.h"
#include "records/revocation.h"
#include "store/redis.h"
#include "store/sql.h"

RECORDS_STAND

static const char *const methods[] = {"pop", "user", NULL};
static const char *const none[] = {NULL};
static const char *const name_and_email[] = {"name", "email", NULL};

static const char *
code_new(struct task *task, struct grant *grant)
{
	const char *code;

	*grant = (struct grant){
	    .client_id = "rp1",
	    .person_id = "person",
	    .session_id = "session",
	    .consent_id = "consent-of-this-test",
	    .purpose_id = "sign-in",
	    .redirect_uri = "https://rp1.test/cb?a=\"1\"",
	    .code_challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
	    .nonce = "n|\\\"\xe1\x9e\x91",
	    .scope = "openid profile",
	    .acr = "urn:dvara:loa:high",
	    .amr = methods,
	    .auth_time_s = 1700000000,
	    .id_token_claims = none,
	    .userinfo_claims = name_and_email,
	};
	expect_ok(task, grant_code_issue(task, grant, &code));
	return code;
}

static void
round_trip(struct stand *s, struct task *task, unsigned index)
{
	struct grant grant, back;
	const char *code = code_new(task, &grant);

	(void)s, (void)index;
	assert_int_equal(strlen(code), 43);
	assert_int_equal(strlen(grant.id), 22);
	expect_ok(task, grant_code_redeem(task, code, &back));
	assert_string_equal(back.id, grant.id);
	assert_string_equal(back.client_id, "rp1");
	assert_string_equal(back.redirect_uri, grant.redirect_uri);
	assert_string_equal(back.code_challenge, grant.code_challenge);
	assert_string_equal(back.nonce, grant.nonce);
	assert_null(back.resource);
	assert_true(names_are_equal(back.amr, grant.amr));
	assert_true(names_are_equal(back.userinfo_claims, grant.userinfo_claims));
	assert_int_equal(names_count(back.id_token_claims), 0);
	assert_int_equal(back.auth_time_s, 1700000000);
	assert_int_equal(back.issued_s, grant.issued_s);
}
RECORDS_TEST(round_trip)

static void
reuse(struct stand *s, struct task *task, unsigned index)
{
	struct grant_token token = {.jti = "jti", .token_hash = "hash"}, back_token;
	struct grant grant, redeemed, *back;
	const char *code = code_new(task, &grant);
	bool is_revoked;

	(void)s, (void)index;
	expect_ok(task, grant_code_redeem(task, code, &redeemed));
	token.exp_s = redeemed.issued_s + 300;
	expect_ok(task, grant_token_keep(task, &redeemed, &token));
	expect_ok(task, grant_token_find(task, "hash", &back, &back_token));
	assert_non_null(back);
	assert_string_equal(back->id, grant.id);
	assert_string_equal(back->consent_id, grant.consent_id);
	assert_string_equal(back->scope, "openid profile");
	assert_true(names_are_equal(back->userinfo_claims, grant.userinfo_claims));
	assert_null(back->code_challenge);
	assert_string_equal(back_token.jti, "jti");
	assert_int_equal(back_token.exp_s, token.exp_s);
	expect_ok(task, revocation_has(task, grant.id, &is_revoked));
	assert_false(is_revoked);

	expect_fault(task, grant_code_redeem(task, code, &redeemed), INVALID_GRANT);
	expect_ok(task, revocation_has(task, grant.id, &is_revoked));
	assert_true(is_revoked);
	expect_ok(task, grant_token_find(task, "hash", &back, &back_token));
	assert_null(back);
	expect_fault(task, grant_code_redeem(task, code, &redeemed), INVALID_GRANT);
}
RECORDS_TEST(reuse)

/* Redis outlives an update: what the release before kept, with both ids among the members. */
static void
kept_before(struct stand *s, struct task *task, unsigned index)
{
	struct grant_token token = {.jti = "jti", .token_hash = "before"}, back_token;
	struct grant grant, *back;
	const char *value;

	(void)s, (void)index;
	code_new(task, &grant);
	token.exp_s = grant.issued_s + 300;
	expect_ok(task, grant_token_keep(task, &grant, &token));
	expect_ok(task, redis_get(task, "t:before", &value));
	assert_null(strstr(strstr(value, grant.consent_id) + 1, grant.consent_id));
	value = task_printf(task, "%sg22:%s,n20:%s,i10:%lld,", value, grant.id, grant.consent_id,
	    (long long)grant.issued_s);
	expect_ok(task, redis_put(task, "t:before", value, 60000));
	expect_ok(task, grant_token_find(task, "before", &back, &back_token));
	assert_string_equal(back->id, grant.id);
	assert_string_equal(back->consent_id, grant.consent_id);
	assert_string_equal(back->scope, grant.scope);
	assert_int_equal(back_token.exp_s, token.exp_s);
}
RECORDS_TEST(kept_before)

static void
given_back(struct stand *s, struct task *task, unsigned index)
{
	struct grant grant, redeemed, again;
	const char *code = code_new(task, &grant);

	(void)index;
	expect_ok(task, grant_code_redeem(task, code, &redeemed));
	expect_ok(task, grant_code_return(task, code, &redeemed));
	expect_ok(task, grant_code_redeem(task, code, &again));
	assert_string_equal(again.id, grant.id);
	assert_string_equal(again.code_challenge, grant.code_challenge);
	assert_int_equal(again.issued_s, grant.issued_s);

	/* not one that has ended meanwhile, and never another's */
	expect_ok(task, grant_code_return(task, "another", &again));
	expect_fault(task, grant_code_redeem(task, "another", &again), INVALID_GRANT);
	clock_move(s, 61);
	expect_ok(task, grant_code_return(task, code, &again));
	expect_fault(task, grant_code_redeem(task, code, &again), INVALID_GRANT);
}
RECORDS_TEST(given_back)

static void
strangers(struct stand *s, struct task *task, unsigned index)
{
	char long_code[10241];
	struct grant grant, *found;
	struct grant_token token;

	(void)s, (void)index;
	memset(long_code, 'a', sizeof(long_code) - 1);
	long_code[sizeof(long_code) - 1] = '\0';
	expect_fault(task, grant_code_redeem(task, NULL, &grant), INVALID_GRANT);
	expect_fault(task, grant_code_redeem(task, "", &grant), INVALID_GRANT);
	expect_fault(task, grant_code_redeem(task, long_code, &grant), INVALID_GRANT);
	expect_fault(task, grant_code_redeem(task, "a\r\nFLUSHALL\r\n", &grant), INVALID_GRANT);
	expect_fault(
	    task, grant_code_redeem(task, "\")redis.call(\"FLUSHALL", &grant), INVALID_GRANT);
	expect_ok(task, grant_token_find(task, "none", &found, &token));
	assert_null(found);
}
RECORDS_TEST(strangers)

static void
ages(struct stand *s, struct task *task, unsigned index)
{
	struct grant_token token = {.jti = "old", .token_hash = "hash"};
	struct grant grant, *found;
	const char *code = code_new(task, &grant);

	(void)index;
	token.exp_s = grant.issued_s + 300;
	expect_ok(task, grant_token_keep(task, &grant, &token));
	clock_move(s, 40);
	expect_ok(task, grant_code_redeem(task, code, &grant));

	clock_move(s, 0);
	code = code_new(task, &grant);
	clock_move(s, 62);
	expect_fault(task, grant_code_redeem(task, code, &grant), INVALID_GRANT);
	clock_move(s, 298);
	expect_ok(task, grant_token_find(task, "hash", &found, &token));
	assert_non_null(found);
	clock_move(s, 301);
	expect_ok(task, grant_token_find(task, "hash", &found, &token));
	assert_null(found);
	clock_move(s, 0);
}
RECORDS_TEST(ages)

static struct {
	const char *code;
	char grant_id[32];
	unsigned n_redeemed, n_refused;
} race;

static void
race_begin(struct stand *s, struct task *task, unsigned index)
{
	struct grant grant;

	(void)s, (void)index;
	race.code = strdup(code_new(task, &grant));
	snprintf(race.grant_id, sizeof(race.grant_id), "%s", grant.id);
	race.n_redeemed = race.n_refused = 0;
}

static void
race_run(struct stand *s, struct task *task, unsigned index)
{
	struct grant grant;
	int r = grant_code_redeem(task, race.code, &grant);

	(void)s, (void)index;
	if (r == 0)
		race.n_redeemed++;
	else
		expect_fault(task, r, INVALID_GRANT), race.n_refused++;
}

static void
race_end(struct stand *s, struct task *task, unsigned index)
{
	struct sql_rows rows;
	bool is_revoked;

	(void)s, (void)index;
	expect_ok(task, revocation_has(task, race.grant_id, &is_revoked));
	assert_true(is_revoked);
	expect_ok(task, sql_read(task, SQL("SELECT COUNT(*) FROM revocation"), &rows));
	assert_int_equal(sql_int(&rows, 0, 0), 1);
	expect_ok(task,
	    sql_read(task, SQL("SELECT COUNT(*) FROM audit WHERE event = 'grant.revoked'"), &rows));
	assert_int_equal(sql_int(&rows, 0, 0), 1);
}

static void
test_race(void **state)
{
	(void)state;
	stand_redis(&stand, race_begin);
	stand_run(&stand, &(struct stand_run){.fn = race_run, .n = 64, .use_redis = true});
	assert_int_equal(race.n_redeemed, 1);
	assert_int_equal(race.n_refused, 63);
	stand_redis(&stand, race_end);
	free((void *)(uintptr_t)race.code);
}

static void
epoch(struct stand *s, struct task *task, unsigned index)
{
	struct grant grant;
	const char *code = code_new(task, &grant), *value;
	struct redis_answer answer;
	static struct redis_script forget = {
	    .source = "for _, k in ipairs(redis.call('KEYS', '*epoch*')) do\n"
		      "  redis.call('DEL', k)\n"
		      "end\n"
		      "return 1"};

	(void)s, (void)index, (void)value;
	race.code = strdup(code);
	expect_ok(task, redis_run(task, &forget, &(struct redis_call){0}, &answer));
}

static void
epoch_after(struct stand *s, struct task *task, unsigned index)
{
	struct grant grant;

	(void)s, (void)index;
	expect_fault(task, grant_code_redeem(task, race.code, &grant), INVALID_GRANT);
	expect_ok(task, grant_code_redeem(task, code_new(task, &grant), &grant));
}

static void
test_epoch(void **state)
{
	(void)state;
	stand_redis(&stand, epoch);
	stand_redis(&stand, epoch_after); /* another connection: the epoch is read anew */
	free((void *)(uintptr_t)race.code);
}

/* Another process revoked: the mark in Redis tells at once, SQL within a second. */
static void
elsewhere(struct stand *s, struct task *task, unsigned index)
{
	struct grant_token token = {.jti = "there", .token_hash = "hash"};
	struct grant grant, *found;
	bool is_revoked;

	(void)index;
	code_new(task, &grant);
	token.exp_s = grant.issued_s + 300;
	expect_ok(task, grant_token_keep(task, &grant, &token));
	sql_tamper(s, task_printf(task,
			  "UPDATE generation SET number = number + 1 WHERE kind = 'revocation';"
			  "INSERT INTO revocation SELECT number, '%s', 'test', 1, 99999999999"
			  " FROM generation WHERE kind = 'revocation'",
			  grant.id));
	task->deadline_ms += 2000;
	expect_ok(task, fiber_sleep(task, 1000));
	expect_ok(task, revocation_has(task, grant.id, &is_revoked));
	assert_true(is_revoked);
	expect_ok(task, grant_token_find(task, "hash", &found, &token));
	assert_null(found);

	code_new(task, &grant);
	token.token_hash = "other";
	expect_ok(task, grant_token_keep(task, &grant, &token));
	expect_ok(task, redis_put(task, task_printf(task, "rv:%s", grant.id), "", 10000));
	expect_ok(task, grant_token_find(task, "other", &found, &token));
	assert_null(found);
}
RECORDS_TEST(elsewhere)

/* What no token can outlive is forgotten, what one can is not. */
static void
forgotten(struct stand *s, struct task *task, unsigned index)
{
	struct sql_rows rows;

	(void)index;
	expect_ok(task, grant_revoke(task, "0123456789012345678901", "test"));
	clock_move(s, s->settings.tokens_access + s->settings.tokens_code);
	expect_ok(task, grant_revoke(task, "1123456789012345678901", "test"));
	expect_ok(task, sql_read(task, SQL("SELECT COUNT(*) FROM revocation"), &rows));
	assert_int_equal(sql_int(&rows, 0, 0), 2);
	clock_move(s, 86400);
	expect_ok(task, grant_revoke(task, "2123456789012345678901", "test"));
	expect_ok(
	    task, sql_read(task, SQL("SELECT MIN(number), MAX(number) FROM revocation"), &rows));
	assert_int_equal(sql_int(&rows, 0, 0), 3);
	assert_int_equal(sql_int(&rows, 0, 1), 3);
	clock_move(s, 0);
}
RECORDS_TEST(forgotten)

static void
without_redis(struct stand *s, struct task *task, unsigned index)
{
	struct grant grant;
	const char *code;
	bool is_revoked;

	(void)s, (void)index;
	grant = (struct grant){.client_id = "rp1"};
	expect_fault(task, grant_code_issue(task, &grant, &code), STORE_AWAY);
	expect_fault(task, grant_code_redeem(task, "some code", &grant), STORE_AWAY);
	expect_ok(task, grant_revoke(task, "0123456789012345678901", "test"));
	expect_ok(task, revocation_has(task, "0123456789012345678901", &is_revoked));
	assert_true(is_revoked);
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
	    RECORDS_UNIT(reuse),
	    RECORDS_UNIT(kept_before),
	    RECORDS_UNIT(given_back),
	    RECORDS_UNIT(strangers),
	    RECORDS_UNIT(ages),
	    RECORDS_UNIT(race),
	    RECORDS_UNIT(epoch),
	    RECORDS_UNIT(elsewhere),
	    RECORDS_UNIT(forgotten),
	    RECORDS_UNIT(without_redis),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
