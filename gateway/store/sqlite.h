/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of the SQLite driver: sqlite.c opens and looks after a connection, sqlite_run.c runs
 * statements on it.
 */
#ifndef STORE_SQLITE_H
#define STORE_SQLITE_H

#include "store/sql_driver.h"

#include <sqlite3.h>

#define SQLITE_CACHED 256 /* prepared statements of a connection; a power of two */

struct sql_connection {
	sqlite3 *db;
	enum sql_role role;
	bool is_lost;
	int64_t busy_until_ms; /* how long we wait for another process */
	int64_t run_until_ms;  /* of the statement under way; 0: as long as it takes */

	/* By the address of the text; sqlite3_sql() holds the text itself, which is compared: a
	 * statement may stand in memory that was used for another before. */
	struct {
		const char *text;
		sqlite3_stmt *statement;
	} cached[SQLITE_CACHED];
};

int sqlite_run(struct sql_connection *connection, struct task *task,
    const struct sql_statement *statement, struct sql_rows *ret_rows);
int sqlite_run_script(struct sql_connection *connection, struct task *task, const char *statements);
void sqlite_cache_clear(struct sql_connection *connection);

/* Fails with what an SQLite result code means to us; keeps in mind a lost connection. */
int sqlite_fail(struct sql_connection *connection, struct task *task, int code);

#endif
