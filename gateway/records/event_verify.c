/* SPDX-License-Identifier: Apache-2.0
 *
 * Walks the events of all clients and holds each against its hash, the row before and its number,
 * and the last of each client against its head: `dvara audit verify`.
 *
 * A page has a task of its own, so that memory does not grow with the rows.
 */
#include "core/task.h"
#include "records/event.h"
#include "records/event_row.h"

#include <stdio.h>

#define PAGE_ROWS  400
#define HASH_BYTES 64 /* 43 and a NUL */
#define ID_BYTES   300

struct walk {
	char client_id[ID_BYTES]; /* of the last whole row */
	char hash[HASH_BYTES];
	int64_t seq, n_rows;
	int64_t first_broken; /* of client_id */
};

static int walk_page(struct task *task, struct walk *walk, bool *ret_is_last);
static int page_read(struct task *task, struct walk *walk, struct sql_rows *ret_rows);
static void row_hold(struct task *task, struct walk *walk, const struct event_row *row);
static int heads_hold(struct task *task, struct walk *walk);

int
event_verify(struct task *task, struct event_check *ret_check)
{
	struct walk walk = {0};
	bool is_last = false;
	int r = 0;

	while (r == 0 && !is_last && walk.first_broken == 0)
		r = walk_page(task, &walk, &is_last);
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
walk_page(struct task *task, struct walk *walk, bool *ret_is_last)
{
	struct sql_rows rows = {0};
	struct task page;
	int r;

	task_open(&page, task->loop, task->rooms, task_left_ms(task));
	r = page_read(&page, walk, &rows);
	if (r < 0)
		task->fault = page.fault;
	for (size_t i = 0; r == 0 && i < rows.n_rows && walk->first_broken == 0; i++) {
		struct event_row row = event_row_of(&rows, i);

		row_hold(&page, walk, &row);
	}
	*ret_is_last = rows.n_rows < PAGE_ROWS;
	task_close(&page);
	return r;
}

static int
page_read(struct task *task, struct walk *walk, struct sql_rows *ret_rows)
{
	return sql_read(task,
	    SQL("SELECT " EVENT_COLUMNS " FROM event"
		" WHERE client_id > ?1 OR (client_id = ?1 AND seq > ?2)"
		" ORDER BY client_id, seq LIMIT 400",
		SQL_TEXT(walk->client_id), SQL_INT(walk->seq)),
	    ret_rows);
}

static void
row_hold(struct task *task, struct walk *walk, const struct event_row *row)
{
	if (!str_equal(row->client_id, walk->client_id)) {
		snprintf(walk->client_id, sizeof(walk->client_id), "%s", row->client_id);
		walk->hash[0] = '\0';
		walk->seq = 0;
	}
	if (row->seq != walk->seq + 1 || !str_equal(row->previous, walk->hash) ||
	    !str_equal(row->hash, event_row_hash(task, row))) {
		walk->first_broken = walk->seq + 1;
		return;
	}
	snprintf(walk->hash, sizeof(walk->hash), "%s", row->hash);
	walk->seq = row->seq;
	walk->n_rows++;
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
