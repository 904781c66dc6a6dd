/* SPDX-License-Identifier: Apache-2.0
 *
 * The verifier's presentations: handles, one answer, the way back (cases W01, W02, W13, W14, W16,
 * W22).
 */
#include "unit/records/fixture.h"

#include "records/presentation.h"
#include "store/redis.h"

RECORDS_STAND

#define BROWSER "hash of a cookie"
#define OTHER   "hash of another"

static struct presentation
presentation_new(struct task *task, const char *transaction_id)
{
	struct presentation presentation = {
	    .transaction_id = transaction_id,
	    .browser = BROWSER,
	    .may_cross = true,
	    .key = "{\"kty\":\"EC\"}",
	};

	expect_ok(task, presentation_create(task, &presentation));
	return presentation;
}

static struct presentation *
fetched(struct task *task, const char *handle)
{
	struct presentation *presentation;

	expect_ok(task, presentation_fetch(task, handle, &presentation));
	return presentation;
}

static struct presentation *
found(struct task *task, const char *handle)
{
	struct presentation *presentation;

	expect_ok(task, presentation_find(task, handle, &presentation));
	return presentation;
}

static struct presentation *
looked(struct task *task, const char *transaction_id)
{
	struct presentation *presentation;

	expect_ok(task, presentation_look(task, transaction_id, BROWSER, &presentation));
	return presentation;
}

static const char *
answered(struct task *task, const char *handle)
{
	struct presentation *presentation;
	const char *code;

	assert_non_null(fetched(task, handle));
	presentation = found(task, handle);
	expect_ok(task, presentation_claim(task, presentation));
	expect_ok(task, presentation_answer(
			    task, presentation, json_of(task, "{\"person\":\"P-100001\"}"), &code));
	return code;
}

static void
same_device(struct stand *s, struct task *task, unsigned index)
{
	struct presentation made = presentation_new(task, "tx"), *back;
	const char *code;

	(void)s, (void)index;
	assert_int_equal(strlen(made.nonce), 43);
	assert_string_not_equal(made.same_device, made.cross_device);
	assert_null(found(task, made.same_device)); /* never fetched: nobody knows the nonce */
	for (int i = 0; i < 2; i++) {
		back = fetched(task, made.same_device);
		assert_non_null(back);
		assert_int_equal(back->way, PRESENTATION_SAME_DEVICE);
		assert_string_equal(back->nonce, made.nonce);
		assert_string_equal(back->state, made.state);
		assert_string_equal(back->kid, made.kid);
		assert_string_equal(back->key, made.key);
		assert_string_equal(back->transaction_id, "tx");
		assert_null(back->result);
	}
	assert_null(fetched(task, made.cross_device)); /* the first fetch killed it */
	back = found(task, made.same_device);
	expect_ok(task, presentation_claim(task, back));
	expect_fault(task, presentation_claim(task, back), CONFLICT);
	assert_null(found(task, made.same_device));
	assert_null(fetched(task, made.same_device));
	assert_int_equal(looked(task, "tx")->stage, PRESENTATION_CLAIMED);
	expect_ok(task,
	    presentation_answer(task, back, json_of(task, "{\"person\":\"P-100001\"}"), &code));
	expect_fault(task, presentation_fail(task, back, "late"), CONFLICT);
	assert_int_equal(looked(task, "tx")->stage, PRESENTATION_ANSWERED);
	assert_null(looked(task, "tx")->result);
	assert_null(looked(task, "tx")->number);

	expect_ok(task, presentation_return(task, code, BROWSER, &back));
	assert_int_equal(back->stage, PRESENTATION_DONE);
	assert_int_equal(back->way, PRESENTATION_SAME_DEVICE);
	assert_string_equal(back->transaction_id, "tx");
	assert_string_equal(json_get_text(back->result, "person"), "P-100001");
	assert_null(back->number);
	expect_ok(task, presentation_return(task, code, BROWSER, &back));
	assert_null(back);
	assert_int_equal(looked(task, "tx")->stage, PRESENTATION_DONE);
}
RECORDS_TEST(same_device)

