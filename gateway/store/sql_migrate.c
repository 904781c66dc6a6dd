/* SPDX-License-Identifier: Apache-2.0
 *
 * The schema, brought up step by step.  What was done stands in the table schema_migration, in the
 * same transaction as the work, so that a step is done whole or not at all, and by one process.
 */
#include "core/clock.h"
#include "core/task.h"
#include "store/sql_lane.h"

#include <assert.h>
#include <stdio.h>

struct place {
	const struct sql_driver *driver;
	struct sql_connection *connection;
	struct task task;
	const struct sql_migration *at; /* the one under way */
};

static bool place_open(struct place *place, struct sql *sql, char why[256]);
static void place_close(struct place *place);
static void why_write(const struct place *place, char why[256]);
static int bring_up(struct place *place, const struct sql_migration *migrations, size_t n);
static int table_make(struct place *place);
static int migrate_one(struct place *place, const struct sql_migration *migration);
static int migration_run(struct place *place, const struct sql_migration *migration);
static int version_read(struct place *place, int *ret_version);
static int run(struct place *place, struct sql_statement statement, struct sql_rows *ret_rows);

int
sql_migrate(struct sql *sql, const struct sql_migration *migrations, size_t n, int *ret_from,
    char ret_why[256])
{
	struct place place;
	int from = 0, r;

	if (!place_open(&place, sql, ret_why))
		return -1;
	r = table_make(&place);
	if (r == 0)
		r = version_read(&place, &from);
	if (r == 0)
		r = bring_up(&place, migrations, n);
	if (r == 0)
		*ret_from = from;
	else
		why_write(&place, ret_why);
	place_close(&place);
	return r < 0 ? -1 : 0;
}

int
sql_make(struct sql *sql, const char *statement, char ret_why[256])
{
	struct place place;
	int r;

	if (!place_open(&place, sql, ret_why))
		return -1;
	r = run(&place, (struct sql_statement){.text = statement}, NULL);
	if (r < 0)
		why_write(&place, ret_why);
	place_close(&place);
	return r < 0 ? -1 : 0;
}

static void
why_write(const struct place *place, char why[256])
{
	const char *text = place->task.fault.text;

	if (place->at != NULL)
		snprintf(
		    why, 256, "migration %d (%s): %s", place->at->number, place->at->name, text);
	else
		snprintf(why, 256, "%s", text);
}

int
sql_version(struct sql *sql)
{
	struct place place;
	char why[256];
	int version = 0, r;

	if (!place_open(&place, sql, why))
		return -1;
	r = version_read(&place, &version);
	/* BROKEN: there is no table yet. */
	if (r < 0 && r != BROKEN)
		version = -1;
	place_close(&place);
	return version;
}

int
sql_gives_row(struct sql *sql, struct sql_statement statement)
{
	struct place place;
	struct sql_rows rows = {0};
	char why[256];
	int gives, r;

	if (!place_open(&place, sql, why))
		return -1;
	r = run(&place, statement, &rows);
	gives = r < 0 && r != BROKEN ? -1 : rows.n_rows > 0;
	place_close(&place);
	return gives;
}

static bool
place_open(struct place *place, struct sql *sql, char why[256])
{
	*place = (struct place){.driver = sql->driver};
	place->connection = sql->driver->open(sql->place, SQL_WRITES, why);
	if (place->connection == NULL)
		return false;
	task_open(&place->task, NULL, NULL, 0);
	return true;
}

static void
place_close(struct place *place)
{
	place->driver->close(place->connection);
	task_close(&place->task);
}

static int
table_make(struct place *place)
{
	return run(place,
	    SQL("CREATE TABLE IF NOT EXISTS schema_migration (number BIGINT PRIMARY KEY, "
		"name TEXT NOT NULL, applied_s BIGINT NOT NULL)"),
	    NULL);
}

static int
bring_up(struct place *place, const struct sql_migration *migrations, size_t n)
{
	int version = 0, r;

	r = version_read(place, &version);
	if (r < 0)
		return r;
	if ((size_t)version > n)
		return fail(&place->task, MISCONFIGURED,
		    "the database has schema %d, made by a newer dvara; this one knows %zu",
		    version, n);
	for (size_t i = 0; i < n; i++) {
		assert(migrations[i].number == (int)i + 1);
		place->at = &migrations[i];
		r = migrate_one(place, place->at);
		if (r < 0)
			return r;
	}
	place->at = NULL;
	return 0;
}

static int
migrate_one(struct place *place, const struct sql_migration *migration)
{
	struct sql_statement begin = {.text = place->driver->begin};
	int r = run(place, begin, NULL);

	if (r < 0)
		return r;
	r = migration_run(place, migration);
	if (r == 0)
		return run(place, SQL("COMMIT"), NULL);
	if (place->driver->is_in_transaction(place->connection))
		run(place, SQL("ROLLBACK"), NULL);
	return r;
}

/* Inside a transaction, where nobody else migrates: the version is asked again. */
static int
migration_run(struct place *place, const struct sql_migration *migration)
{
	struct task *task = &place->task;
	int version = 0, r;

	r = version_read(place, &version);
	if (r < 0 || version >= migration->number)
		return r;
	r = place->driver->run_script(place->connection, task, migration->statements);
	if (r < 0)
		return r;
	if (!place->driver->is_in_transaction(place->connection))
		return fail(task, BROKEN, "a migration may not end its transaction");
	return run(place,
	    SQL("INSERT INTO schema_migration (number, name, applied_s) VALUES (?1, ?2, ?3)",
		SQL_INT(migration->number), SQL_TEXT(migration->name), SQL_INT(clock_now_s())),
	    NULL);
}

static int
version_read(struct place *place, int *ret_version)
{
	struct sql_rows rows;
	int r = run(place, SQL("SELECT COALESCE(MAX(number), 0) FROM schema_migration"), &rows);

	if (r == 0)
		*ret_version = (int)sql_int(&rows, 0, 0);
	return r;
}

static int
run(struct place *place, struct sql_statement statement, struct sql_rows *ret_rows)
{
	return place->driver->run(place->connection, &place->task, &statement, ret_rows);
}
