/* SPDX-License-Identifier: Apache-2.0
 *
 * The store of the service's own (dvara/plugin.h): one database in the folder that --state names,
 * by the SQL room (store/sql.h) and its rules.
 */
#include "host.h"

#include "store/sql.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUES_MAX 64

/* Texts are parts of the request's memory. */
struct dvara_rows {
	struct sql_rows rows;
};

struct reading {
	struct dvara_request *request;
	struct sql_statement statement;
	struct dvara_rows *rows;
};

static const struct dvara_migration *migrations_of(const struct dvara_service *service);
static bool store_migrate(struct sql *sql, const struct dvara_migration *migrations, char why[256]);
static int result_of(int fault);
static int statement_make(struct dvara_request *request, const struct dvara_value *values,
    size_t n_values, struct sql_statement *statement);
static int read_work(struct task *task, void *arg);
static int write_work(struct task *task, void *arg);
static int step_run(struct sql_tx *tx, void *arg);
static int rows_lend(
    struct dvara_request *request, const struct sql_rows *rows, struct dvara_rows *lent);

bool
host_store_open(struct dvara_host *host, const char *state, char ret_why[256])
{
	const struct dvara_migration *migrations = migrations_of(host->service);

	if (!migrations)
		return true;
	if (!state) {
		snprintf(
		    ret_why, 256, "%s stores something: --state DIR is missing", host->service->id);
		return false;
	}
	host->settings.gateway_state = state;
	host->settings.sql_database = "sqlite:service.db";
	host->rooms.sql = sql_open(&host->settings, ret_why);
	return host->rooms.sql && store_migrate(host->rooms.sql, migrations, ret_why) &&
	       host_news_open(host, ret_why);
}

/* NULL: it stores nothing, or is older than the member. */
static const struct dvara_migration *
migrations_of(const struct dvara_service *service)
{
	if (service->size < offsetof(struct dvara_service, migrations) + sizeof(void *))
		return NULL;
	return service->migrations;
}

static bool
store_migrate(struct sql *sql, const struct dvara_migration *migrations, char why[256])
{
	struct sql_migration *all;
	size_t n = 0;
	int from;
	bool is_good;

	while (migrations[n].number > 0 && migrations[n].number == (int)n + 1)
		n++;
	if (migrations[n].number != 0) {
		snprintf(
		    why, 256, "migration %d stands where %zu should", migrations[n].number, n + 1);
		return false;
	}
	all = calloc(n + 1, sizeof(*all));
	for (size_t i = 0; i < n; i++)
		all[i] = (struct sql_migration){
		    migrations[i].number, "of the service", migrations[i].statements};
	is_good = sql_migrate(sql, all, n, &from, why) == 0;
	free(all);
	return is_good;
}

void
host_store_close(struct dvara_host *host)
{
	sql_close(host->rooms.sql);
	host->rooms.sql = NULL;
}

static int
result_of(int fault)
{
	if (fault == CONFLICT)
		return DVARA_ECONFLICT;
	if (fault == STORE_AWAY || fault == TIMED_OUT || fault == BUSY || fault == STOPPING)
		return DVARA_EUPSTREAM;
	return fault < 0 ? DVARA_EINTERNAL : DVARA_OK;
}

int
dvara_read(struct dvara_request *request, const char *sql, const struct dvara_value *values,
    size_t n_values, const struct dvara_rows **ret_rows)
{
	struct reading reading = {.request = request, .statement = {.text = sql}};
	int r;

	reading.rows = dvara_alloc(request, sizeof(*reading.rows));
	r = reading.rows ? statement_make(request, values, n_values, &reading.statement)
			 : DVARA_EINTERNAL;
	if (r == DVARA_OK)
		r = host_wait(request, read_work, &reading);
	if (r == DVARA_OK)
		*ret_rows = reading.rows;
	return r;
}

static int
read_work(struct task *task, void *arg)
{
	struct reading *reading = arg;
	struct sql_rows rows;
	int r;

	if (!task->rooms->sql) {
		(void)fail(task, BROKEN, "dvara_read() without migrations");
		return DVARA_EINTERNAL;
	}
	r = sql_read(task, reading->statement, &rows);
	return r < 0 ? result_of(r) : rows_lend(reading->request, &rows, reading->rows);
}

