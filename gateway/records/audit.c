/* SPDX-License-Identifier: Apache-2.0
 *
 * The audit trail (see audit.h).
 */
#include "records/audit.h"

#include "core/clock.h"
#include "core/task.h"
#include "records/audit_row.h"
#include "store/sql.h"

#include <stdio.h>
#include <string.h>

#define LIST_MAX         400
#define DETAIL_MAX_BYTES 3000 /* so that a page of the trail fits into one answer of SQL */
#define HASH_BYTES       64   /* 43 and a NUL */

#define COLUMNS "seq, at_s, event, actor, person_id, client_id, detail, hash"

struct audit_head {
	int64_t seq;
	char hash[HASH_BYTES];
};

static int head_move(
    struct sql_tx *tx, struct audit_head *last, struct audit_row *row, bool *ret_is_moved);
static int head_read(struct sql_tx *tx, struct audit_head *ret_head);
static int row_insert(struct sql_tx *tx, const struct audit_row *row);
static sql_step write_step;
static int64_t seq_before(const struct span *span);
static json_t *all_listed(const struct sql_rows *rows);
static json_t *listed(const struct sql_rows *rows, size_t i);

/* The row before is the one of this thread's last row, unless that was undone or another process
 * wrote since: then nothing stands where it is looked for, and the head is read. */
int
audit_add(struct sql_tx *tx, const struct audit_event *event)
{
	static _Thread_local struct audit_head last;
	struct task *task = sql_task(tx);
	struct audit_row row = {
	    .at_s = clock_now_s(),
	    .event = event->event,
	    .actor = event->actor,
	    .person_id = event->person_id,
	    .client_id = event->client_id,
	    .detail = event->detail == NULL ? NULL : json_text(task, event->detail),
	};
	bool is_moved = false;
	int r;

	if (row.detail != NULL && strlen(row.detail) > DETAIL_MAX_BYTES)
		return fail(task, BROKEN, "the detail of an audit row is too long");
	r = head_move(tx, &last, &row, &is_moved);
	if (r == 0 && !is_moved)
		r = head_read(tx, &last);
	if (r == 0 && !is_moved)
		r = head_move(tx, &last, &row, &is_moved);
	if (r < 0)
		return r;
	if (!is_moved)
		return fail(task, BROKEN, "the head of the audit trail moves under its lock");
	return row_insert(tx, &row);
}

/* Makes the row the one after *last, and the head's.  The update waits for another process that has
 * the head, and then looks anew whether *last is still there. */
static int
head_move(struct sql_tx *tx, struct audit_head *last, struct audit_row *row, bool *ret_is_moved)
{
	struct task *task = sql_task(tx);
	struct sql_rows moved;
	int r;

	row->seq = last->seq + 1;
	row->prev = task_dup(task, last->hash);
	row->hash = audit_row_hash(task, row);
	r = sql_run(tx,
	    SQL("UPDATE audit_head SET seq = ?1, hash = ?2"
		" WHERE one = 1 AND seq = ?3 AND hash = ?4",
		SQL_INT(row->seq), SQL_TEXT(row->hash), SQL_INT(last->seq), SQL_TEXT(last->hash)),
	    &moved);
	if (r < 0 || moved.n_changed == 0)
		return r;
	last->seq = row->seq;
	snprintf(last->hash, sizeof(last->hash), "%s", row->hash);
	*ret_is_moved = true;
	return 0;
}

/* Under the lock, which the update takes: nobody else moves it before our commit. */
static int
head_read(struct sql_tx *tx, struct audit_head *ret_head)
{
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("UPDATE audit_head SET seq = seq WHERE one = ?1 RETURNING seq, hash", SQL_INT(1)),
	    &rows);
	if (r < 0)
		return r;
	if (rows.n_rows != 1)
		return fail(sql_task(tx), BROKEN, "the head of the audit trail is missing");
	ret_head->seq = sql_int(&rows, 0, 0);
	snprintf(ret_head->hash, sizeof(ret_head->hash), "%s", sql_text(&rows, 0, 1));
	return 0;
}

static int
row_insert(struct sql_tx *tx, const struct audit_row *row)
{
	return sql_run(tx,
	    SQL("INSERT INTO audit"
		" (seq, at_s, event, actor, person_id, client_id, detail, prev, hash)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
		SQL_INT(row->seq), SQL_INT(row->at_s), SQL_TEXT(row->event), SQL_TEXT(row->actor),
		SQL_TEXT(row->person_id), SQL_TEXT(row->client_id), SQL_TEXT(row->detail),
		SQL_TEXT(row->prev), SQL_TEXT(row->hash)),
	    NULL);
}

int
audit_write(struct task *task, const struct audit_event *event)
{
	struct audit_event copy = *event;

	return sql_write(task, write_step, &copy);
}

static int
write_step(struct sql_tx *tx, void *arg)
{
	return audit_add(tx, arg);
}

int
audit_list(struct task *task, const struct span *span, json_t **ret_events)
{
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT " COLUMNS " FROM audit WHERE seq < ?1 ORDER BY seq DESC LIMIT ?2",
		SQL_INT(seq_before(span)), SQL_INT(span_rows(span, LIST_MAX))),
	    &rows);
	if (r < 0)
		return r;
	*ret_events = all_listed(&rows);
	return 0;
}

/* Its last condition is word for word that of the index which holds just these rows. */
int
audit_list_looks(
    struct task *task, const char *person_id, const struct span *span, json_t **ret_events)
{
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT " COLUMNS " FROM audit WHERE person_id = ?1 AND seq < ?2"
		" AND SUBSTR(actor, 1, 9) IN ('operator:', 'guardian:')"
		" ORDER BY seq DESC LIMIT ?3 OFFSET ?4",
		SQL_TEXT(person_id), SQL_INT(seq_before(span)), SQL_INT(span_rows(span, LIST_MAX)),
		SQL_INT(span->skip)),
	    &rows);
	if (r < 0)
		return r;
	*ret_events = all_listed(&rows);
	return 0;
}

static int64_t
seq_before(const struct span *span)
{
	int64_t seq = INT64_MAX;

	str_to_i64(span->before, 1, INT64_MAX, &seq);
	return seq;
}

static json_t *
all_listed(const struct sql_rows *rows)
{
	json_t *events = json_array();

	for (size_t i = 0; i < rows->n_rows; i++)
		json_array_append_new(events, listed(rows, i));
	return events;
}

static json_t *
listed(const struct sql_rows *rows, size_t i)
{
	const char *detail = sql_text(rows, i, 6);
	json_t *object = json_object();

	json_object_set_new(object, "seq", json_integer(sql_int(rows, i, 0)));
	json_object_set_new(object, "at", json_integer(sql_int(rows, i, 1)));
	json_set_text(object, "event", sql_text(rows, i, 2));
	json_set_text(object, "actor", sql_text(rows, i, 3));
	json_set_text(object, "person_id", sql_text(rows, i, 4));
	json_set_text(object, "client_id", sql_text(rows, i, 5));
	if (detail != NULL)
		json_object_set_new(object, "detail", json_loads(detail, 0, NULL));
	json_set_text(object, "hash", sql_text(rows, i, 7));
	return object;
}
