/* SPDX-License-Identifier: Apache-2.0
 *
 * What a person says is wrong: a complaint about something that was done with their details, or a
 * correction of a value that the register has.  In SQL.
 *
 * It has a number at once, a day by which it is answered, an answer, and where the person is not
 * content one appeal, which another operator answers.  Its texts are personal: they are in no log
 * and no audit row.  Written on /account, answered by `dvara complaint answer`.
 */
#ifndef RECORDS_COMPLAINT_H
#define RECORDS_COMPLAINT_H

#include "core/str.h"
#include "records/span.h"

struct task;

#define COMPLAINT_TEXT_MAX 2000 /* characters, of each text */

/* In this order in the table of names (complaint.c). */
enum complaint_kind { COMPLAINT = 1, CORRECTION };
enum complaint_about {
	ABOUT_NOTHING = 1, /* in general */
	ABOUT_LEDGER,      /* reference: id of a row of the ledger */
	ABOUT_CONSENT,     /* of a consent */
	ABOUT_LOOK,        /* number of an audit row */
	ABOUT_ATTRIBUTE    /* name of a claim */
};

struct complaint {
	const char *id; /* BCDF-GHJK */
	const char *person_id;
	const char *guardian_id; /* who wrote it in the person's name; NULL: the person */
	enum complaint_kind kind;
	enum complaint_about about;
	const char *reference; /* or NULL */
	const char *client_id; /* whom it is about; or NULL */
	const char *text, *language;
	int64_t since_s, due_s; /* due: of the answer that is awaited, or was */
	bool is_open;           /* an answer is awaited */
	const char *answer, *answered_by;
	int64_t answered_s;
	const char *appeal;
	int64_t appealed_s;
	const char *last_answer;
	int64_t last_answered_s;
};

/* Makes id, since_s and due_s.  Durable, with an audit row.  Fails INVALID_REQUEST where the text
 * is empty or too long, TOO_MANY_REQUESTS where who writes it (the person, or
 * this guardian) filed as many today as may be. */
int complaint_file(struct task *task, struct complaint *complaint);

/* *ret_complaint is NULL where there is none; id as people write it, in any case, with or without
 * its hyphen. */
int complaint_find(struct task *task, const char *id, const struct complaint **ret_complaint);

/* NULL-ended.  Of a person: newest first, at most 50, by the length that their texts may have. What
 * is open, of all: the first due first, at most 1000, without their texts. */
#define COMPLAINT_LIST_MAX 50
#define COMPLAINT_OPEN_MAX 1000
struct complaint_page {
	struct span span;
	const char *guardian_id; /* what this guardian wrote alone; NULL: all */
};
int complaint_list(struct task *task, const char *person_id, const struct complaint_page *page,
    const struct complaint *const **ret_list);
int complaint_list_open(struct task *task, const struct complaint *const **ret_list);

/* The answer, or after an appeal the last one.  NOT_FOUND; CONFLICT: none is awaited, or the
 * operator is who gave the answer that is appealed against. */
int complaint_answer(
    struct task *task, const char *id, const char *text, const char *operator_name);

/* May it (still) be appealed against, which is once, within [account] appeal of the answer? */
bool complaint_may_appeal(const struct task *task, const struct complaint *complaint);
/* actor: of the audit row.  CONFLICT: it may not. */
int complaint_appeal(
    struct task *task, const struct complaint *complaint, const char *text, const char *actor);

/* "complaint"; "ledger"; open answered appealed closed. */
const char *complaint_kind_name(const struct complaint *complaint);
const char *complaint_about_name(const struct complaint *complaint);
const char *complaint_state(const struct complaint *complaint);

/* False: no such name. */
bool complaint_about_of(const char *name, enum complaint_about *ret_about);

/* For /metrics: sets the gauges of what is open and what is overdue, from SQL. */
int complaint_measure(struct task *task);

#endif
