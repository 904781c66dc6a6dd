/* SPDX-License-Identifier: Apache-2.0
 *
 * One statement on an SQLite connection: found prepared or prepared now, bound, stepped, its rows
 * copied into the task's arena.
 */
#include "core/clock.h"
#include "core/task.h"
#include "store/sqlite.h"

#include <string.h>

#define FIRST_ROWS 8

/* Rows as they come; the array doubles. */
struct harvest {
	struct task *task;
	sqlite3_stmt *prepared;
	struct sql_value *values;
	size_t n_rows, n_columns, room_rows, bytes;
};

static int statement_find(struct sql_connection *connection, struct task *task, const char *text,
    sqlite3_stmt **ret_prepared);
static unsigned home_of(const char *text);
static int statement_bind(struct sql_connection *connection, struct task *task,
    sqlite3_stmt *prepared, const struct sql_statement *statement);
static int value_bind(sqlite3_stmt *prepared, int place, const struct sql_value *value);
static int rows_gather(struct sql_connection *connection, struct harvest *harvest);
static int row_add(struct harvest *harvest);
static void rows_grow(struct harvest *harvest);
static int value_read(struct harvest *harvest, int column, struct sql_value *value);
static int text_read(struct harvest *harvest, int column, struct sql_value *value);

int
sqlite_run(struct sql_connection *connection, struct task *task,
    const struct sql_statement *statement, struct sql_rows *ret_rows)
{
	struct harvest harvest = {.task = task};
	int r;

	r = statement_find(connection, task, statement->text, &harvest.prepared);
	if (r < 0)
		return r;
	r = statement_bind(connection, task, harvest.prepared, statement);
	connection->run_until_ms = clock_mono_ms() + SQL_RUN_MAX_MS;
	if (r == 0)
		r = rows_gather(connection, &harvest);
	connection->run_until_ms = 0;
	sqlite3_reset(harvest.prepared);
	if (r < 0 || ret_rows == NULL)
		return r;
	*ret_rows = (struct sql_rows){
	    .values = harvest.values,
	    .n_rows = harvest.n_rows,
	    .n_columns = harvest.n_columns,
	};
	if (!sqlite3_stmt_readonly(harvest.prepared))
		ret_rows->n_changed = sqlite3_changes64(connection->db);
	return 0;
}

static int
statement_find(struct sql_connection *connection, struct task *task, const char *text,
    sqlite3_stmt **ret_prepared)
{
	unsigned home = home_of(text);
	sqlite3_stmt *prepared = connection->cached[home].statement;
	int code;

	if (connection->cached[home].text == text && strcmp(sqlite3_sql(prepared), text) == 0) {
		*ret_prepared = prepared;
		return 0;
	}
	sqlite3_finalize(prepared);
	connection->cached[home].text = NULL;
	connection->cached[home].statement = NULL;
	code = sqlite3_prepare_v3(
	    connection->db, text, -1, SQLITE_PREPARE_PERSISTENT, &prepared, NULL);
	if (code != SQLITE_OK)
		return sqlite_fail(connection, task, code);
	if (prepared == NULL)
		return fail(task, BROKEN, "SQL: an empty statement");
	connection->cached[home].text = text;
	connection->cached[home].statement = prepared;
	*ret_prepared = prepared;
	return 0;
}

/* Fibonacci hashing of the address. */
static unsigned
home_of(const char *text)
{
	uint64_t mixed = (uint64_t)(uintptr_t)text * UINT64_C(0x9e3779b97f4a7c15);

	return (unsigned)(mixed >> 40) & (SQLITE_CACHED - 1);
}

static int
statement_bind(struct sql_connection *connection, struct task *task, sqlite3_stmt *prepared,
    const struct sql_statement *statement)
{
	int n = sqlite3_bind_parameter_count(prepared);

	if ((size_t)n != statement->n_values)
		return fail(task, BROKEN, "SQL: %d parameters, %zu values", n, statement->n_values);
	if (connection->role == SQL_READS && !sqlite3_stmt_readonly(prepared))
		return fail(task, BROKEN, "SQL: a statement that writes was given to sql_read");
	for (int i = 0; i < n; i++) {
		int code = value_bind(prepared, i + 1, &statement->values[i]);

		if (code != SQLITE_OK)
			return sqlite_fail(connection, task, code);
	}
	return 0;
}

