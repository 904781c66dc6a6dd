/* SPDX-License-Identifier: Apache-2.0
 *
 * Consents and the ledger of what left under them (cases S02, S05, S07).
 */
#include "unit/records/fixture.h"

#include "core/clock.h"
#include "records/audit.h"
#include "records/consent.h"
#include "records/grant.h"
#include "records/ledger.h"
#include "store/sql.h"

RECORDS_STAND

static const char *const name_and_email[] = {"name", "email", NULL};
static const char *const name_alone[] = {"name", NULL};
static const char *const none[] = {NULL};

static struct consent
consent_new(struct task *task, const char *person_id, const char *version)
{
	struct consent consent = {
	    .person_id = person_id,
	    .client_id = "rp1",
	    .purpose_id = "sign-in",
	    .purpose_version = version,
	    .asked = name_and_email,
	    .allowed = name_alone,
	    .until_s = clock_now_s() + 1000,
	    .notice_hash = "hash of the page",
	    .language = "km",
	};

	expect_ok(task, consent_give(task, &consent));
	return consent;
}

static const struct consent *
found(struct task *task, const char *person_id)
{
	const struct consent *consent;

	expect_ok(task, consent_find(task, person_id, "rp1", "sign-in", &consent));
	return consent;
}

static int
check_step(struct sql_tx *tx, void *arg)
{
	return consent_use(tx, arg);
}

static int
checked(struct task *task, const char *id)
{
	return sql_write(task, check_step, (void *)(uintptr_t)id);
}

static void
life(struct stand *s, struct task *task, unsigned index)
{
	struct consent first = consent_new(task, "person", "1"), second;
	const struct consent *back = found(task, "person");
	json_t *list;

	(void)index;
	assert_non_null(back);
	assert_string_equal(back->id, first.id);
	assert_true(names_are_equal(back->asked, first.asked));
	assert_true(names_are_equal(back->allowed, first.allowed));
	assert_int_equal(names_count(back->resources), 0);
	assert_string_equal(back->notice_hash, "hash of the page");
	assert_string_equal(back->language, "km");
	assert_int_equal(back->withdrawn_s, 0);
	assert_null(found(task, "other"));
	expect_ok(task, checked(task, first.id));

	/* the next one ends it, and both stay to be seen */
	second = consent_new(task, "person", "2");
	back = found(task, "person");
	assert_string_equal(back->id, second.id);
	expect_fault(task, checked(task, first.id), CONSENT_REQUIRED);
	expect_ok(task, checked(task, second.id));
	expect_fault(task, checked(task, "none"), CONSENT_REQUIRED);
	expect_ok(task, consent_by_id(task, first.id, &back));
	assert_string_equal(back->purpose_version, "1");
	expect_ok(task, consent_by_id(task, "none", &back));
	assert_null(back);
	expect_ok(task, consent_list(task, "person", &(struct consent_listing){0}, &list));
	json_keep(task, list);
	assert_int_equal(json_array_size(list), 2);

	clock_move(s, 1001);
	assert_null(found(task, "person"));
	expect_fault(task, checked(task, second.id), CONSENT_REQUIRED);
	clock_move(s, 0);
	second.until_s = second.given_s;
	expect_fault(task, consent_give(task, &second), BROKEN);
}
RECORDS_TEST(life)

/* Who must name a consent before it is stored finds it under that name. */
static void
named_before(struct stand *s, struct task *task, unsigned index)
{
	const char *id = consent_new_id(task);
	struct consent consent = {
	    .id = id,
	    .person_id = "person",
	    .client_id = "rp1",
	    .purpose_id = "sign-in",
	    .purpose_version = "1",
	    .asked = none,
	    .allowed = none,
	    .until_s = clock_now_s() + 1000,
	    .notice_hash = "hash of the page",
	    .language = "km",
	};
	const struct consent *back;

	(void)s;
	(void)index;
	expect_ok(task, consent_by_id(task, id, &back));
	assert_null(back);
	expect_ok(task, consent_give(task, &consent));
	expect_ok(task, consent_by_id(task, id, &back));
	assert_non_null(back);
}
RECORDS_TEST(named_before)

