/* SPDX-License-Identifier: Apache-2.0
 *
 * SQLite as a driver of the SQL room (sql_driver.h).  sqlite3.h is included by sqlite*.c alone.
 *
 * One file, write-ahead log, every commit synced: a reader never waits for the writer, and what was
 * answered survives a power cut.  Other processes (`dvara NOUN VERB`) may write the same file.
 */
#include "store/sqlite.h"

#include "core/clock.h"
#include "core/task.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define STEPS_BETWEEN_LOOKS 100000 /* of SQLite's machine: a millisecond or so */

static void library_setup(void);
static int lstat_held(const char *path, struct stat *status);
static struct sql_connection *connection_open(const char *path, enum sql_role role, char why[256]);
static bool file_make(const char *path, char why[256]);
static int connection_setup(struct sql_connection *connection);
static int wal_set(struct sql_connection *connection);
static int wait_for_other(void *connection, int n_tries);
static int has_run_too_long(void *connection);
static void connection_close(struct sql_connection *connection);
static bool is_in_transaction(const struct sql_connection *connection);
static bool is_lost(struct sql_connection *connection);
static int probe(struct sql_connection *connection, struct task *task);
static int change_counter(
    struct sql_connection *connection, struct task *task, int64_t *ret_counter);

const struct sql_driver sqlite_driver = {
    .scheme = "sqlite:",
    .begin = "BEGIN IMMEDIATE",
    .begin_reads = "BEGIN",
    .open = connection_open,
    .close = connection_close,
    .run = sqlite_run,
    .run_script = sqlite_run_script,
    .is_in_transaction = is_in_transaction,
    .is_lost = is_lost,
    .probe = probe,
    .change_counter = change_counter,
};

/* Memory is not counted: to do so SQLite takes a lock of the whole process 270 times a login. */
static void
library_setup(void)
{
	sqlite3_vfs *system;

	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	system = sqlite3_vfs_find(NULL);
	system->xSetSystemCall(system, "lstat", (sqlite3_syscall_ptr)lstat_held);
}

/* SQLite looks each part of a path up, to see what is a link.  That would lead from /proc/self/fd/N
 * back to the name of a folder, which a service (plugins/host/held.c) may not be able to reach. */
static int
lstat_held(const char *path, struct stat *status)
{
	return str_starts(path, "/proc/self") ? stat(path, status) : lstat(path, status);
}

static struct sql_connection *
connection_open(const char *path, enum sql_role role, char why[256])
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct sql_connection *connection;
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
		    SQLITE_OPEN_EXRESCODE;
	int code;

	pthread_once(&once, library_setup);
	if (!file_make(path, why))
		return NULL;
	connection = calloc(1, sizeof(*connection));
	if (connection == NULL)
		abort();
	connection->role = role;
	code = sqlite3_open_v2(path, &connection->db, flags, NULL);
	if (code == SQLITE_OK)
		code = connection_setup(connection);
	if (code == SQLITE_OK)
		return connection;
	snprintf(why, 256, "%s: %s", path,
	    connection->db != NULL ? sqlite3_errmsg(connection->db) : sqlite3_errstr(code));
	connection_close(connection);
	return NULL;
}

/* Nobody else may read it.  An existing file is not opened: closing it again would drop the locks
 * (fcntl) that SQLite holds on it in this process. */
static bool
file_make(const char *path, char why[256])
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 && errno != EEXIST) {
		snprintf(why, 256, "%s: %s", path, strerror(errno));
		return false;
	}
	if (fd >= 0)
		close(fd);
	return true;
}

