/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests that wait for their person: user codes, polls, one answer, one claim.
 */
#include "unit/records/fixture.h"

#include "records/pending.h"
#include "store/redis.h"

#include <ctype.h>

RECORDS_STAND

#define LIFE_S     600
#define INTERVAL_S 5

static struct pending
pending_new(struct task *task, const char **ret_device_code)
{
	struct pending pending = {
	    .kind = PENDING_DEVICE,
	    .client_id = "tv",
	    .request = json_of(task, "{\"client_id\": \"tv\", \"scope\": \"openid\"}"),
	    .from_address = "192.0.2.7",
	    .life_s = LIFE_S,
	    .interval_s = INTERVAL_S,
	};

	expect_ok(task, pending_create(task, &pending, ret_device_code));
	return pending;
}

static void
allow(struct task *task, const struct pending *pending)
{
	struct grant grant = {
	    .id = "g1", .client_id = "tv", .person_id = "person", .scope = "openid"};

	expect_ok(task, pending_decide(task, pending, &grant));
}

static void
user_codes(struct stand *s, struct task *task, unsigned index)
{
	const char *code;
	struct pending pending = pending_new(task, &code), *found;
	char typed[32] = "";

	(void)index;
	assert_int_equal(strlen(pending.user_code), 9);
	assert_int_equal(strspn(pending.user_code, "BCDFGHJKLMNPQRSTVWXZ-"), 9);
	assert_int_equal(pending.user_code[4], '-');
	expect_ok(task, pending_by_user_code(task, pending.user_code, &found));
	assert_string_equal(found->mark, pending.mark);
	assert_string_equal(found->from_address, "192.0.2.7");
	assert_string_equal(json_get_text(found->request, "scope"), "openid");
	for (int i = 0; i < 9; i++)
		typed[i] = (char)tolower((unsigned char)pending.user_code[i]);
	typed[4] = ' ';
	expect_ok(task, pending_by_user_code(task, typed, &found));
	assert_non_null(found);

	static const char *const wrong[] = {
	    NULL, "", "-", "BCDF", "BCDF-GHJA", "BCDF-GHJKL", "BCDF_GHJK", "\xc3\x9f"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		expect_ok(task, pending_by_user_code(task, wrong[i], &found));
		assert_null(found);
	}
	clock_move(s, LIFE_S);
	expect_ok(task, pending_by_user_code(task, pending.user_code, &found));
	assert_null(found);
	clock_move(s, 0);
	allow(task, &pending);
	expect_ok(task, pending_by_user_code(task, pending.user_code, &found));
	assert_null(found);
}
RECORDS_TEST(user_codes)

/* Case T60. */
static void
polls(struct stand *s, struct task *task, unsigned index)
{
	const char *code;
	struct pending pending = pending_new(task, &code);
	struct grant grant;

	(void)index;
	expect_fault(
	    task, pending_poll(task, PENDING_DEVICE, code, "tv", &grant), AUTHORIZATION_PENDING);
	expect_fault(task, pending_poll(task, PENDING_DEVICE, code, "tv", &grant), SLOW_DOWN);
	clock_move(s, INTERVAL_S + 1);
	expect_fault(task, pending_poll(task, PENDING_DEVICE, code, "tv", &grant), SLOW_DOWN);
	clock_move(s, INTERVAL_S + 1 + INTERVAL_S + 2 * PENDING_SLOWER_S);
	expect_fault(
	    task, pending_poll(task, PENDING_DEVICE, code, "tv", &grant), AUTHORIZATION_PENDING);
	expect_fault(
	    task, pending_poll(task, PENDING_DEVICE, "unknown", "tv", &grant), INVALID_GRANT);
	expect_fault(task, pending_poll(task, PENDING_DEVICE, "", "tv", &grant), INVALID_GRANT);

	expect_ok(task, pending_poll(task, PENDING_DEVICE, code, "other", &grant));
	assert_string_equal(grant.client_id, "tv");
	assert_null(grant.person_id);
	allow(task, &pending);
	expect_ok(task, pending_poll(task, PENDING_DEVICE, code, "other", &grant));
	assert_null(grant.person_id);
	/* Whoever asked too soon before gets what is there. */
	expect_ok(task, pending_poll(task, PENDING_DEVICE, code, "tv", &grant));
	assert_string_equal(grant.person_id, "person");
	assert_string_equal(grant.id, "g1");
	expect_fault(task, pending_poll(task, PENDING_DEVICE, code, "tv", &grant), INVALID_GRANT);
	expect_ok(task, pending_return(task, PENDING_DEVICE, code, &grant));
	expect_ok(task, pending_poll(task, PENDING_DEVICE, code, "tv", &grant));
	assert_string_equal(grant.person_id, "person");
	clock_move(s, 0);
}
RECORDS_TEST(polls)