static void
withdrawal(struct stand *s, struct task *task, unsigned index)
{
	struct consent consent = consent_new(task, "person", "1");
	struct grant grant = {
	    .id = "grant-grant-grant-gran", .client_id = "rp1", .consent_id = consent.id};
	struct grant_token token = {
	    .jti = "jti", .token_hash = "hash", .exp_s = clock_now_s() + 300};
	const struct consent *back;
	struct grant *live;
	json_t *events;

	(void)s, (void)index;
	expect_ok(task, grant_token_keep(task, &grant, &token));
	expect_ok(task, grant_token_find(task, "hash", &live, &token));
	assert_non_null(live);

	expect_ok(task, consent_withdraw(task, consent.id, "person"));
	assert_null(found(task, "person"));
	expect_fault(task, checked(task, consent.id), CONSENT_REQUIRED);
	expect_ok(task, consent_by_id(task, consent.id, &back));
	assert_true(back->withdrawn_s > 0);
	expect_ok(task, grant_token_find(task, "hash", &live, &token));
	assert_null(live);
	expect_ok(task, consent_withdraw(task, consent.id, "operator:alice"));
	expect_fault(task, consent_withdraw(task, "none", "person"), NOT_FOUND);

	expect_ok(task, audit_list(task, &(struct span){.limit = 10}, &events));
	json_keep(task, events);
	assert_int_equal(json_array_size(events), 2);
	assert_string_equal(json_get_text(json_array_get(events, 0), "event"), "consent.revoked");
	assert_string_equal(json_get_text(json_array_get(events, 0), "actor"), "person");
	assert_string_equal(json_get_text(json_array_get(events, 1), "event"), "consent.given");
	consent_new(task, "person", "1");
	assert_non_null(found(task, "person"));
}
RECORDS_TEST(withdrawal)

static enum consent_state
state_of(struct task *task, const char *id)
{
	const struct consent *consent;

	expect_ok(task, consent_by_id(task, id, &consent));
	return consent_state(consent, clock_now_s());
}

static void
states(struct stand *s, struct task *task, unsigned index)
{
	struct consent consent = consent_new(task, "person", "1"), next;
	const struct consent *standing, *back;

	(void)index;
	assert_int_equal(state_of(task, consent.id), CONSENT_IS_ACTIVE);
	expect_ok(task, consent_pause(task, consent.id, "person"));
	expect_ok(task, consent_pause(task, consent.id, "person"));
	assert_int_equal(state_of(task, consent.id), CONSENT_IS_PAUSED);
	expect_fault(task, checked(task, consent.id), CONSENT_PAUSED);
	expect_ok(task, consent_by_id(task, consent.id, &back));
	expect_fault(task, consent_standing(task, back, &standing), CONSENT_PAUSED);
	expect_ok(task, consent_resume(task, consent.id, "person"));
	expect_ok(task, consent_resume(task, consent.id, "person"));
	expect_ok(task, checked(task, consent.id));

	/* what was given up is not what was given in its place */
	expect_ok(task, consent_relinquish(task, consent.id, "client:rp1"));
	expect_ok(task, consent_relinquish(task, consent.id, "client:rp1"));
	assert_int_equal(state_of(task, consent.id), CONSENT_IS_RELINQUISHED);
	expect_fault(task, consent_pause(task, consent.id, "person"), CONSENT_NOT_ACTIVE);
	expect_fault(task, consent_resume(task, consent.id, "person"), CONSENT_NOT_ACTIVE);
	next = consent_new(task, "person", "1");
	expect_ok(task, consent_by_id(task, consent.id, &back));
	expect_fault(task, consent_standing(task, back, &standing), CONSENT_REQUIRED);
	expect_ok(task, consent_withdraw(task, consent.id, "person"));
	assert_int_equal(state_of(task, consent.id), CONSENT_IS_RELINQUISHED);

	consent_new(task, "person", "1");
	assert_int_equal(state_of(task, next.id), CONSENT_IS_SUPERSEDED);
	expect_ok(task, consent_by_id(task, next.id, &back));
	expect_ok(task, consent_standing(task, back, &standing));
	expect_fault(task, consent_pause(task, "none", "person"), NOT_FOUND);

	next = consent_new(task, "other", "1");
	expect_ok(task, consent_withdraw(task, next.id, "person"));
	assert_int_equal(state_of(task, next.id), CONSENT_IS_REVOKED);
	next = consent_new(task, "other", "1");
	clock_move(s, 1001);
	assert_int_equal(state_of(task, next.id), CONSENT_IS_EXPIRED);
	expect_ok(task, consent_withdraw(task, next.id, "person"));
	assert_int_equal(state_of(task, next.id), CONSENT_IS_EXPIRED);
	expect_fault(task, consent_relinquish(task, next.id, "client:rp1"), CONSENT_NOT_ACTIVE);
	clock_move(s, 0);
}
RECORDS_TEST(states)

