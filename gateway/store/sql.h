/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL: what must last.
 *
 * Reading parks the fiber while a reader thread runs the statement, or several together.  Writing
 * is a function that the writer thread calls inside a savepoint: it reads and writes through struct
 * sql_tx top to bottom, and what it wrote is durable when sql_write() returns 0.  Many fibers'
 * functions share one commit (group commit).  While the database is away, full, locked by another
 * process for 2 s, or damaged: STORE_AWAY, and nothing of the function's work stays.
 *
 * Statements are what SQLite 3.40 and PostgreSQL 15 both take and understand alike:
 * - Parameters are ?1 ?2 … (the PostgreSQL driver rewrites them), each used, none left out.  Where
 *   nothing else tells a parameter's type, CAST(?1 AS TEXT).
 * - Columns are BIGINT and TEXT only.  INTEGER is 32 bits in PostgreSQL.  Times are whole seconds
 *   since 1970, booleans 0 and 1, JSON is text; no REAL, BLOB, or text with a NUL.
 * - Keys are made by us (random_id, or MAX + 1 inside the step): no AUTOINCREMENT, rowid, SERIAL.
 * - Fine: INSERT … ON CONFLICT (columns) DO NOTHING / DO UPDATE SET x = excluded.x, RETURNING,
 *   WITH, window functions, CASE, COALESCE, LENGTH (of characters), ||, LIMIT ?1 OFFSET ?2,
 *   IS NOT DISTINCT FROM, NULLS LAST, FOREIGN KEY … ON DELETE CASCADE, CHECK, CREATE INDEX … WHERE.
 * - Not: INSERT OR REPLACE, IFNULL, datetime() and the like, LIKE without LOWER() on both sides
 * (its case differs), GLOB, json_…, "text" in double quotes, a comparison as a value (CASE WHEN …
 * THEN 1 ELSE 0 END), columns that GROUP BY does not name, deferred constraints, triggers, PRAGMA.
 * - A statement that failed ends its step (PostgreSQL takes no other after it): whatever the step
 *   then returns, it is rolled back.  What may collide says ON CONFLICT … DO NOTHING and looks at
 *   n_changed.
 * - An answer has at most 1000 rows and 2 MB: what may be more is paged.  A statement that takes
 *   longer than 2.5 s is ended: STORE_AWAY.
 * - A row costs a write for each of its indexes; keys that grow (a sequence, the time first) cost a
 *   third of random ones.
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

/* Opens the database, made where it is missing; does not migrate.  Blocks.  NULL: ret_why says it
 * in one line.  Threads start with the first statement. */
struct sql *sql_open(const struct settings *settings, char ret_why[256]);
void sql_close(struct sql *sql); /* after the loops have ended; NULL is legal */

/* Brings the schema up to the last migration, each in a transaction of its own.  Blocks: before the
 * loops, or by `dvara db migrate`. 0, or -1 with ret_why; ret_from and ret_to are versions.  A
 * database newer than us is refused. */
int sql_migrate(struct sql *sql, const struct sql_migration *migrations, size_t n, int *ret_from,
    char ret_why[256]);
/* A table that stands beside the numbered schema: CREATE TABLE IF NOT EXISTS.  Blocks, as above. */
int sql_make(struct sql *sql, const char *statement, char ret_why[256]);
int sql_version(struct sql *sql); /* 0: nothing there yet; -1: out of reach.  Blocks. */

/* Parameters, in order; made in place: SQL_TEXT(x), SQL_INT(x). */
struct sql_value {
	enum { SQL_IS_NULL = 0, SQL_IS_INT, SQL_IS_TEXT } is;
	int64_t integer;
	const char *text;
};
static inline struct sql_value
SQL_TEXT(const char *text) {
	return (struct sql_value){text ? SQL_IS_TEXT : SQL_IS_NULL, 0, text};
}
#define SQL_INT(i) ((struct sql_value){SQL_IS_INT, (i), NULL})
#define SQL_NULL   ((struct sql_value){SQL_IS_NULL, 0, NULL})

struct sql_statement {
	const char *text; /* best a literal: prepared once per connection, known by its address */
	const struct sql_value *values;
	size_t n_values;
};
#define SQL(text, ...) \
	((struct sql_statement){(text), (const struct sql_value[]){__VA_ARGS__}, \
	    sizeof((const struct sql_value[]){__VA_ARGS__}) / sizeof(struct sql_value)})

/* An answer: n_rows of n_columns values, row by row, in the task's arena.  At most 1000 rows: what
 * may be more is paged.  BROKEN where the arena is nearly full: whoever reads in a loop ends with a
 * fault, not with the process. */
struct sql_rows {
	struct sql_value *values;
	size_t n_rows, n_columns;
	int64_t n_changed; /* of a writing statement */
};
const char *sql_text(const struct sql_rows *rows, size_t row, size_t column); /* NULL: null */
int64_t sql_int(const struct sql_rows *rows, size_t row, size_t column);      /* null: 0 */

/* Whether a reading statement gives a row: 1, 0 (or its table is not there yet), -1: out of reach.
 * Blocks: before the loops. */
int sql_gives_row(struct sql *sql, struct sql_statement statement);

/* Sees whatever was committed before the call.  A statement that writes is BROKEN. */
int sql_read(struct task *task, struct sql_statement statement, struct sql_rows *ret_rows);

/* Runs reading(task, arg) on the reader thread, where every sql_read() of it is answered at once
 * and from one snapshot: one wait in place of many.  It waits for nothing else (Redis, HTTP, a
 * write), and is quick: all other reads wait for it.  A reading may be part of another. */
typedef int sql_reading(struct task *task, void *arg);
int sql_read_together(struct task *task, sql_reading *reading, void *arg);

/* Runs step(tx, arg) on the writer thread; the fiber waits until it has ended, even past its
 * deadline once begun (before that: TIMED_OUT, and it is not run). step may use the task's arena
 * through tx; it fails as everybody does (fail(sql_task(tx), …)) and is then rolled back alone.  It
 * must not wait (no fibers there), and is quick: all other writes wait for it.  It may have run
 * although STORE_AWAY is returned. */
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

/* False from a STORE_AWAY until a write got through; meanwhile the writer tries each second. */
bool sql_is_ready(struct sql *sql);

#endif
