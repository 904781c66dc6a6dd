/* SPDX-License-Identifier: Apache-2.0
 *
 * Credential offers: five tries, one redemption.
 */
#include "unit/records/fixture.h"

#include "records/offer.h"
#include "store/redis.h"

RECORDS_STAND

static struct offer
offer_new(struct task *task)
{
	struct offer offer = {.person_id = "person", .configurations = json_of(task, "[\"pid\"]")};

	expect_ok(task, offer_create(task, &offer));
	return offer;
}

static const char *
wrong(const struct offer *offer)
{
	return strcmp(offer->tx_code, "000000") == 0 ? "000001" : "000000";
}

static void
life(struct stand *s, struct task *task, unsigned index)
{
	struct offer offer = offer_new(task), redeemed, *found;

	(void)index;
	assert_int_equal(strlen(offer.tx_code), OFFER_TX_CODE_SIZE);
	assert_string_not_equal(offer.handle, offer.code);
	for (int i = 0; i < 2; i++) {
		expect_ok(task, offer_find(task, offer.handle, &found));
		assert_non_null(found);
		assert_string_equal(found->code, offer.code);
		assert_null(found->tx_code);
		assert_true(json_has_text(found->configurations, "pid"));
	}
	expect_ok(task, offer_find(task, offer.code, &found));
	assert_null(found);
	expect_fault(task, offer_redeem(task, offer.code, NULL, &redeemed), INVALID_REQUEST);
	expect_fault(task, offer_redeem(task, offer.code, wrong(&offer), &redeemed), INVALID_GRANT);
	expect_fault(
	    task, offer_redeem(task, offer.handle, offer.tx_code, &redeemed), INVALID_GRANT);
	expect_fault(task, offer_redeem(task, NULL, offer.tx_code, &redeemed), INVALID_GRANT);
	expect_ok(task, offer_redeem(task, offer.code, offer.tx_code, &redeemed));
	assert_string_equal(redeemed.person_id, "person");
	assert_true(json_has_text(redeemed.configurations, "pid"));
	expect_fault(task, offer_redeem(task, offer.code, offer.tx_code, &redeemed), INVALID_GRANT);
	expect_ok(task, offer_find(task, offer.handle, &found));
	assert_null(found);

	offer = offer_new(task);
	clock_move(s, s->settings.issue_offer + 2);
	expect_ok(task, offer_find(task, offer.handle, &found));
	assert_null(found);
	expect_fault(task, offer_redeem(task, offer.code, offer.tx_code, &redeemed), INVALID_GRANT);
	clock_move(s, 0);
}
RECORDS_TEST(life)

static void
tries(struct stand *s, struct task *task, unsigned index)
{
	struct offer offer = offer_new(task), redeemed;

	(void)s, (void)index;
	for (int i = 0; i < OFFER_TRIES - 1; i++)
		expect_fault(
		    task, offer_redeem(task, offer.code, wrong(&offer), &redeemed), INVALID_GRANT);
	expect_ok(task, offer_redeem(task, offer.code, offer.tx_code, &redeemed));

	offer = offer_new(task);
	for (int i = 0; i < OFFER_TRIES; i++)
		expect_fault(
		    task, offer_redeem(task, offer.code, wrong(&offer), &redeemed), INVALID_GRANT);
	expect_fault(task, offer_redeem(task, offer.code, offer.tx_code, &redeemed), INVALID_GRANT);
}
RECORDS_TEST(tries)

/* Nothing that opens the offer stands in Redis. */
static void
dump(struct stand *s, struct task *task, unsigned index)
{
	static struct redis_script all = {.source =
					      "local text = ''\n"
					      "for _, k in ipairs(redis.call('KEYS', '*:o:*')) do\n"
					      "  text = text .. k .. redis.call('GET', k)\n"
					      "end\n"
					      "return text"};
	struct offer offer = offer_new(task);
	struct redis_answer answer;

	(void)s, (void)index;
	expect_ok(task, redis_run(task, &all, &(struct redis_call){0}, &answer));
	assert_non_null(strstr(answer.text, "person"));
	assert_null(strstr(answer.text, offer.handle));
	assert_null(strstr(answer.text, offer.code));
	assert_null(strstr(answer.text, offer.tx_code));
}
RECORDS_TEST(dump)

static struct {
	char code[64], tx_code[16];
	unsigned n_redeemed;
} race;

static void
race_begin(struct stand *s, struct task *task, unsigned index)
{
	struct offer offer = offer_new(task);

	(void)s, (void)index;
	race.n_redeemed = 0;
	snprintf(race.code, sizeof(race.code), "%s", offer.code);
	snprintf(race.tx_code, sizeof(race.tx_code), "%s", offer.tx_code);
}

static void
race_run(struct stand *s, struct task *task, unsigned index)
{
	struct offer offer;
	int r = offer_redeem(task, race.code, race.tx_code, &offer);

	(void)s, (void)index;
	if (r == 0)
		race.n_redeemed++;
	else
		expect_fault(task, r, INVALID_GRANT);
}

static void
test_race(void **state)
{
	(void)state;
	stand_redis(&stand, race_begin);
	stand_run(&stand, &(struct stand_run){.fn = race_run, .n = 64, .use_redis = true});
	assert_int_equal(race.n_redeemed, 1);
}

/* A million guesses at once have five tries, not five each. */
static void
guess_run(struct stand *s, struct task *task, unsigned index)
{
	const char *guess = task_printf(task, "x%05u", index);
	struct offer offer;

	(void)s;
	expect_fault(task, offer_redeem(task, race.code, guess, &offer), INVALID_GRANT);
}

static void
guess_end(struct stand *s, struct task *task, unsigned index)
{
	struct offer offer;

	(void)s, (void)index;
	expect_fault(task, offer_redeem(task, race.code, race.tx_code, &offer), INVALID_GRANT);
}

static void
test_guesses(void **state)
{
	(void)state;
	stand_redis(&stand, race_begin);
	stand_run(&stand, &(struct stand_run){.fn = guess_run, .n = 64, .use_redis = true});
	stand_redis(&stand, guess_end);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    RECORDS_UNIT(life),
	    RECORDS_UNIT(tries),
	    RECORDS_UNIT(dump),
	    RECORDS_UNIT(race),
	    RECORDS_UNIT(guesses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
