/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL: what must last.  Statements are standard SQL that SQLite 3.40 and PostgreSQL 15 both take;
 * parameters are written ?1 ?2 … (the PostgreSQL room rewrites them).  Times are integer seconds
 * since 1970, booleans 0 and 1, JSON is text.
 *
 * Reading parks the fiber while a reader thread runs the statement.  Writing is a function that the
 * writer thread calls inside a savepoint: it reads and writes through struct sql_tx top to bottom,
 * and what it wrote is durable when sql_write() returns 0.  Many fibers' functions share one commit
 * (group commit).  While the database is away, full or damaged: STORE_AWAY, and nothing of the
 * function's work stays.
 */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include "core/str.h"

#include <stdint.h>

struct settings;
struct task;
struct sql;    /* one database, shared by all loops */
struct sql_tx; /* one open transaction, on the writer thread */

struct sql_migration {
	int number; /* 1, 2, 3, … without a gap */
	const char *name;
	const char *statements; /* parted by ';' */
};

/* Opens the database; does not migrate.  NULL: ret_why says it in one line. */
struct sql *sql_open(const struct settings *settings, char ret_why[256]);
void sql_close(struct sql *sql);

/* Brings the schema up to the last migration, each in a transaction of its own.  Blocks: before the
 * loops, or by `dvara db migrate`. 0, or -1 with ret_why; ret_from and ret_to are versions.  A
 * database newer than us is refused. */
int sql_migrate(struct sql *sql, const struct sql_migration *migrations, size_t n, int *ret_from,
    char ret_why[256]);
int sql_version(struct sql *sql);

/* Parameters, in order; made in place: SQL_TEXT(x), SQL_INT(x). */
struct sql_value {
	enum { SQL_IS_NULL = 0, SQL_IS_INT, SQL_IS_TEXT } is;
	int64_t integer;
	const char *text;
};
#define SQL_TEXT(t) ((struct sql_value){(t) ? SQL_IS_TEXT : SQL_IS_NULL, 0, (t)})
#define SQL_INT(i)  ((struct sql_value){SQL_IS_INT, (i), NULL})
#define SQL_NULL    ((struct sql_value){SQL_IS_NULL, 0, NULL})

struct sql_statement {
	const char *text; /* a literal: prepared once per connection, known by its address */
	const struct sql_value *values;
	size_t n_values;
};
#define SQL(text, ...) \
	((struct sql_statement){(text), (const struct sql_value[]){__VA_ARGS__}, \
	    sizeof((const struct sql_value[]){__VA_ARGS__}) / sizeof(struct sql_value)})

/* An answer: n_rows of n_columns values, row by row, in the task's arena.  At most 1000 rows: what
 * may be more is paged. */
struct sql_rows {
	struct sql_value *values;
	size_t n_rows, n_columns;
	int64_t n_changed; /* of a writing statement */
};
const char *sql_text(const struct sql_rows *rows, size_t row, size_t column); /* NULL: null */
int64_t sql_int(const struct sql_rows *rows, size_t row, size_t column);      /* null: 0 */

int sql_read(struct task *task, struct sql_statement statement, struct sql_rows *ret_rows);

/* Runs step(tx, arg) on the writer thread; the fiber waits until it has ended, even past its
 * deadline once begun (before that: TIMED_OUT). step may use the task's arena through tx; it fails
 * as everybody does (fail(sql_task(tx), …)) and is then rolled back alone. */
typedef int sql_step(struct sql_tx *tx, void *arg);
int sql_write(struct task *task, sql_step *step, void *arg);
struct task *sql_task(struct sql_tx *tx);

/* Inside a step.  A broken rule of the schema (unique, foreign key, check) fails CONFLICT. */
int sql_run(struct sql_tx *tx, struct sql_statement statement,
    struct sql_rows *ret_rows); /* ret_rows may be NULL */

/* One statement alone. */
int sql_write_one(struct task *task, struct sql_statement statement);

/* Changes with every commit of any process: what caches ask, at most once a second. */
int sql_change_counter(struct task *task, int64_t *ret_counter);

bool sql_is_ready(struct sql *sql); /* the last statement got through */

#endif
