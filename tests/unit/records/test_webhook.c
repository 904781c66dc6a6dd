/* SPDX-License-Identifier: Apache-2.0
 *
 * Webhook endpoints: whose they are, how many, what their secrets hang on, what is sent again.
 */
#include "unit/records/fixture.h"

#include "core/clock.h"
#include "core/task.h"
#include "records/event.h"
#include "records/outbox.h"
#include "records/pairwise.h"
#include "records/webhook.h"
#include "records/webhook_watch.h"
#include "store/sql.h"

RECORDS_STAND

static const char *const nobody[OUTBOX_BUSY_MAX] = {NULL};

static struct webhook
made(struct task *task, const char *client_id, const char *events)
{
	struct webhook webhook = {.client_id = client_id,
	    .url = "https://party.example/hook",
	    .events = events,
	    .algorithm = WEBHOOK_V1};

	expect_ok(task, webhook_add(task, &webhook));
	return webhook;
}

static const struct webhook *
found(struct task *task, const char *client_id, const char *id)
{
	const struct webhook *webhook;

	expect_ok(task, webhook_find(task, client_id, id, &webhook));
	return webhook;
}

static void
kept(struct stand *s, struct task *task, unsigned index)
{
	struct webhook one = made(task, "a", "*"), other = made(task, "b", "consent.revoked");
	const struct webhook *list;
	size_t n;

	(void)s, (void)index;
	assert_string_equal(found(task, "a", one.id)->url, "https://party.example/hook");
	assert_non_null(found(task, NULL, one.id));
	assert_null(found(task, "b", one.id));
	one.url = "https://party.example/other";
	one.disabled_s = 1;
	one.reason = "client";
	expect_ok(task, webhook_change(task, &one));
	assert_string_equal(found(task, "a", one.id)->reason, "client");
	expect_ok(task, webhook_list(task, "a", &list, &n));
	assert_int_equal(n, 1);
	expect_ok(task, webhook_remove(task, &one));
	expect_fault(task, webhook_remove(task, &one), NOT_FOUND);
	expect_fault(task, webhook_change(task, &one), NOT_FOUND);
	assert_non_null(found(task, "b", other.id));
	for (int i = 1; i < WEBHOOK_ENDPOINTS_MAX; i++)
		made(task, "b", "*");
	expect_fault(task, webhook_add(task, &other), CONFLICT);
}
RECORDS_TEST(kept)

static void
secrets(struct stand *s, struct task *task, unsigned index)
{
	uint8_t first[WEBHOOK_SECRET_BYTES], again[WEBHOOK_SECRET_BYTES];
	struct webhook one, two, stale;
	char why[256];

	(void)index;
	assert_true(
	    pairwise_open(task_printf(task, "%s/pairwise.key", s->folder), s->rooms.sql, why));
	one = made(task, "a", "*");
	two = made(task, "a", "*");
	webhook_secret(task, &one, 1, first);
	webhook_secret(task, &one, 1, again);
	assert_memory_equal(first, again, sizeof(first));
	webhook_secret(task, &one, 2, again);
	assert_memory_not_equal(first, again, sizeof(first));
	webhook_secret(task, &two, 1, again);
	assert_memory_not_equal(first, again, sizeof(first));
	two = one;
	two.algorithm = WEBHOOK_V1A;
	webhook_secret(task, &two, 1, again);
	assert_memory_not_equal(first, again, sizeof(first));

	stale = one;
	expect_ok(task, webhook_rotate(task, &one, clock_now_s() + 60));
	assert_int_equal(found(task, "a", one.id)->n_secret, 2);
	expect_fault(task, webhook_rotate(task, &stale, clock_now_s() + 60), CONFLICT);
}
RECORDS_TEST(secrets)

/* 410 of an address that the client has changed meanwhile says nothing of the new one. */
static void
gone(struct stand *s, struct task *task, unsigned index)
{
	struct webhook one = made(task, "a", "*"), moved = one;

	(void)s, (void)index;
	moved.url = "https://party.example/new";
	expect_ok(task, webhook_change(task, &moved));
	expect_ok(task, webhook_disable(task, &one));
	assert_int_equal(found(task, "a", one.id)->disabled_s, 0);
	expect_ok(task, webhook_disable(task, &moved));
	assert_string_equal(found(task, "a", one.id)->reason, "410");
}
RECORDS_TEST(gone)

/* Between a client's finding its endpoint and its change an operator comes: neither way does the
 * client undo what they did. */
static void
switched(struct stand *s, struct task *task, unsigned index)
{
	struct webhook one = made(task, "a", "*"), off = one, changed = one;
	struct webhook_switch turned = {.id = one.id, .operator_name = "ana"};

	(void)s, (void)index;
	expect_ok(task, webhook_watch_switch(task, &turned));
	off.disabled_s = 1;
	off.reason = "client";
	expect_fault(task, webhook_change(task, &off), CONFLICT);
	expect_fault(task, webhook_change(task, &changed), CONFLICT);
	off = *found(task, "a", one.id);
	assert_string_equal(off.reason, "operator");
	off.events = "consent.revoked";
	expect_ok(task, webhook_change(task, &off));
	turned.is_on = true;
	expect_ok(task, webhook_watch_switch(task, &turned));
	expect_fault(task, webhook_change(task, &off), CONFLICT);
	assert_int_equal(found(task, "a", one.id)->disabled_s, 0);
	assert_null(found(task, "a", one.id)->reason);
}
RECORDS_TEST(switched)

static int
add_step(struct sql_tx *tx, void *arg)
{
	return event_add(tx, arg);
}

static unsigned
claimed(struct task *task)
{
	const struct letter *letter;
	unsigned n = 0;

	do {
		expect_ok(task, outbox_claim(task, nobody, &letter));
		n += letter != NULL;
	} while (letter != NULL);
	return n;
}

static void
replayed(struct stand *s, struct task *task, unsigned index)
{
	static const char *const types[] = {"consent.given", "consent.paused", "consent.revoked"};
	struct event event = {
	    .client_id = "a", .subject_id = "c", .status = "active", .actor = "person"};
	struct event_replay replay = {0};
	struct webhook one;
	json_t *letters;

	(void)s, (void)index;
	for (size_t i = 0; i < 3; i++) {
		event.type = types[i];
		expect_ok(task, sql_write(task, add_step, &event));
	}
	assert_int_equal(claimed(task), 0);
	one = made(task, "a", "consent.given consent.revoked");
	replay.webhook = &one;
	expect_ok(task, event_replay(task, &replay));
	assert_int_equal(replay.n, 2);
	assert_int_equal(replay.last, 3);
	assert_int_equal(claimed(task), 2);
	replay.after = 1;
	expect_ok(task, event_replay(task, &replay));
	assert_int_equal(replay.n, 1);
	replay.after = 3;
	expect_ok(task, event_replay(task, &replay));
	assert_int_equal(replay.n, 0);
	assert_int_equal(replay.last, 3);
	expect_ok(task, outbox_of(task, one.id, &(struct span){.limit = 2}, &letters));
	json_keep(task, letters);
	assert_int_equal(json_array_size(letters), 2);
	expect_ok(
	    task, outbox_of(task, one.id,
		      &(struct span){
			  .before = json_get_text(json_array_get(letters, 1), "id"), .limit = 2},
		      &letters));
	assert_int_equal(json_array_size(json_keep(task, letters)), 1);
}
RECORDS_TEST(replayed)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    RECORDS_UNIT(kept),
	    RECORDS_UNIT(secrets),
	    RECORDS_UNIT(gone),
	    RECORDS_UNIT(switched),
	    RECORDS_UNIT(replayed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
