/* SPDX-License-Identifier: Apache-2.0
 *
 * Complaints: numbered, answered by a day, appealed against once, answered by somebody else.
 */
#include "unit/records/fixture.h"

#include "core/buf.h"
#include "core/clock.h"
#include "core/metrics.h"
#include "records/audit.h"
#include "records/complaint.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S (24 * 3600)

RECORDS_STAND

static struct complaint
filed(struct task *task, const char *text)
{
	struct complaint complaint = {
	    .person_id = "person",
	    .kind = COMPLAINT,
	    .about = ABOUT_LEDGER,
	    .reference = "0123",
	    .client_id = "rp1",
	    .text = text,
	    .language = "km",
	};

	expect_ok(task, complaint_file(task, &complaint));
	return complaint;
}

static const struct complaint *
found(struct task *task, const char *id)
{
	const struct complaint *complaint;

	expect_ok(task, complaint_find(task, id, &complaint));
	return complaint;
}

static size_t
n_open(struct task *task)
{
	const struct complaint *const *list;
	size_t n = 0;

	expect_ok(task, complaint_list_open(task, &list));
	while (list[n] != NULL)
		n++;
	return n;
}

static void
life(struct stand *s, struct task *task, unsigned index)
{
	struct complaint complaint = filed(task, "I was never there. =HYPERLINK(1)");
	const struct complaint *back = found(task, complaint.id);
	const struct complaint *const *list;

	(void)index;
	assert_int_equal(strlen(complaint.id), 9);
	assert_int_equal(complaint.due_s - complaint.since_s, 30 * DAY_S);
	assert_string_equal(back->text, "I was never there. =HYPERLINK(1)");
	assert_string_equal(complaint_state(back), "open");
	assert_string_equal(complaint_about_name(back), "ledger");
	assert_string_equal(complaint_kind_name(back), "complaint");
	assert_false(complaint_may_appeal(task, back));
	expect_fault(task, complaint_appeal(task, back, "no", "person"), CONFLICT);
	assert_int_equal(n_open(task), 1);

	expect_ok(task, complaint_answer(task, complaint.id, "It was so.", "ana"));
	back = found(task, complaint.id);
	assert_string_equal(complaint_state(back), "answered");
	assert_string_equal(back->answered_by, "ana");
	assert_int_equal(n_open(task), 0);
	expect_fault(task, complaint_answer(task, complaint.id, "Again.", "bo"), CONFLICT);

	assert_true(complaint_may_appeal(task, back));
	clock_move(s, 31 * DAY_S);
	assert_false(complaint_may_appeal(task, back));
	clock_move(s, 2 * DAY_S);
	expect_ok(task, complaint_appeal(task, back, "It was not.", "person"));
	expect_fault(task, complaint_appeal(task, back, "Twice.", "person"), CONFLICT);
	back = found(task, complaint.id);
	assert_string_equal(complaint_state(back), "appealed");
	assert_int_equal(back->due_s - back->appealed_s, 30 * DAY_S);
	expect_fault(task, complaint_answer(task, complaint.id, "Still.", "ana"), CONFLICT);
	expect_ok(task, complaint_answer(task, complaint.id, "You are right.", "bo"));
	back = found(task, complaint.id);
	assert_string_equal(complaint_state(back), "closed");
	assert_string_equal(back->last_answer, "You are right.");
	assert_false(complaint_may_appeal(task, back));

	expect_ok(task,
	    complaint_list(task, "person", &(struct complaint_page){.span.limit = 50}, &list));
	assert_non_null(list[0]);
	assert_null(list[1]);
	expect_ok(
	    task, complaint_list(task, "other", &(struct complaint_page){.span.limit = 50}, &list));
	assert_null(list[0]);
	clock_move(s, 0);
}
RECORDS_TEST(life)

/* However somebody writes it down. */
static void
number(struct stand *s, struct task *task, unsigned index)
{
	struct complaint complaint = filed(task, "x");
	char low[16];
	size_t n = 0;

	(void)s;
	(void)index;
	for (const char *c = complaint.id; *c; c++)
		if (*c != '-')
			low[n++] = (char)tolower((unsigned char)*c);
	low[n] = '\0';
	assert_non_null(found(task, low));
	assert_null(found(task, ""));
	assert_null(found(task, NULL));
	assert_null(found(task, "BCDF-GHJKL"));
	assert_null(found(task, "BCDF-GH"));
	assert_null(found(task, "' OR 1=1"));
	expect_fault(task, complaint_answer(task, "BCDF-GHJK", "x", "ana"), NOT_FOUND);
}
RECORDS_TEST(number)