static int
value_bind(sqlite3_stmt *prepared, int place, const struct sql_value *value)
{
	switch (value->is) {
	case SQL_IS_INT: return sqlite3_bind_int64(prepared, place, value->integer);
	case SQL_IS_TEXT: return sqlite3_bind_text(prepared, place, value->text, -1, SQLITE_STATIC);
	default: return sqlite3_bind_null(prepared, place);
	}
}

static int
rows_gather(struct sql_connection *connection, struct harvest *harvest)
{
	int code, r;

	do {
		code = sqlite3_step(harvest->prepared);
		/* Not before the step, which prepares anew where the schema has changed. */
		if (harvest->n_rows == 0)
			harvest->n_columns = (size_t)sqlite3_column_count(harvest->prepared);
		r = code == SQLITE_ROW ? row_add(harvest) : 0;
	} while (code == SQLITE_ROW && r == 0);
	if (r < 0)
		return r;
	return code == SQLITE_DONE ? 0 : sqlite_fail(connection, harvest->task, code);
}

static int
row_add(struct harvest *harvest)
{
	struct sql_value *row;
	int r;

	if (harvest->n_rows == SQL_MAX_ROWS)
		return fail(
		    harvest->task, BROKEN, "SQL: an answer of more than %d rows", SQL_MAX_ROWS);
	if (harvest->n_rows == harvest->room_rows)
		rows_grow(harvest);
	row = &harvest->values[harvest->n_rows * harvest->n_columns];
	for (size_t i = 0; i < harvest->n_columns; i++) {
		r = value_read(harvest, (int)i, &row[i]);
		if (r < 0)
			return r;
	}
	harvest->n_rows++;
	return 0;
}

static void
rows_grow(struct harvest *harvest)
{
	size_t n_columns = harvest->n_columns;
	size_t room_rows = harvest->room_rows == 0 ? FIRST_ROWS : harvest->room_rows * 2;
	struct sql_value *values =
	    task_new_n(harvest->task, struct sql_value, room_rows * n_columns);

	if (harvest->n_rows > 0)
		memcpy(values, harvest->values, harvest->n_rows * n_columns * sizeof(*values));
	harvest->values = values;
	harvest->room_rows = room_rows;
}

static int
value_read(struct harvest *harvest, int column, struct sql_value *value)
{
	switch (sqlite3_column_type(harvest->prepared, column)) {
	case SQLITE_INTEGER:
		*value = SQL_INT(sqlite3_column_int64(harvest->prepared, column));
		return 0;
	case SQLITE_TEXT: return text_read(harvest, column, value);
	case SQLITE_NULL: *value = SQL_NULL; return 0;
	default:
		return fail(
		    harvest->task, BROKEN, "SQL: column %d is neither integer nor text", column);
	}
}

static int
text_read(struct harvest *harvest, int column, struct sql_value *value)
{
	const char *text = (const char *)sqlite3_column_text(harvest->prepared, column);
	size_t len = (size_t)sqlite3_column_bytes(harvest->prepared, column);

	if (text == NULL)
		return fail(harvest->task, STORE_AWAY, "SQL: no memory for an answer");
	harvest->bytes += len;
	if (harvest->bytes > SQL_MAX_BYTES)
		return fail(
		    harvest->task, BROKEN, "SQL: an answer of more than %u bytes", SQL_MAX_BYTES);
	if (memchr(text, '\0', len) != NULL)
		return fail(harvest->task, BROKEN, "SQL: a NUL in column %d", column);
	if (arena_left(&harvest->task->arena) < len + SQL_LEFT_BYTES)
		return fail(
		    harvest->task, BROKEN, "SQL: the task has no memory left for the answer");
	*value = SQL_TEXT(task_dup_n(harvest->task, text, len));
	return 0;
}

int
sqlite_run_script(struct sql_connection *connection, struct task *task, const char *statements)
{
	int code = sqlite3_exec(connection->db, statements, NULL, NULL, NULL);

	return code == SQLITE_OK ? 0 : sqlite_fail(connection, task, code);
}

void
sqlite_cache_clear(struct sql_connection *connection)
{
	for (size_t i = 0; i < SQLITE_CACHED; i++)
		sqlite3_finalize(connection->cached[i].statement);
}