static void
other_browser(struct stand *s, struct task *task, unsigned index)
{
	struct presentation made = presentation_new(task, "tx"), *back;
	const char *code = answered(task, made.same_device);
	struct presentation_guess guess = {"tx", BROWSER, "00"};
	int n_left;

	(void)s, (void)index;
	expect_fault(task, presentation_return(task, code, OTHER, &back), FORBIDDEN);
	expect_ok(task, presentation_return(task, code, BROWSER, &back));
	assert_null(back);
	back = looked(task, "tx");
	assert_int_equal(back->stage, PRESENTATION_FAILED);
	assert_string_equal(back->failure, "other-browser");
	expect_fault(task, presentation_confirm(task, &guess, &back, &n_left), CONFLICT);

	made = presentation_new(task, "tx2");
	code = answered(task, made.same_device);
	expect_fault(task, presentation_return(task, code, NULL, &back), FORBIDDEN);

	expect_fault(task, presentation_look(task, "tx", OTHER, &back), FORBIDDEN);
	expect_fault(task, presentation_look(task, "tx", NULL, &back), FORBIDDEN);
	expect_fault(task, presentation_look(task, "guessed", BROWSER, &back), NOT_FOUND);
}
RECORDS_TEST(other_browser)

static void
cross_device(struct stand *s, struct task *task, unsigned index)
{
	struct presentation made = presentation_new(task, "tx"), *back, *phone;
	const char *code = answered(task, made.cross_device);
	struct presentation_guess guess = {"tx", BROWSER, "00"};
	int n_left;

	(void)s, (void)index;
	expect_fault(task, presentation_confirm(task, &guess, &back, &n_left), CONFLICT);
	expect_ok(
	    task, presentation_return(task, code, NULL, &phone)); /* the phone has no cookie */
	assert_int_equal(phone->way, PRESENTATION_CROSS_DEVICE);
	assert_int_equal(phone->stage, PRESENTATION_ANSWERED);
	assert_int_equal(strlen(phone->number), 2);
	assert_null(phone->result);
	expect_ok(task, presentation_return(task, code, NULL, &back));
	assert_null(back);

	guess.browser = OTHER;
	guess.number = phone->number;
	expect_fault(task, presentation_confirm(task, &guess, &back, &n_left), FORBIDDEN);
	guess.browser = NULL;
	expect_fault(task, presentation_confirm(task, &guess, &back, &n_left), FORBIDDEN);
	guess.browser = BROWSER;
	guess.number = strcmp(phone->number, "00") == 0 ? "01" : "00";
	expect_ok(task, presentation_confirm(task, &guess, &back, &n_left));
	assert_null(back);
	assert_int_equal(n_left, 2);
	guess.number = phone->number;
	expect_ok(task, presentation_confirm(task, &guess, &back, &n_left));
	assert_non_null(back);
	assert_int_equal(back->stage, PRESENTATION_DONE);
	assert_string_equal(json_get_text(back->result, "person"), "P-100001");
	expect_fault(task, presentation_confirm(task, &guess, &back, &n_left), CONFLICT);

	/* three wrong numbers end it */
	made = presentation_new(task, "tx3");
	code = answered(task, made.cross_device);
	expect_ok(task, presentation_return(task, code, NULL, &phone));
	guess = (struct presentation_guess){"tx3", BROWSER, NULL};
	for (int i = 2; i >= 0; i--) {
		expect_ok(task, presentation_confirm(task, &guess, &back, &n_left));
		assert_null(back);
		assert_int_equal(n_left, i);
	}
	guess.number = phone->number;
	expect_fault(task, presentation_confirm(task, &guess, &back, &n_left), CONFLICT);
	assert_string_equal(looked(task, "tx3")->failure, "number");
	guess.transaction_id = "none";
	expect_fault(task, presentation_confirm(task, &guess, &back, &n_left), NOT_FOUND);
}
RECORDS_TEST(cross_device)

