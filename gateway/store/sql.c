/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL as fibers see it: a job is put into a lane, and waited for.
 */
#include "store/sql.h"

#include "core/log.h"
#include "core/settings.h"
#include "core/task.h"
#include "store/sql_lane.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct sql_driver *const drivers[] = {&sqlite_driver};

static const struct sql_driver *driver_find(const char *database);
static char *place_make(const char *folder, const char *place);
static struct sql_lane *reader_of(struct task *task);
static int step_one(struct sql_tx *tx, void *arg);

struct sql *
sql_open(const struct settings *settings, char ret_why[256])
{
	const struct sql_driver *driver = driver_find(settings->sql_database);
	struct sql *sql = calloc(1, sizeof(*sql));
	int r;

	if (sql == NULL || driver == NULL) {
		snprintf(ret_why, 256, "sql.database must be sqlite:PATH");
		free(sql);
		return NULL;
	}
	sql->driver = driver;
	sql->place =
	    place_make(settings->gateway_state, settings->sql_database + strlen(driver->scheme));
	atomic_store(&sql->is_ready, true);
	r = sql_lane_open(&sql->writer, sql, SQL_WRITES, ret_why);
	for (size_t i = 0; r == 0 && i < SQL_READERS; i++)
		r = sql_lane_open(&sql->readers[i], sql, SQL_READS, ret_why);
	if (r < 0) {
		sql_close(sql);
		return NULL;
	}
	return sql;
}

static const struct sql_driver *
driver_find(const char *database)
{
	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
		if (str_starts(database, drivers[i]->scheme))
			return drivers[i];
	return NULL;
}

static char *
place_make(const char *folder, const char *place)
{
	char *path;

	if (place[0] == '/')
		folder = "";
	if (asprintf(&path, "%s%s%s", folder, folder[0] == '\0' ? "" : "/", place) < 0)
		abort();
	return path;
}

void
sql_close(struct sql *sql)
{
	if (sql == NULL)
		return;
	for (size_t i = 0; i < SQL_READERS; i++)
		sql_lane_close(&sql->readers[i]);
	sql_lane_close(&sql->writer);
	free(sql->place);
	free(sql);
}

bool
sql_is_ready(struct sql *sql)
{
	return atomic_load(&sql->is_ready);
}

/* Any thread. */
void
sql_is_away(struct sql *sql, const char *why)
{
	if (!atomic_exchange(&sql->is_ready, false))
		return;
	log_line(LOG_ERR, "sql_away", "%s", why);
	sql_lane_ring(&sql->writer);
}

void
sql_is_back(struct sql *sql)
{
	if (!atomic_exchange(&sql->is_ready, true))
		log_line(LOG_NOTICE, "sql_back", "the database answers");
}

int
sql_read(struct task *task, struct sql_statement statement, struct sql_rows *ret_rows)
{
	struct sql_job job = {.task = task, .statement = statement, .rows = ret_rows};
	struct sql_lane *here = sql_reader_here();

	if (here != NULL)
		return here->driver->run(here->connection, task, &statement, ret_rows);
	return sql_lane_run(reader_of(task), &job);
}

int
sql_read_together(struct task *task, sql_reading *reading, void *arg)
{
	struct sql_job job = {.task = task, .reading = reading, .arg = arg};

	if (sql_reader_here() != NULL)
		return reading(task, arg);
	return sql_lane_run(reader_of(task), &job);
}

int
sql_change_counter(struct task *task, int64_t *ret_counter)
{
	struct sql_job job = {.task = task, .counter = ret_counter};

	/* Each connection counts for itself. */
	return sql_lane_run(&task->rooms->sql->readers[0], &job);
}

static struct sql_lane *
reader_of(struct task *task)
{
	struct sql *sql = task->rooms->sql;
	unsigned next = atomic_fetch_add_explicit(&sql->next_reader, 1, memory_order_relaxed);

	return &sql->readers[next % SQL_READERS];
}

int
sql_write(struct task *task, sql_step *step, void *arg)
{
	struct sql_job job = {.task = task, .step = step, .arg = arg};

	return sql_lane_run(&task->rooms->sql->writer, &job);
}

int
sql_write_one(struct task *task, struct sql_statement statement)
{
	return sql_write(task, step_one, &statement);
}

static int
step_one(struct sql_tx *tx, void *arg)
{
	const struct sql_statement *statement = arg;

	return sql_run(tx, *statement, NULL);
}

const char *
sql_text(const struct sql_rows *rows, size_t row, size_t column)
{
	const struct sql_value *value = &rows->values[row * rows->n_columns + column];

	assert(row < rows->n_rows && column < rows->n_columns);
	assert(value->is != SQL_IS_INT);
	return value->text;
}

int64_t
sql_int(const struct sql_rows *rows, size_t row, size_t column)
{
	const struct sql_value *value = &rows->values[row * rows->n_columns + column];

	assert(row < rows->n_rows && column < rows->n_columns);
	assert(value->is != SQL_IS_TEXT);
	return value->integer;
}
