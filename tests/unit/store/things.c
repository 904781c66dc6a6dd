/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/store/things.h"

#include "core/fiber.h"
#include "store/sql.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct sql_migration schema[] = {
    {1, "things",
	"CREATE TABLE kind (id TEXT PRIMARY KEY);"
	"CREATE TABLE thing (id BIGINT PRIMARY KEY, name TEXT, kind TEXT REFERENCES kind (id),"
	" CHECK (id >= 0));"},
};

struct stand stand;

int
things_setup(void **state)
{
	(void)state;
	stand_open(&stand);
	things_open();
	return 0;
}

int
things_teardown(void **state)
{
	(void)state;
	sql_close(stand.rooms.sql);
	stand_close(&stand);
	return 0;
}

void
things_open(void)
{
	char why[256];
	int from;

	stand.rooms.sql = sql_open(&stand.settings, why);
	if (stand.rooms.sql == NULL)
		fail_msg("%s", why);
	assert_int_equal(sql_migrate(stand.rooms.sql, schema, 1, &from, why), 0);
}

int
thing_add(struct task *task, int64_t id, size_t len)
{
	char *name = task_alloc(task, len + 1);

	memset(name, 'x', len);
	return sql_write_one(
	    task, SQL("INSERT INTO thing (id, name) VALUES (?1, ?2)", SQL_INT(id), SQL_TEXT(name)));
}

int64_t
thing_count(struct task *task)
{
	struct sql_rows rows;

	expect_ok(task, sql_read(task, SQL("SELECT COUNT(*) FROM thing"), &rows));
	return sql_int(&rows, 0, 0);
}

void
things_wait(struct task *task)
{
	int64_t start_ms = now_ms();

	while (!sql_is_ready(stand.rooms.sql) && now_ms() - start_ms < 30000)
		expect_ok(task, fiber_sleep(task, 10));
	assert_true(sql_is_ready(stand.rooms.sql));
}

pid_t
things_process(const char *statements)
{
	char path[96];
	pid_t pid;

	snprintf(path, sizeof(path), "%s/dvara.db", stand.folder);
	pid = fork();
	if (pid == 0) {
		execlp("sqlite3", "sqlite3", "-bail", "-cmd", ".timeout 5000", path, statements,
		    (char *)NULL);
		_exit(127);
	}
	return pid;
}

void
things_process_wait(struct task *task, pid_t pid)
{
	int status = -1;

	while (waitpid(pid, &status, WNOHANG) == 0)
		expect_ok(task, fiber_sleep(task, 10));
	assert_int_equal(status, 0);
}