static void
ages(struct stand *s, struct task *task, unsigned index)
{
	struct presentation made = presentation_new(task, "tx"), *back;
	const char *handle, *code;

	(void)index;
	clock_move(s, s->settings.wallet_handle + 2);
	assert_null(fetched(task, made.same_device));
	/* a fresh QR on the same page; the one before stays dead */
	expect_ok(task, presentation_renew(task, "tx", PRESENTATION_CROSS_DEVICE, &handle));
	assert_null(fetched(task, made.cross_device));
	back = fetched(task, handle);
	assert_non_null(back);
	assert_int_equal(back->way, PRESENTATION_CROSS_DEVICE);
	assert_string_equal(back->nonce, made.nonce);
	expect_fault(
	    task, presentation_renew(task, "tx", PRESENTATION_CROSS_DEVICE, &handle), CONFLICT);

	/* a screenshot scanned later */
	clock_move(s, s->settings.wallet_handle + 2 + PRESENTATION_FETCH_AGAIN_S + 2);
	assert_null(fetched(task, handle));
	assert_non_null(found(task, handle)); /* but the answer may still come */
	clock_move(s, s->settings.wallet_transaction + 2);
	assert_null(found(task, handle));
	expect_fault(task, presentation_look(task, "tx", BROWSER, &back), NOT_FOUND);
	clock_move(s, 0);

	made = presentation_new(task, "tx4");
	code = answered(task, made.same_device);
	clock_move(s, PRESENTATION_RESPONSE_CODE_S + 2);
	expect_ok(task, presentation_return(task, code, BROWSER, &back));
	assert_null(back);
	clock_move(s, 0);
	expect_fault(
	    task, presentation_renew(task, "none", PRESENTATION_SAME_DEVICE, &handle), CONFLICT);
}
RECORDS_TEST(ages)

/* A QR that is renewed every few seconds: a phone that has just read it still gets in. */
static void
renewed(struct stand *s, struct task *task, unsigned index)
{
	struct presentation made = presentation_new(task, "tx");
	const char *second, *third, *link;

	(void)index;
	clock_move(s, 5);
	expect_ok(task, presentation_renew(task, "tx", PRESENTATION_CROSS_DEVICE, &second));
	expect_ok(task, presentation_renew(task, "tx", PRESENTATION_SAME_DEVICE, &link));
	clock_move(s, 5 + PRESENTATION_GRACE_S + 1);
	assert_null(fetched(task, made.cross_device));
	expect_ok(task, presentation_renew(task, "tx", PRESENTATION_CROSS_DEVICE, &third));
	assert_non_null(fetched(task, second));
	assert_non_null(fetched(task, second));
	assert_null(fetched(task, third)); /* the first fetch is for one phone */
	assert_null(fetched(task, made.same_device));
	assert_null(fetched(task, link));
	assert_non_null(found(task, second));
	assert_null(found(task, third));
	clock_move(s, 0);
}
RECORDS_TEST(renewed)

static void
renewal_lengthens_nothing(struct stand *s, struct task *task, unsigned index)
{
	struct presentation made = presentation_new(task, "tx");
	const char *handle;

	(void)index;
	clock_move(s, s->settings.wallet_handle - 20);
	expect_ok(task, presentation_renew(task, "tx", PRESENTATION_CROSS_DEVICE, &handle));
	expect_ok(task, presentation_renew(task, "tx", PRESENTATION_SAME_DEVICE, &handle));
	clock_move(s, s->settings.wallet_handle + 1);
	assert_null(fetched(task, made.cross_device));
	assert_null(fetched(task, made.same_device));
	assert_non_null(fetched(task, handle));
	clock_move(s, 0);
}
RECORDS_TEST(renewal_lengthens_nothing)

/* Where policy says so there is no QR, and none can be had later. */
static void
same_device_only(struct stand *s, struct task *task, unsigned index)
{
	struct presentation made = {
	    .transaction_id = "tx", .browser = BROWSER, .key = "{\"kty\":\"EC\"}"};
	const char *handle;

	(void)s, (void)index;
	expect_ok(task, presentation_create(task, &made));
	assert_null(made.cross_device);
	expect_fault(
	    task, presentation_renew(task, "tx", PRESENTATION_CROSS_DEVICE, &handle), CONFLICT);
	expect_ok(task, presentation_renew(task, "tx", PRESENTATION_SAME_DEVICE, &handle));
	assert_non_null(fetched(task, handle));
}
RECORDS_TEST(same_device_only)