static void
texts(struct stand *s, struct task *task, unsigned index)
{
	struct complaint complaint = {.person_id = "p",
	    .kind = CORRECTION,
	    .about = ABOUT_ATTRIBUTE,
	    .reference = "birthdate",
	    .language = "lo"};
	char *text = task_alloc(task, 3 * COMPLAINT_TEXT_MAX + 4);

	(void)s;
	(void)index;
	for (size_t i = 0; i <= COMPLAINT_TEXT_MAX; i++)
		memcpy(text + 3 * i, "\xe1\x9e\x80", 4);
	complaint.text = text;
	expect_fault(task, complaint_file(task, &complaint), INVALID_REQUEST);
	text[3 * COMPLAINT_TEXT_MAX] = '\0';
	expect_ok(task, complaint_file(task, &complaint));
	complaint.text = " \r\n";
	expect_fault(task, complaint_file(task, &complaint), INVALID_REQUEST);
	complaint.text = NULL;
	expect_fault(task, complaint_file(task, &complaint), INVALID_REQUEST);
}
RECORDS_TEST(texts)

static void
per_day(struct stand *s, struct task *task, unsigned index)
{
	struct complaint complaint = {.person_id = "person",
	    .kind = COMPLAINT,
	    .about = ABOUT_NOTHING,
	    .text = "x",
	    .language = "en"};

	(void)index;
	for (int i = 0; i < 10; i++)
		filed(task, "x");
	expect_fault(task, complaint_file(task, &complaint), TOO_MANY_REQUESTS);
	complaint.guardian_id = "guardian";
	expect_ok(task, complaint_file(task, &complaint));
	complaint.guardian_id = NULL;
	expect_fault(task, complaint_file(task, &complaint), TOO_MANY_REQUESTS);
	complaint.person_id = "other";
	expect_ok(task, complaint_file(task, &complaint));
	complaint.person_id = "person";
	clock_move(s, DAY_S + 1);
	expect_ok(task, complaint_file(task, &complaint));
	clock_move(s, 0);
}
RECORDS_TEST(per_day)

/* The trail says that, and about what; never the words. */
static void
trail(struct stand *s, struct task *task, unsigned index)
{
	struct complaint complaint = filed(task, "my secret illness");
	json_t *events;

	(void)s;
	(void)index;
	expect_ok(task, complaint_answer(task, complaint.id, "my secret answer", "ana"));
	expect_ok(task, audit_list(task, &(struct span){.limit = 400}, &events));
	json_keep(task, events);
	assert_int_equal(json_array_size(events), 2);
	assert_null(strstr(json_text(task, events), "secret"));
	assert_non_null(strstr(json_text(task, events), complaint.id));
	expect_ok(task, audit_list_looks(task, "person", &(struct span){.limit = 400}, &events));
	json_keep(task, events);
	assert_int_equal(json_array_size(events), 1);
	assert_string_equal(json_get_text(json_array_get(events, 0), "actor"), "operator:ana");
	expect_ok(task, audit_list_looks(task, "other", &(struct span){.limit = 400}, &events));
	json_keep(task, events);
	assert_int_equal(json_array_size(events), 0);
}
RECORDS_TEST(trail)

static double
gauge(struct task *task, const char *name)
{
	struct buf buf;
	const char *line;

	buf_open(&buf, task, 1 << 20);
	metrics_write(&buf);
	line = strstr(buf_text(&buf), task_printf(task, "\n%s ", name));
	assert_non_null(line);
	return strtod(line + strlen(name) + 2, NULL);
}

static void
measured(struct stand *s, struct task *task, unsigned index)
{
	struct complaint complaint = filed(task, "x");

	(void)index;
	filed(task, "y");
	clock_move(s, 30 * DAY_S - 5);
	filed(task, "z");
	expect_ok(task, complaint_measure(task));
	assert_int_equal((int)gauge(task, "dvara_complaints_open"), 3);
	assert_int_equal((int)gauge(task, "dvara_complaints_overdue"), 0);
	clock_move(s, 30 * DAY_S + 5);
	expect_ok(task, complaint_measure(task));
	assert_int_equal((int)gauge(task, "dvara_complaints_overdue"), 2);
	expect_ok(task, complaint_answer(task, complaint.id, "late", "ana"));
	expect_ok(task, complaint_measure(task));
	assert_int_equal((int)gauge(task, "dvara_complaints_open"), 2);
	assert_int_equal((int)gauge(task, "dvara_complaints_overdue"), 1);
	clock_move(s, 0);
}
RECORDS_TEST(measured)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    RECORDS_UNIT(life),
	    RECORDS_UNIT(number),
	    RECORDS_UNIT(texts),
	    RECORDS_UNIT(per_day),
	    RECORDS_UNIT(trail),
	    RECORDS_UNIT(measured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