static int
connection_setup(struct sql_connection *connection)
{
	static const char *const pragmas[] = {
	    "PRAGMA synchronous = FULL",
	    "PRAGMA foreign_keys = ON",
	    "PRAGMA trusted_schema = OFF",
	    "PRAGMA cell_size_check = ON",
	    "PRAGMA temp_store = MEMORY",
	    "PRAGMA journal_size_limit = 16777216",
	    "SELECT count(*) FROM sqlite_schema", /* reads the file: damage is seen now */
	    NULL,
	};
	sqlite3 *db = connection->db;
	int code;

	sqlite3_busy_handler(db, wait_for_other, connection);
	sqlite3_progress_handler(db, STEPS_BETWEEN_LOOKS, has_run_too_long, connection);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	/* "x" is a name to PostgreSQL, never a text. */
	sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	code = wal_set(connection);
	for (size_t i = 0; code == SQLITE_OK && pragmas[i] != NULL; i++)
		code = sqlite3_exec(db, pragmas[i], NULL, NULL, NULL);
	if (code == SQLITE_OK && connection->role == SQL_READS)
		code = sqlite3_exec(db, "PRAGMA query_only = ON", NULL, NULL, NULL);
	return code;
}

static int
wal_set(struct sql_connection *connection)
{
	sqlite3_stmt *statement;
	int code =
	    sqlite3_prepare_v2(connection->db, "PRAGMA journal_mode = WAL", -1, &statement, NULL);

	if (code != SQLITE_OK)
		return code;
	code = sqlite3_step(statement);
	if (code == SQLITE_ROW) {
		const char *mode = (const char *)sqlite3_column_text(statement, 0);

		code = mode != NULL && strcmp(mode, "wal") == 0 ? SQLITE_OK : SQLITE_CANTOPEN;
	}
	sqlite3_finalize(statement);
	return code;
}

/* Another process writes.  SQLite's own handler sleeps up to 100 ms, too long to find the gap that
 * a busy gateway leaves. */
static int
wait_for_other(void *arg, int n_tries)
{
	const struct timespec pause = {.tv_nsec = 1000000};
	struct sql_connection *connection = arg;
	int64_t now_ms = clock_mono_ms();

	if (n_tries == 0)
		connection->busy_until_ms = now_ms + SQL_LOCKED_MAX_MS;
	if (now_ms >= connection->busy_until_ms)
		return 0;
	nanosleep(&pause, NULL);
	return 1;
}

/* Not 0 interrupts. */
static int
has_run_too_long(void *arg)
{
	const struct sql_connection *connection = arg;

	return connection->run_until_ms != 0 && clock_mono_ms() > connection->run_until_ms;
}

static void
connection_close(struct sql_connection *connection)
{
	if (connection == NULL)
		return;
	sqlite_cache_clear(connection);
	sqlite3_close_v2(connection->db);
	free(connection);
}

static bool
is_in_transaction(const struct sql_connection *connection)
{
	return sqlite3_get_autocommit(connection->db) == 0;
}

/* Also where the file was moved away or replaced under us: what we wrote would go nowhere. */
static bool
is_lost(struct sql_connection *connection)
{
	int has_moved = 0;

	sqlite3_file_control(connection->db, "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
	return connection->is_lost || has_moved != 0;
}

static int
probe(struct sql_connection *connection, struct task *task)
{
	return sqlite_run(connection, task, &SQL("PRAGMA user_version = 1"), NULL);
}

static int
change_counter(struct sql_connection *connection, struct task *task, int64_t *ret_counter)
{
	struct sql_rows rows;
	int r = sqlite_run(connection, task, &SQL("PRAGMA data_version"), &rows);

	if (r == 0)
		*ret_counter = sql_int(&rows, 0, 0);
	return r;
}

int
sqlite_fail(struct sql_connection *connection, struct task *task, int code)
{
	const char *why = sqlite3_errmsg(connection->db);

	switch (code & 0xff) {
	case SQLITE_CONSTRAINT: return fail(task, CONFLICT, "SQL: %s", why);
	case SQLITE_ERROR:
	case SQLITE_MISUSE:
	case SQLITE_RANGE:
	case SQLITE_MISMATCH:
	case SQLITE_TOOBIG:
	case SQLITE_SCHEMA: return fail(task, BROKEN, "SQL: %s", why);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_FULL:
	case SQLITE_NOMEM:
	case SQLITE_INTERRUPT: break;
	default: connection->is_lost = true;
	}
	return fail(task, STORE_AWAY, "SQL: %s (%d)", why, code);
}
