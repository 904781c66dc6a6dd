/* SPDX-License-Identifier: Apache-2.0
 *
 * Walks the events of all clients and holds each against its hash, the row before and its number,
 * and the last of each client against its head: `dvara audit verify`.
 */
#include "core/task.h"
#include "records/chain_walk.h"
#include "records/event.h"
#include "records/event_row.h"

#include <stdio.h>

#define ID_BYTES 300

struct walk {
	char client_id[ID_BYTES]; /* of the last whole row */
	char hash[CHAIN_HASH_BYTES];
	int64_t seq, n_rows;
	int64_t first_broken; /* of client_id */
};

static int page_read(struct task *task, const void *arg, struct sql_rows *ret_rows);
static bool row_hold(struct task *task, void *arg, const struct sql_rows *rows, size_t i);
static int heads_hold(struct task *task, struct walk *walk);

int
event_verify(struct task *task, struct event_check *ret_check)
{
	static const struct chain_steps steps = {page_read, row_hold};
	struct walk walk = {0};
	int r;

	r = chain_walk(task, &steps, &walk);
	if (r == 0 && walk.first_broken == 0)
		r = heads_hold(task, &walk);
	if (r < 0)
		return r;
	*ret_check = (struct event_check){
	    .n_rows = walk.n_rows,
	    .first_broken = walk.first_broken,
	    .client_id = task_dup(task, walk.client_id),
	};
	return 0;
}

static int
page_read(struct task *task, const void *arg, struct sql_rows *ret_rows)
{
	const struct walk *walk = arg;

	return sql_read(task,
	    SQL("SELECT " EVENT_COLUMNS " FROM event"
		" WHERE client_id > ?1 OR (client_id = ?1 AND seq > ?2)"
		" ORDER BY client_id, seq LIMIT ?3",
		SQL_TEXT(walk->client_id), SQL_INT(walk->seq), SQL_INT(CHAIN_PAGE_ROWS)),
	    ret_rows);
}

static bool
row_hold(struct task *task, void *arg, const struct sql_rows *rows, size_t i)
{
	const struct event_row row = event_row_of(rows, i);
	struct walk *walk = arg;

	if (!str_equal(row.client_id, walk->client_id)) {
		snprintf(walk->client_id, sizeof(walk->client_id), "%s", row.client_id);
		walk->hash[0] = '\0';
		walk->seq = 0;
	}
	if (row.seq != walk->seq + 1 || !str_equal(row.previous, walk->hash) ||
	    !str_equal(row.hash, event_row_hash(task, &row))) {
		walk->first_broken = walk->seq + 1;
		return false;
	}
	snprintf(walk->hash, sizeof(walk->hash), "%s", row.hash);
	walk->seq = row.seq;
	walk->n_rows++;
	return true;
}

/* Where the end of a client's rows was cut off, its head names a row that is missing. */
static int
heads_hold(struct task *task, struct walk *walk)
{
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT client_id, seq FROM event_head WHERE NOT EXISTS (SELECT 1 FROM event"
		" WHERE event.client_id = event_head.client_id AND event.seq = event_head.seq"
		" AND event.hash = event_head.hash) ORDER BY client_id LIMIT ?1",
		SQL_INT(1)),
	    &rows);
	if (r < 0 || rows.n_rows == 0)
		return r;
	snprintf(walk->client_id, sizeof(walk->client_id), "%s", sql_text(&rows, 0, 0));
	walk->first_broken = sql_int(&rows, 0, 1);
	return 0;
}
