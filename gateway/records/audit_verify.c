/* SPDX-License-Identifier: Apache-2.0
 *
 * Walks the audit trail from its first row and holds each against its hash, the row before and its
 * number, and the last against the head: `dvara audit verify`.
 */
#include "records/audit.h"

#include "core/task.h"
#include "records/audit_row.h"
#include "records/chain_walk.h"

#include <stdio.h>
#include <string.h>

struct walk {
	int64_t seq; /* of the last whole row */
	char hash[CHAIN_HASH_BYTES];
	int64_t first_broken;
	const char *why;
};

static int page_read(struct task *task, const void *arg, struct sql_rows *ret_rows);
static bool row_hold(struct task *task, void *arg, const struct sql_rows *rows, size_t i);
static const char *wrong(struct task *task, const struct walk *walk, const struct audit_row *row);
static struct audit_row row_of(const struct sql_rows *rows, size_t i);
static int head_hold(struct task *task, struct walk *walk);

int
audit_verify(struct task *task, struct audit_check *ret_check)
{
	static const struct chain_steps steps = {page_read, row_hold};
	struct walk walk = {0};
	int r;

	r = chain_walk(task, &steps, &walk);
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
page_read(struct task *task, const void *arg, struct sql_rows *ret_rows)
{
	const struct walk *walk = arg;

	return sql_read(task,
	    SQL("SELECT seq, at_s, event, actor, person_id, client_id, detail, prev, hash"
		" FROM audit WHERE seq > ?1 ORDER BY seq LIMIT ?2",
		SQL_INT(walk->seq), SQL_INT(CHAIN_PAGE_ROWS)),
	    ret_rows);
}

static bool
row_hold(struct task *task, void *arg, const struct sql_rows *rows, size_t i)
{
	const struct audit_row row = row_of(rows, i);
	struct walk *walk = arg;

	walk->why = wrong(task, walk, &row);
	if (walk->why != NULL) {
		walk->first_broken = walk->seq + 1;
		return false;
	}
	walk->seq = row.seq;
	snprintf(walk->hash, sizeof(walk->hash), "%s", row.hash);
	return true;
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

/* NULL: nothing. */
static const char *
wrong(struct task *task, const struct walk *walk, const struct audit_row *row)
{
	if (row->seq != walk->seq + 1)
		return "the row is missing";
	if (!str_equal(row->prev, walk->hash))
		return "the row does not follow the one before it";
	if (!str_equal(row->hash, audit_row_hash(task, row)))
		return "the row was changed";
	return NULL;
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
