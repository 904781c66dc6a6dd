/* SPDX-License-Identifier: Apache-2.0
 *
 * The ledger of releases (see ledger.h).
 */
#include "records/ledger.h"

#include "core/clock.h"
#include "core/random.h"
#include "core/task.h"
#include "store/sql.h"

#include <string.h>

#define LIST_MAX      400
#define RANDOM_BYTES  8
#define ID_TIME       "%012llx" /* milliseconds */
#define RECEIVERS_MAX 200

#define COLUMNS \
	"id, at_s, client_id, purpose_id, purpose_version, consent_id, basis, channel, claims," \
	" request_id"

static const char *row_id(struct task *task);
static sql_step write_step;
static const char *id_before(struct task *task, const struct ledger_page *page);
static const char *id_at(struct task *task, int64_t at_s);
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
	    task, ID_TIME "%s", (long long)clock_now_ms(), random_id(task, RANDOM_BYTES));
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
	struct sql_rows rows;
	json_t *array;
	int r;

	r = sql_read(task,
	    SQL("SELECT " COLUMNS " FROM ledger"
		" WHERE person_id = ?1 AND id < ?2 AND id >= ?3"
		" AND (CAST(?4 AS BIGINT) = 1 OR COALESCE(client_id, '') = ?5)"
		" ORDER BY id DESC LIMIT ?6 OFFSET ?7",
		SQL_TEXT(person_id), SQL_TEXT(id_before(task, page)),
		SQL_TEXT(id_at(task, page->from_s)), SQL_INT(page->receiver == NULL),
		SQL_TEXT(page->receiver == NULL ? "" : page->receiver),
		SQL_INT(span_rows(&page->span, LIST_MAX)), SQL_INT(page->span.skip)),
	    &rows);
	if (r < 0)
		return r;
	array = json_array();
	for (size_t i = 0; i < rows.n_rows; i++)
		json_array_append_new(array, listed(&rows, i));
	*ret_rows = array;
	return 0;
}

int
ledger_longest(struct task *task, const char *person_id, int64_t *ret_bytes)
{
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT COALESCE(MAX(LENGTH(claims)), 0) FROM ledger WHERE person_id = ?1",
		SQL_TEXT(person_id)),
	    &rows);
	if (r == 0)
		*ret_bytes = sql_int(&rows, 0, 0);
	return r;
}

static const char *
id_before(struct task *task, const struct ledger_page *page)
{
	const char *before = span_id(&page->span), *until;

	if (page->until_s <= 0)
		return before;
	until = id_at(task, page->until_s);
	return strcmp(until, before) < 0 ? until : before;
}

/* What the ids of that second and all later ones are not before. */
static const char *
id_at(struct task *task, int64_t at_s)
{
	return task_printf(task, ID_TIME, (long long)(at_s > 0 ? at_s * 1000 : 0));
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

int
ledger_find(struct task *task, const char *person_id, const char *id, json_t **ret_row)
{
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT " COLUMNS " FROM ledger WHERE person_id = ?1 AND id = ?2",
		SQL_TEXT(person_id), SQL_TEXT(id)),
	    &rows);
	if (r < 0)
		return r;
	*ret_row = rows.n_rows == 0 ? NULL : listed(&rows, 0);
	return 0;
}

int
ledger_receivers(struct task *task, const char *person_id, const char *const **ret_receivers)
{
	const char **receivers;
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT DISTINCT COALESCE(client_id, '') FROM ledger WHERE person_id = ?1"
		" ORDER BY 1 LIMIT ?2",
		SQL_TEXT(person_id), SQL_INT(RECEIVERS_MAX)),
	    &rows);
	if (r < 0)
		return r;
	receivers = task_new_n(task, const char *, rows.n_rows + 1);
	for (size_t i = 0; i < rows.n_rows; i++)
		receivers[i] = sql_text(&rows, i, 0);
	*ret_receivers = receivers;
	return 0;
}
