/* SPDX-License-Identifier: Apache-2.0
 *
 * The ledger of releases (see ledger.h).
 */
#include "records/ledger.h"

#include "core/clock.h"
#include "core/random.h"
#include "core/task.h"
#include "store/sql.h"

#define LIST_MAX     400
#define RANDOM_BYTES 8

static const char *row_id(struct task *task);
static sql_step write_step;
static json_t *listed(const struct sql_rows *rows, size_t i);

int
ledger_add(struct sql_tx *tx, const struct ledger_row *row)
{
	struct task *task = sql_task(tx);

	return sql_run(tx,
	    SQL("INSERT INTO ledger (id, at_s, person_id, client_id, purpose_id, purpose_version,"
		" consent_id, basis, channel, claims, request_id)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
		SQL_TEXT(row_id(task)), SQL_INT(clock_now_s()), SQL_TEXT(row->person_id),
		SQL_TEXT(row->client_id), SQL_TEXT(row->purpose_id), SQL_TEXT(row->purpose_version),
		SQL_TEXT(row->consent_id), SQL_TEXT(row->basis), SQL_TEXT(row->channel),
		SQL_TEXT(names_text(task, row->claims)),
		SQL_TEXT(row->request_id == NULL ? task->request_id : row->request_id)),
	    NULL);
}

/* Grows with time, so that new rows stand together at the end of the index. */
static const char *
row_id(struct task *task)
{
	return task_printf(
	    task, "%012llx%s", (long long)clock_now_ms(), random_id(task, RANDOM_BYTES));
}

int
ledger_write(struct task *task, const struct ledger_row *row)
{
	struct ledger_row copy = *row;

	return sql_write(task, write_step, &copy);
}

static int
write_step(struct sql_tx *tx, void *arg)
{
	return ledger_add(tx, arg);
}

int
ledger_list(
    struct task *task, const char *person_id, const struct ledger_page *page, json_t **ret_rows)
{
	/* an id begins with a hex digit, all of which are before 'g' */
	const char *before = page->before == NULL ? "g" : page->before;
	struct sql_rows rows;
	json_t *array;
	int r;

	r = sql_read(task,
	    SQL("SELECT id, at_s, client_id, purpose_id, purpose_version, consent_id, basis,"
		" channel, claims, request_id FROM ledger"
		" WHERE person_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3",
		SQL_TEXT(person_id), SQL_TEXT(before),
		SQL_INT(page->limit < 1 || page->limit > LIST_MAX ? LIST_MAX : page->limit)),
	    &rows);
	if (r < 0)
		return r;
	array = json_array();
	for (size_t i = 0; i < rows.n_rows; i++)
		json_array_append_new(array, listed(&rows, i));
	*ret_rows = array;
	return 0;
}

static json_t *
listed(const struct sql_rows *rows, size_t i)
{
	json_t *object = json_object();

	json_set_text(object, "id", sql_text(rows, i, 0));
	json_object_set_new(object, "at", json_integer(sql_int(rows, i, 1)));
	json_set_text(object, "client_id", sql_text(rows, i, 2));
	json_set_text(object, "purpose_id", sql_text(rows, i, 3));
	json_set_text(object, "purpose_version", sql_text(rows, i, 4));
	json_set_text(object, "consent_id", sql_text(rows, i, 5));
	json_set_text(object, "basis", sql_text(rows, i, 6));
	json_set_text(object, "channel", sql_text(rows, i, 7));
	json_object_set_new(object, "claims", json_loads(sql_text(rows, i, 8), 0, NULL));
	json_set_text(object, "request_id", sql_text(rows, i, 9));
	return object;
}