/* One for once, 16 releases at a time: one of them. */
static char once_id[64];
static unsigned n_used;

static void
once_give(struct stand *s, struct task *task, unsigned index)
{
	struct consent consent = {
	    .person_id = "person",
	    .client_id = "rp1",
	    .purpose_id = "sign-in",
	    .purpose_version = "1",
	    .asked = none,
	    .allowed = none,
	    .until_s = clock_now_s() + 1000,
	    .notice = "what was shown",
	    .notice_hash = "its hash",
	    .language = "km",
	    .is_once = true,
	    .data_life_s = 3600,
	};
	const struct consent *back;
	const char *notice;

	(void)s, (void)index;
	expect_ok(task, consent_give(task, &consent));
	snprintf(once_id, sizeof(once_id), "%s", consent.id);
	expect_ok(task, consent_by_id(task, once_id, &back));
	assert_true(back->is_once && back->data_life_s == 3600);
	expect_ok(task, consent_notice(task, "its hash", &notice));
	assert_string_equal(notice, "what was shown");
	expect_ok(task, consent_notice(task, "another", &notice));
	assert_null(notice);
}

static void
once_use(struct stand *s, struct task *task, unsigned index)
{
	int r = checked(task, once_id);

	(void)s, (void)index;
	if (r == 0)
		__atomic_add_fetch(&n_used, 1, __ATOMIC_RELAXED);
	else
		expect_fault(task, r, CONSENT_REQUIRED);
}

static void
once_end(struct stand *s, struct task *task, unsigned index)
{
	(void)s, (void)index;
	assert_int_equal(n_used, 1);
	assert_int_equal(state_of(task, once_id), CONSENT_IS_CONSUMED);
	expect_ok(task, consent_withdraw(task, once_id, "person"));
	assert_int_equal(state_of(task, once_id), CONSENT_IS_CONSUMED);
}

static void
test_once(void **state)
{
	(void)state;
	stand_redis(&stand, once_give);
	stand_run(&stand, &(struct stand_run){.fn = once_use, .n = 16, .use_redis = true});
	stand_redis(&stand, once_end);
}

static void
race_run(struct stand *s, struct task *task, unsigned index)
{
	(void)s, (void)index;
	consent_new(task, "person", "1");
}

static void
race_end(struct stand *s, struct task *task, unsigned index)
{
	struct sql_rows rows;

	(void)s, (void)index;
	expect_ok(
	    task, sql_read(task, SQL("SELECT COUNT(*) FROM consent WHERE ended_s = 0"), &rows));
	assert_int_equal(sql_int(&rows, 0, 0), 1);
	assert_non_null(found(task, "person"));
}

static void
test_race(void **state)
{
	(void)state;
	stand_run(&stand, &(struct stand_run){.fn = race_run, .n = 16, .use_redis = true});
	stand_redis(&stand, race_end);
}

