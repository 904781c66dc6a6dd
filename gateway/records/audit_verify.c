/* SPDX-License-Identifier: Apache-2.0
 *
 * Walks the audit trail from its first row and holds each against its hash, the row before and its
 * number, and the last against the head: `dvara audit verify`.
 *
 * A page has a task of its own, so that memory does not grow with the trail.
 */
#include "records/audit.h"

#include "core/task.h"
#include "records/audit_row.h"
#include "store/sql.h"

#include <stdio.h>
#include <string.h>

#define PAGE_ROWS  400
#define HASH_BYTES 64 /* 43 and a NUL */

struct walk {
	int64_t seq; /* of the last whole row */
	char hash[HASH_BYTES];
	int64_t first_broken;
	const char *why;
};

static int walk_page(struct task *task, struct walk *walk, bool *ret_is_last);
static int page_read(struct task *task, struct walk *walk, struct sql_rows *ret_rows);
static void row_hold(struct task *task, struct walk *walk, const struct audit_row *row);
static struct audit_row row_of(const struct sql_rows *rows, size_t i);
static int head_hold(struct task *task, struct walk *walk);

int
audit_verify(struct task *task, struct audit_check *ret_check)
{
	struct walk walk = {0};
	bool is_last = false;
	int r = 0;

	while (r == 0 && !is_last && walk.first_broken == 0)
		r = walk_page(task, &walk, &is_last);
	if (r == 0 && walk.first_broken == 0)
		r = head_hold(task, &walk);
	if (r < 0)
		return r;
	*ret_check = (struct audit_check){
	    .n_rows = walk.seq,
	    .first_broken = walk.first_broken,
	    .why = walk.why,
	    .head = task_dup(task, walk.hash),
	};
	return 0;
}

static int
walk_page(struct task *task, struct walk *walk, bool *ret_is_last)
{
	struct task page;
	struct sql_rows rows;
	int r;

	task_open(&page, task->loop, task->rooms, task_left_ms(task));
	r = page_read(&page, walk, &rows);
	if (r < 0)
		task->fault = page.fault;
	for (size_t i = 0; r == 0 && i < rows.n_rows && walk->first_broken == 0; i++) {
		struct audit_row row = row_of(&rows, i);

		row_hold(&page, walk, &row);
	}
	if (r == 0)
		*ret_is_last = rows.n_rows < PAGE_ROWS;
	task_close(&page);
	return r;
}

static int
page_read(struct task *task, struct walk *walk, struct sql_rows *ret_rows)
{
	return sql_read(task,
	    SQL("SELECT seq, at_s, event, actor, person_id, client_id, detail, prev, hash"
		" FROM audit WHERE seq > ?1 ORDER BY seq LIMIT 400",
		SQL_INT(walk->seq)),
	    ret_rows);
}

static struct audit_row
row_of(const struct sql_rows *rows, size_t i)
{
	return (struct audit_row){
	    .seq = sql_int(rows, i, 0),
	    .at_s = sql_int(rows, i, 1),
	    .event = sql_text(rows, i, 2),
	    .actor = sql_text(rows, i, 3),
	    .person_id = sql_text(rows, i, 4),
	    .client_id = sql_text(rows, i, 5),
	    .detail = sql_text(rows, i, 6),
	    .prev = sql_text(rows, i, 7),
	    .hash = sql_text(rows, i, 8),
	};
}

static void
row_hold(struct task *task, struct walk *walk, const struct audit_row *row)
{
	const int64_t expected = walk->seq + 1;

	if (row->seq != expected) {
		walk->first_broken = expected;
		walk->why = "the row is missing";
	} else if (!str_equal(row->prev, walk->hash)) {
		walk->first_broken = expected;
		walk->why = "the row does not follow the one before it";
	} else if (!str_equal(row->hash, audit_row_hash(task, row))) {
		walk->first_broken = expected;
		walk->why = "the row was changed";
	} else {
		walk->seq = row->seq;
		snprintf(walk->hash, sizeof(walk->hash), "%s", row->hash);
	}
}

/* Rows cut off at the end leave a whole chain; the head knows how long it was. */
static int
head_hold(struct task *task, struct walk *walk)
{
	struct sql_rows rows;
	int r;

	r = sql_read(
	    task, SQL("SELECT seq, hash FROM audit_head WHERE one = ?1", SQL_INT(1)), &rows);
	if (r < 0)
		return r;
	if (rows.n_rows == 1 && sql_int(&rows, 0, 0) > walk->seq) {
		walk->first_broken = walk->seq + 1;
		walk->why = "the row is missing";
	} else if (rows.n_rows != 1 || sql_int(&rows, 0, 0) != walk->seq ||
		   !str_equal(sql_text(&rows, 0, 1), walk->hash)) {
		walk->first_broken = walk->seq > 0 ? walk->seq : 1;
		walk->why = "the head does not name the last row";
	}
	return 0;
}