static void
endings(struct stand *s, struct task *task, unsigned index)
{
	struct presentation made = presentation_new(task, "tx"), again, *back;
	const char *code, *old_code;

	(void)s, (void)index;
	/* refused by the wallet */
	assert_non_null(fetched(task, made.same_device));
	back = found(task, made.same_device);
	expect_ok(task, presentation_fail(task, back, "access_denied"));
	expect_fault(task, presentation_claim(task, back), CONFLICT);
	assert_string_equal(looked(task, "tx")->failure, "access_denied");
	assert_null(found(task, made.same_device));

	/* no good after it was claimed */
	made = presentation_new(task, "tx");
	fetched(task, made.same_device);
	back = found(task, made.same_device);
	expect_ok(task, presentation_claim(task, back));
	expect_ok(task, presentation_fail(task, back, "invalid"));
	expect_fault(task, presentation_answer(task, back, json_of(task, "{}"), &code), CONFLICT);

	/* cancelled: a late answer finds nothing */
	made = presentation_new(task, "tx");
	fetched(task, made.same_device);
	back = found(task, made.same_device);
	expect_ok(task, presentation_cancel(task, "tx"));
	assert_null(found(task, made.same_device));
	expect_fault(task, presentation_claim(task, back), CONFLICT);
	expect_fault(task, presentation_look(task, "tx", BROWSER, &back), NOT_FOUND);

	/* begun anew: what belongs to the old one does not touch the new */
	made = presentation_new(task, "tx");
	old_code = answered(task, made.same_device);
	again = presentation_new(task, "tx");
	assert_string_not_equal(again.nonce, made.nonce);
	assert_null(fetched(task, made.same_device));
	expect_ok(task, presentation_return(task, old_code, BROWSER, &back));
	assert_null(back);
	expect_fault(task, presentation_claim(task, &made), CONFLICT);
	expect_fault(task, presentation_fail(task, &made, "late"), CONFLICT);
	code = answered(task, again.same_device);
	expect_ok(task, presentation_return(task, code, BROWSER, &back));
	assert_non_null(back);

	assert_null(fetched(task, NULL));
	assert_null(found(task, "guessed"));
}
RECORDS_TEST(endings)

static struct {
	char handle[64], code[64];
	unsigned n_won, n_lost, n_returned;
} race;

static void
race_begin(struct stand *s, struct task *task, unsigned index)
{
	struct presentation made = presentation_new(task, "tx");

	(void)s, (void)index;
	race.n_won = race.n_lost = race.n_returned = 0;
	snprintf(race.handle, sizeof(race.handle), "%s", made.same_device);
	fetched(task, made.same_device);
}

static void
race_run(struct stand *s, struct task *task, unsigned index)
{
	struct presentation *presentation = found(task, race.handle);
	const char *code;
	int r;

	(void)s, (void)index;
	if (presentation == NULL) {
		race.n_lost++;
		return;
	}
	r = presentation_claim(task, presentation);
	if (r != 0) {
		expect_fault(task, r, CONFLICT);
		race.n_lost++;
		return;
	}
	race.n_won++;
	expect_ok(task, presentation_answer(task, presentation, json_of(task, "{}"), &code));
	snprintf(race.code, sizeof(race.code), "%s", code);
}

static void
race_return(struct stand *s, struct task *task, unsigned index)
{
	struct presentation *presentation;

	(void)s, (void)index;
	expect_ok(task, presentation_return(task, race.code, BROWSER, &presentation));
	race.n_returned += presentation != NULL;
}

static void
test_race(void **state)
{
	(void)state;
	stand_redis(&stand, race_begin);
	stand_run(&stand, &(struct stand_run){.fn = race_run, .n = 64, .use_redis = true});
	assert_int_equal(race.n_won, 1);
	assert_int_equal(race.n_lost, 63);
	stand_run(&stand, &(struct stand_run){.fn = race_return, .n = 64, .use_redis = true});
	assert_int_equal(race.n_returned, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    RECORDS_UNIT(same_device),
	    RECORDS_UNIT(other_browser),
	    RECORDS_UNIT(cross_device),
	    RECORDS_UNIT(ages),
	    RECORDS_UNIT(renewed),
	    RECORDS_UNIT(renewal_lengthens_nothing),
	    RECORDS_UNIT(same_device_only),
	    RECORDS_UNIT(endings),
	    RECORDS_UNIT(race),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
