/* SPDX-License-Identifier: Apache-2.0
 *
 * Events: numbered per client, chained, one letter for each endpoint that asked.
 */
#include "unit/records/fixture.h"

#include "records/event.h"
#include "records/outbox.h"
#include "store/sql.h"

RECORDS_STAND

static const char *const nobody[OUTBOX_BUSY_MAX] = {NULL};

static int
add_step(struct sql_tx *tx, void *arg)
{
	return event_add(tx, arg);
}

static int
add(struct task *task, const char *client_id, const char *type)
{
	struct event event = {.type = type,
	    .client_id = client_id,
	    .subject_id = "c-1",
	    .other_id = "r-1",
	    .status = "revoked",
	    .actor = "operator:dara"};

	return sql_write(task, add_step, &event);
}

static json_t *
list(struct task *task, const char *client_id, int64_t after, int limit)
{
	json_t *events;

	expect_ok(task, event_list(task, client_id,
			    &(struct event_page){.after = after, .limit = limit}, &events));
	return json_keep(task, events);
}

static void
numbers(struct stand *s, struct task *task, unsigned index)
{
	const json_t *first, *second;
	struct event_check check;
	json_t *events;

	(void)s, (void)index;
	expect_ok(task, add(task, "a", "consent.given"));
	expect_ok(task, add(task, "b", "consent.given"));
	expect_ok(task, add(task, "a", "consent.revoked"));
	expect_fault(task, add(task, "a", "consent.forgotten"), BROKEN);

	events = list(task, "a", 0, 10);
	assert_int_equal(json_array_size(events), 2);
	first = json_array_get(events, 0);
	second = json_array_get(events, 1);
	assert_int_equal(json_integer_value(json_object_get(first, "sequence")), 1);
	assert_string_equal(json_get_text(first, "previous"), "");
	assert_string_equal(json_get_text(first, "actor"), "operator");
	assert_int_equal(json_integer_value(json_object_get(second, "sequence")), 2);
	assert_string_equal(json_get_text(second, "previous"), json_get_text(first, "hash"));
	assert_string_equal(
	    json_get_text(json_object_get(second, "data"), "consent_request"), "r-1");
	assert_int_equal(json_array_size(list(task, "a", 1, 10)), 1);
	assert_int_equal(json_array_size(list(task, "a", 0, 1)), 1);
	assert_int_equal(json_array_size(list(task, "a", 2, 10)), 0);
	assert_int_equal(json_array_size(list(task, "b", 0, 10)), 1);
	assert_int_equal(json_array_size(list(task, "c", 0, 10)), 0);

	expect_ok(task, event_verify(task, &check));
	assert_int_equal(check.first_broken, 0);
	assert_int_equal(check.n_rows, 3);
}
RECORDS_TEST(numbers)

static void
history(struct stand *s, struct task *task, unsigned index)
{
	json_t *events;

	(void)s, (void)index;
	expect_ok(task, add(task, "a", "consent.given"));
	expect_ok(task, add(task, "a", "consent.paused"));
	expect_ok(task, event_history(task, "c-1", &events));
	json_keep(task, events);
	assert_int_equal(json_array_size(events), 2);
	assert_string_equal(json_get_text(json_array_get(events, 1), "type"), "consent.paused");
	assert_string_equal(json_get_text(json_array_get(events, 1), "actor"), "operator");
	expect_ok(task, event_history(task, "c-2", &events));
	assert_int_equal(json_array_size(json_keep(task, events)), 0);
}
RECORDS_TEST(history)

static int64_t
broken_of(struct task *task, const char *client_id)
{
	struct event_check check;

	expect_ok(task, event_verify(task, &check));
	if (check.first_broken > 0)
		assert_string_equal(check.client_id, client_id);
	return check.first_broken;
}