int
dvara_write(struct dvara_request *request, dvara_step *step, void *arg)
{
	struct dvara_tx tx = {.request = request, .step = step, .arg = arg};

	return host_wait(request, write_work, &tx);
}

static int
write_work(struct task *task, void *arg)
{
	struct dvara_tx *tx = arg;
	int r;

	if (!task->rooms->sql) {
		(void)fail(task, BROKEN, "dvara_write() without migrations");
		return DVARA_EINTERNAL;
	}
	r = sql_write(task, step_run, tx);
	if (r == 0 && tx->n_told > 0)
		host_news_haste();
	return r < 0 && tx->result < 0 ? tx->result : result_of(r);
}

/* On the writer's thread. */
static int
step_run(struct sql_tx *tx, void *arg)
{
	struct dvara_tx *lent = arg;

	lent->tx = tx;
	lent->n_told = 0;
	lent->result = lent->step(lent, lent->arg);
	return lent->result < 0 ? fail(sql_task(tx), BROKEN, "the step returned %d", lent->result)
				: 0;
}

int
dvara_run(struct dvara_tx *tx, const char *sql, const struct dvara_value *values, size_t n_values,
    const struct dvara_rows **ret_rows)
{
	struct dvara_rows *lent = dvara_alloc(tx->request, sizeof(*lent));
	struct sql_statement statement = {.text = sql};
	struct sql_rows rows;
	int r;

	r = lent ? statement_make(tx->request, values, n_values, &statement) : DVARA_EINTERNAL;
	if (r == DVARA_OK)
		r = result_of(sql_run(tx->tx, statement, &rows));
	if (r == DVARA_OK)
		r = rows_lend(tx->request, &rows, lent);
	if (r == DVARA_OK && ret_rows)
		*ret_rows = lent;
	return r;
}

static int
statement_make(struct dvara_request *request, const struct dvara_value *values, size_t n_values,
    struct sql_statement *statement)
{
	struct sql_value *all;

	if (n_values > VALUES_MAX)
		return DVARA_EINTERNAL;
	all = dvara_alloc(request, (n_values + 1) * sizeof(*all));
	if (!all)
		return DVARA_EINTERNAL;
	for (size_t i = 0; i < n_values; i++)
		all[i] = values[i].is == DVARA_IS_INT    ? SQL_INT(values[i].integer)
			 : values[i].is == DVARA_IS_TEXT ? SQL_TEXT(values[i].text)
							 : SQL_NULL;
	statement->values = all;
	statement->n_values = n_values;
	return DVARA_OK;
}

/* From the arena of the work, which ends with it, to that of the call. */
static int
rows_lend(struct dvara_request *request, const struct sql_rows *rows, struct dvara_rows *lent)
{
	size_t n = rows->n_rows * rows->n_columns;

	lent->rows = *rows;
	lent->rows.values = dvara_alloc(request, (n + 1) * sizeof(rows->values[0]));
	if (!lent->rows.values)
		return DVARA_EINTERNAL;
	for (size_t i = 0; i < n; i++) {
		struct sql_value value = rows->values[i];

		if (value.is == SQL_IS_TEXT) {
			value.text = dvara_printf(request, "%s", value.text);
			if (!value.text)
				return DVARA_EINTERNAL;
		}
		lent->rows.values[i] = value;
	}
	return DVARA_OK;
}

size_t
dvara_n_rows(const struct dvara_rows *rows)
{
	return rows->rows.n_rows;
}

const char *
dvara_text(const struct dvara_rows *rows, size_t row, size_t column)
{
	return row < rows->rows.n_rows && column < rows->rows.n_columns
		   ? sql_text(&rows->rows, row, column)
		   : NULL;
}

int64_t
dvara_int(const struct dvara_rows *rows, size_t row, size_t column)
{
	return row < rows->rows.n_rows && column < rows->rows.n_columns
		   ? sql_int(&rows->rows, row, column)
		   : 0;
}

int64_t
dvara_changed(const struct dvara_rows *rows)
{
	return rows->rows.n_changed;
}