static void
ledger(struct stand *s, struct task *task, unsigned index)
{
	struct ledger_row row = {
	    .person_id = "person",
	    .client_id = "rp1",
	    .purpose_id = "sign-in",
	    .purpose_version = "1",
	    .consent_id = "consent",
	    .basis = "consent",
	    .channel = "userinfo",
	    .claims = name_and_email,
	};
	json_t *rows, *one;

	(void)index;
	for (int i = 0; i < 5; i++) {
		clock_move(s, i);
		expect_ok(task, ledger_write(task, &row));
	}
	row.person_id = "other";
	row.client_id = row.purpose_id = row.purpose_version = row.consent_id = NULL;
	row.basis = "law";
	row.request_id = "request";
	expect_ok(task, ledger_write(task, &row));
	clock_move(s, 0);

	expect_ok(task, ledger_list(task, "person", &(struct ledger_page){.span.limit = 3}, &rows));
	json_keep(task, rows);
	assert_int_equal(json_array_size(rows), 3);
	one = json_array_get(rows, 0);
	assert_string_equal(json_get_text(one, "channel"), "userinfo");
	assert_string_equal(json_get_text(one, "request_id"), task->request_id);
	assert_true(json_has_text(json_object_get(one, "claims"), "email"));
	assert_true(json_integer_value(json_object_get(one, "at")) >
		    json_integer_value(json_object_get(json_array_get(rows, 2), "at")));
	one = json_array_get(rows, 2);
	expect_ok(task,
	    ledger_list(task, "person",
		&(struct ledger_page){.span = {.before = json_get_text(one, "id"), .limit = 400}},
		&rows));
	json_keep(task, rows);
	assert_int_equal(json_array_size(rows), 2);

	expect_ok(
	    task, ledger_list(task, "other", &(struct ledger_page){.span.limit = 400}, &rows));
	json_keep(task, rows);
	assert_int_equal(json_array_size(rows), 1);
	one = json_array_get(rows, 0);
	assert_null(json_object_get(one, "client_id"));
	assert_string_equal(json_get_text(one, "basis"), "law");
	assert_string_equal(json_get_text(one, "request_id"), "request");
}
RECORDS_TEST(ledger)

static size_t
n_listed(struct task *task, struct ledger_page page)
{
	json_t *rows;

	page.span.limit = 400;
	expect_ok(task, ledger_list(task, "person", &page, &rows));
	return json_array_size(json_keep(task, rows));
}

static void
ledger_of_one(struct stand *s, struct task *task, unsigned index)
{
	struct ledger_row row = {
	    .person_id = "person", .basis = "consent", .channel = "userinfo", .claims = name_alone};
	static const char *const clients[] = {"rp1", "rp1", NULL, "rp2"};
	int64_t now_s = clock_now_s();
	const char *const *receivers;
	json_t *rows, *one;

	(void)index;
	for (size_t i = 0; i < 4; i++) {
		clock_move(s, (int64_t)i * 100);
		row.client_id = clients[i];
		expect_ok(task, ledger_write(task, &row));
	}
	clock_move(s, 0);
	assert_int_equal(n_listed(task, (struct ledger_page){0}), 4);
	assert_int_equal(n_listed(task, (struct ledger_page){.receiver = "rp1"}), 2);
	assert_int_equal(n_listed(task, (struct ledger_page){.receiver = LEDGER_WALLET}), 1);
	assert_int_equal(n_listed(task, (struct ledger_page){.receiver = "rp3"}), 0);
	assert_int_equal(n_listed(task, (struct ledger_page){.from_s = now_s + 50}), 3);
	assert_int_equal(n_listed(task, (struct ledger_page){.until_s = now_s + 50}), 1);
	assert_int_equal(
	    n_listed(task, (struct ledger_page){.from_s = now_s + 50, .until_s = now_s + 250}), 2);

	expect_ok(task, ledger_receivers(task, "person", &receivers));
	assert_int_equal(names_count(receivers), 3);
	assert_true(names_have(receivers, LEDGER_WALLET) && names_have(receivers, "rp2"));
	expect_ok(task, ledger_receivers(task, "other", &receivers));
	assert_int_equal(names_count(receivers), 0);

	expect_ok(task, ledger_list(task, "person", &(struct ledger_page){.span.limit = 1}, &rows));
	one = json_array_get(json_keep(task, rows), 0);
	expect_ok(task, ledger_find(task, "person", json_get_text(one, "id"), &rows));
	assert_string_equal(json_get_text(json_keep(task, rows), "client_id"), "rp2");
	expect_ok(task, ledger_find(task, "other", json_get_text(one, "id"), &rows));
	assert_null(rows);
}
RECORDS_TEST(ledger_of_one)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    RECORDS_UNIT(life),
	    RECORDS_UNIT(named_before),
	    RECORDS_UNIT(withdrawal),
	    RECORDS_UNIT(states),
	    RECORDS_UNIT(once),
	    RECORDS_UNIT(race),
	    RECORDS_UNIT(ledger),
	    RECORDS_UNIT(ledger_of_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