static void
tampered(struct stand *s, struct task *task, unsigned index)
{
	(void)index;
	for (int i = 0; i < 3; i++) {
		expect_ok(task, add(task, "a", "consent.paused"));
		expect_ok(task, add(task, "b", "consent.paused"));
	}
	assert_int_equal(broken_of(task, NULL), 0);
	sql_tamper(s, "UPDATE event SET status = 'active' WHERE client_id = 'b' AND seq = 2");
	assert_int_equal(broken_of(task, "b"), 2);
	sql_tamper(s, "UPDATE event SET status = 'revoked' WHERE client_id = 'b' AND seq = 2");
	assert_int_equal(broken_of(task, NULL), 0);
	sql_tamper(s, "DELETE FROM event WHERE client_id = 'b' AND seq = 3");
	assert_int_equal(broken_of(task, "b"), 3);
	sql_tamper(s, "DELETE FROM event WHERE client_id = 'a' AND seq = 1");
	assert_int_equal(broken_of(task, "a"), 1);
}
RECORDS_TEST(tampered)

/* Their columns are in the hash too. */
static void
news(struct stand *s, struct task *task, unsigned index)
{
	struct event event = {.type = "service.news",
	    .client_id = "a",
	    .subject_id = "sub-1",
	    .other_id = "c-1",
	    .status = "application.changed",
	    .service_id = "tracking",
	    .reference = "CR-1",
	    .actor = "service:tracking"};
	const json_t *data;

	(void)index;
	expect_ok(task, add(task, "a", "consent.given"));
	expect_ok(task, sql_write(task, add_step, &event));
	event.reference = NULL;
	expect_ok(task, sql_write(task, add_step, &event));
	data = json_object_get(json_array_get(list(task, "a", 1, 1), 0), "data");
	assert_string_equal(json_text(task, data),
	    "{\"sub\":\"sub-1\",\"service\":\"tracking\",\"news\":\"application.changed\","
	    "\"reference\":\"CR-1\",\"consent\":\"c-1\"}");
	assert_int_equal(broken_of(task, NULL), 0);
	sql_tamper(s, "UPDATE event SET reference = 'CR-2' WHERE seq = 2");
	assert_int_equal(broken_of(task, "a"), 2);
	sql_tamper(s, "UPDATE event SET reference = 'CR-1' WHERE seq = 2");
	sql_tamper(s, "UPDATE event SET service_id = 'sim' WHERE seq = 3");
	assert_int_equal(broken_of(task, "a"), 3);
}
RECORDS_TEST(news)

static void
endpoint(struct task *task, const char *id, const char *client_id, const char *events)
{
	expect_ok(task,
	    sql_write_one(task,
		SQL("INSERT INTO webhook_endpoint (id, client_id, url, events, algorithm, secret,"
		    " before_until_s, disabled_s, since_s)"
		    " VALUES (?1, ?2, 'https://a.example/', ?3, 'v1', 1, 0, 0, 0)",
		    SQL_TEXT(id), SQL_TEXT(client_id), SQL_TEXT(events))));
}

static void
letters(struct stand *s, struct task *task, unsigned index)
{
	const struct letter *letter;
	const json_t *message;
	unsigned n_all = 0;

	(void)index;
	endpoint(task, "all", "a", "*");
	endpoint(task, "one", "a", "consent.paused consent.revoked");
	endpoint(task, "other", "a", "consent.paused");
	endpoint(task, "off", "a", "*");
	endpoint(task, "theirs", "b", "*");
	sql_tamper(s, "UPDATE webhook_endpoint SET disabled_s = 1 WHERE id = 'off'");
	expect_ok(task, add(task, "a", "consent.revoked"));
	for (int i = 0; i < 2; i++) {
		expect_ok(task, outbox_claim(task, nobody, &letter));
		assert_string_equal(letter->kind, "webhook");
		assert_string_equal(letter->client_id, "a");
		n_all += str_equal(json_get_text(letter->body, "endpoint"), "all");
	}
	assert_int_equal(n_all, 1);
	message = json_of(task, json_get_text(letter->body, "message"));
	assert_string_equal(json_get_text(message, "type"), "consent.revoked");
	assert_string_equal(json_get_text(json_object_get(message, "data"), "id"), "c-1");
	expect_ok(task, outbox_claim(task, nobody, &letter));
	assert_null(letter);
}
RECORDS_TEST(letters)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    RECORDS_UNIT(numbers),
	    RECORDS_UNIT(history),
	    RECORDS_UNIT(tampered),
	    RECORDS_UNIT(news),
	    RECORDS_UNIT(letters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