static void
answers(struct stand *s, struct task *task, unsigned index)
{
	const char *code;
	struct pending pending = pending_new(task, &code);
	struct grant grant = {.id = "g2", .client_id = "tv"};

	(void)index;
	expect_ok(task, pending_decide(task, &pending, NULL));
	expect_fault(task, pending_decide(task, &pending, &grant), CONFLICT);
	expect_fault(
	    task, pending_poll(task, PENDING_DEVICE, code, "tv", &grant), DENIED_BY_PERSON);

	pending = pending_new(task, &code);
	clock_move(s, LIFE_S);
	expect_fault(task, pending_decide(task, &pending, &grant), CONFLICT);
	expect_fault(task, pending_poll(task, PENDING_DEVICE, code, "tv", &grant), EXPIRED_TOKEN);
	clock_move(s, 0);
	allow(task, &pending);
	clock_move(s, LIFE_S);
	expect_fault(task, pending_poll(task, PENDING_DEVICE, code, "tv", &grant), EXPIRED_TOKEN);
	clock_move(s, 0);
}
RECORDS_TEST(answers)

/* Nothing that opens the request stands in Redis. */
static void
dump(struct stand *s, struct task *task, unsigned index)
{
	static struct redis_script all = {
	    .source = "local text = ''\n"
		      "for _, k in ipairs(redis.call('KEYS', '*:d*:*')) do\n"
		      "  text = text .. k\n"
		      "  if redis.call('TYPE', k).ok == 'hash' then\n"
		      "    text = text .. table.concat(redis.call('HGETALL', k), ' ')\n"
		      "  end\n"
		      "end\n"
		      "return text"};
	struct redis_answer answer;
	const char *code;

	(void)s, (void)index;
	pending_new(task, &code);
	expect_ok(task, redis_run(task, &all, &(struct redis_call){0}, &answer));
	assert_non_null(strstr(answer.text, "192.0.2.7"));
	assert_null(strstr(answer.text, code));
}
RECORDS_TEST(dump)

static struct pending
ciba_new(struct task *task, const char *person_id, const char **ret_code)
{
	struct pending pending = {
	    .kind = PENDING_CIBA,
	    .client_id = "bank",
	    .request = json_of(task, "{\"client_id\": \"bank\", \"scope\": \"openid\"}"),
	    .person_id = person_id,
	    .binding_message = "4711",
	    .notify_token = "token",
	    .life_s = LIFE_S,
	    .interval_s = INTERVAL_S,
	};

	expect_ok(task, pending_create(task, &pending, ret_code));
	return pending;
}

static void
lists(struct stand *s, struct task *task, unsigned index)
{
	const char *code, *other;
	struct pending first = ciba_new(task, "sophea", &code), **list, *found;
	struct pending more = {.kind = PENDING_CIBA,
	    .client_id = "bank",
	    .request = first.request,
	    .person_id = "sophea",
	    .life_s = LIFE_S};
	struct grant grant = {.id = "g3", .client_id = "bank", .person_id = "sophea"};

	(void)index;
	ciba_new(task, "bopha", &other);
	expect_ok(task, pending_list(task, "sophea", &list));
	assert_non_null(list[0]);
	assert_null(list[1]);
	assert_string_equal(list[0]->mark, first.mark);
	assert_string_equal(list[0]->binding_message, "4711");
	assert_int_equal(list[0]->kind, PENDING_CIBA);
	expect_ok(task, pending_list(task, "nobody", &list));
	assert_null(list[0]);

	for (int i = 1; i < s->settings.ciba_waiting; i++)
		expect_ok(task, pending_create(task, &more, &other));
	expect_fault(task, pending_create(task, &more, &other), TOO_MANY_REQUESTS);
	/* one kind is not the other */
	expect_fault(task, pending_poll(task, PENDING_DEVICE, code, "bank", &grant), INVALID_GRANT);
	expect_ok(task, pending_find_decided(task, first.mark, &found));
	assert_null(found);
	expect_ok(task, pending_decide(task, &first, &grant));
	expect_ok(task, pending_find_decided(task, first.mark, &found));
	assert_string_equal(found->code, code);
	assert_string_equal(found->notify_token, "token");
	expect_ok(task, pending_create(task, &more, &other));
	expect_ok(task, pending_poll(task, PENDING_CIBA, code, "bank", &grant));
	assert_string_equal(grant.person_id, "sophea");

	clock_move(s, LIFE_S);
	expect_ok(task, pending_list(task, "sophea", &list));
	assert_null(list[0]);
	expect_ok(task, pending_create(task, &more, &other));
	clock_move(s, 0);
}
RECORDS_TEST(lists)

static struct {
	char code[64];
	unsigned n_claimed;
} race;

static void
race_begin(struct stand *s, struct task *task, unsigned index)
{
	const char *code;
	struct pending pending = pending_new(task, &code);

	(void)s, (void)index;
	allow(task, &pending);
	race.n_claimed = 0;
	snprintf(race.code, sizeof(race.code), "%s", code);
}

static void
race_run(struct stand *s, struct task *task, unsigned index)
{
	struct grant grant;
	int r = pending_poll(task, PENDING_DEVICE, race.code, "tv", &grant);

	(void)s, (void)index;
	if (r == 0)
		race.n_claimed++;
	else
		expect_fault(task, r, INVALID_GRANT);
}

/* Case T61, I1. */
static void
test_race(void **state)
{
	(void)state;
	stand_redis(&stand, race_begin);
	stand_run(&stand, &(struct stand_run){.fn = race_run, .n = 64, .use_redis = true});
	assert_int_equal(race.n_claimed, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    RECORDS_UNIT(user_codes),
	    RECORDS_UNIT(polls),
	    RECORDS_UNIT(answers),
	    RECORDS_UNIT(dump),
	    RECORDS_UNIT(lists),
	    RECORDS_UNIT(race),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
