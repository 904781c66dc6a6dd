/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests of the consent API: made once, decided once, and whom they wait for (case S02).
 */
#include "unit/records/fixture.h"

#include "core/clock.h"
#include "records/consent_request.h"
#include "records/event.h"
#include "store/sql.h"

RECORDS_STAND

static const char *const none[] = {NULL};

static struct consent_request
request_new(struct task *task, const char *once, const char *person_id)
{
	struct consent_request request = {
	    .client_id = "rp1",
	    .once = once,
	    .purpose_id = "p",
	    .purpose_version = "1",
	    .person_id = person_id,
	    .asked = json_keep(task, json_pack("{s:s}", "purpose", "p/v1")),
	};

	expect_ok(task, consent_request_create(task, &request));
	return request;
}

static const struct consent_request *
found(struct task *task, const char *id)
{
	const struct consent_request *request;

	expect_ok(task, consent_request_find(task, id, &request));
	return request;
}

static struct consent
consent_of(struct task *task, const struct consent_request *request)
{
	return (struct consent){
	    .id = consent_new_id(task),
	    .person_id = "person",
	    .client_id = "rp1",
	    .purpose_id = "p",
	    .purpose_version = "1",
	    .asked = none,
	    .allowed = none,
	    .given_s = clock_now_s(),
	    .until_s = clock_now_s() + 1000,
	    .request_id = request->id,
	};
}

static size_t
waiting(struct task *task, const char *person_id)
{
	const char *const *list;
	size_t n = 0;

	expect_ok(task, consent_request_list(task, person_id, &list));
	while (list[n] != NULL)
		n++;
	return n;
}

static void
made(struct stand *s, struct task *task, unsigned index)
{
	struct consent_request first = request_new(task, "once", "person"), again, later;
	const struct consent_request *back = found(task, first.id);

	(void)index;
	assert_string_equal(back->status, CONSENT_REQUEST_AWAITING);
	assert_string_equal(json_get_text(back->asked, "purpose"), "p/v1");
	assert_null(found(task, "none"));
	assert_int_equal(waiting(task, "person"), 1);
	assert_int_equal(waiting(task, "other"), 0);
	/* the same one, for a day */
	again = request_new(task, "once", "person");
	assert_string_equal(again.id, first.id);
	clock_move(s, 86401);
	assert_string_equal(found(task, first.id)->status, "expired");
	assert_int_equal(waiting(task, "person"), 0);
	later = request_new(task, "once", "person");
	assert_string_not_equal(later.id, first.id);
	/* and in the end gone */
	clock_move(s, 92 * 86400);
	request_new(task, "another", NULL);
	assert_null(found(task, first.id));
	clock_move(s, 0);
}
RECORDS_TEST(made)

static void
decided(struct stand *s, struct task *task, unsigned index)
{
	struct consent_request request = request_new(task, "decided", NULL);
	struct consent consent = consent_of(task, &request), *consents[] = {&consent, NULL};
	const struct consent_answer yes = {"person", "sub", consents}, no = {.person_id = "person"};
	const struct consent *given;
	json_t *events;

	(void)s, (void)index;
	expect_ok(task, consent_request_decide(task, &request, &yes));
	assert_string_equal(found(task, request.id)->status, "authorised");
	assert_string_equal(found(task, request.id)->consent_id, consent.id);
	expect_ok(task, consent_by_id(task, consent.id, &given));
	assert_string_equal(given->request_id, request.id);
	expect_fault(task, consent_request_decide(task, &request, &yes), CONFLICT);
	expect_fault(task, consent_request_decide(task, &request, &no), CONFLICT);
	expect_fault(task, consent_request_cancel(task, &request), CONFLICT);
	expect_ok(task, event_list(task, "rp1", &(struct event_page){0, 10}, &events));
	json_keep(task, events);
	assert_int_equal(json_array_size(events), 2);
	assert_string_equal(
	    json_get_text(json_array_get(events, 0), "type"), "consent_request.authorised");
	assert_string_equal(json_get_text(json_array_get(events, 1), "type"), "consent.given");

	request = request_new(task, "no", NULL);
	expect_ok(task, consent_request_decide(task, &request, &no));
	assert_string_equal(found(task, request.id)->status, "rejected");
	request = request_new(task, "cancelled", NULL);
	expect_ok(task, consent_request_cancel(task, &request));
	expect_ok(task, consent_request_cancel(task, found(task, request.id)));
	expect_fault(task, consent_request_decide(task, &request, &yes), CONFLICT);
	assert_string_equal(found(task, request.id)->status, "cancelled");
}
RECORDS_TEST(decided)

/* Sixteen answers at a time, half of them no: one counts, with its consent or without. */
static struct consent_request raced;
static unsigned n_counted;

static void
race_begin(struct stand *s, struct task *task, unsigned index)
{
	static char id[64];
	struct consent_request request = request_new(task, "raced", NULL);

	(void)s, (void)index;
	snprintf(id, sizeof(id), "%s", request.id);
	raced = (struct consent_request){.id = id, .client_id = "rp1"};
}

static void
race_run(struct stand *s, struct task *task, unsigned index)
{
	struct consent consent = consent_of(task, &raced), *consents[] = {&consent, NULL};
	const struct consent_answer answer = {
	    .person_id = "person", .subject = "sub", .consents = index % 2 ? consents : NULL};
	int r = consent_request_decide(task, &raced, &answer);

	(void)s;
	if (r == 0)
		__atomic_add_fetch(&n_counted, 1, __ATOMIC_RELAXED);
	else
		expect_fault(task, r, CONFLICT);
}

static void
race_end(struct stand *s, struct task *task, unsigned index)
{
	bool is_allowed = found(task, raced.id)->consent_id != NULL;
	struct sql_rows rows;

	(void)s, (void)index;
	assert_int_equal(n_counted, 1);
	expect_ok(
	    task, sql_read(task,
		      SQL("SELECT COUNT(*) FROM consent WHERE request_id = ?1", SQL_TEXT(raced.id)),
		      &rows));
	assert_int_equal(sql_int(&rows, 0, 0), is_allowed ? 1 : 0);
}

static void
test_race(void **state)
{
	(void)state;
	stand_redis(&stand, race_begin);
	stand_run(&stand, &(struct stand_run){.fn = race_run, .n = 16, .use_redis = true});
	stand_redis(&stand, race_end);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    RECORDS_UNIT(made),
	    RECORDS_UNIT(decided),
	    RECORDS_UNIT(race),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
