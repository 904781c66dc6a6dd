/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of the SQL room: what a kind of database must be able to do.  sqlite.c is one; PostgreSQL
 * becomes one by a file postgres.c with a struct like it and a line in sql.c.  What is above
 * (queues, group commit, savepoints, migrations) is the same for all and speaks in statements that
 * all take.
 *
 * A connection is used by one thread at a time.  Everything here blocks.
 */
#ifndef STORE_SQL_DRIVER_H
#define STORE_SQL_DRIVER_H

#include "store/sql.h"

#define SQL_MAX_ROWS      1000
#define SQL_MAX_BYTES     (2u << 20) /* texts of one answer; the arena takes 8 MB */
#define SQL_LEFT_BYTES    (1u << 20) /* of the arena, for what becomes of many answers */
#define SQL_LOCKED_MAX_MS 2000       /* how long another process may hold the database */
#define SQL_RUN_MAX_MS    2500       /* of one statement, migrations aside */

struct sql_connection; /* each driver's own */

enum sql_role { SQL_READS, SQL_WRITES };

struct sql_driver {
	const char *scheme; /* "sqlite:", in front of the setting */
	const char *begin;  /* the statement that opens a writing transaction, and takes its lock */
	const char *begin_reads; /* the same for a batch of reads, or NULL: each stands alone */

	/* NULL: why, in one line.  A relative place is below folder. */
	struct sql_connection *(*open)(const char *place, enum sql_role role, char why[256]);
	void (*close)(struct sql_connection *connection); /* NULL is legal */

	/* One statement.  Fails CONFLICT (a rule of the schema), STORE_AWAY (away, locked, full,
	 * damaged) or BROKEN (our own mistake); ret_rows may be NULL and is in the task's arena. */
	int (*run)(struct sql_connection *connection, struct task *task,
	    const struct sql_statement *statement, struct sql_rows *ret_rows);

	/* Statements parted by ';', without parameters or answers: a migration. */
	int (*run_script)(
	    struct sql_connection *connection, struct task *task, const char *statements);

	/* False once an error has rolled the whole transaction back. */
	bool (*is_in_transaction)(const struct sql_connection *connection);

	/* True where only a new connection can help. */
	bool (*is_lost)(struct sql_connection *connection);

	/* Writes, durably, what changes nothing: whether writing works again. */
	int (*probe)(struct sql_connection *connection, struct task *task);

	/* A number that changes with every commit of any other connection, by a reading one. */
	int (*change_counter)(
	    struct sql_connection *connection, struct task *task, int64_t *ret_counter);
};

extern const struct sql_driver sqlite_driver;

#endif
