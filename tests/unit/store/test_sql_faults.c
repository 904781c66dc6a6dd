/* SPDX-License-Identifier: Apache-2.0
 *
 * A database that is full, locked, damaged, moved away, or whose writer dies.
 */
#include "unit/store/fixture.h"

#include "core/fiber.h"
#include "store/sql.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define LARGE 20000 /* bytes of a name: a few pages */

static struct stand stand;
static char why[256];

static const struct sql_migration schema[] = {
    {1, "things", "CREATE TABLE thing (id BIGINT PRIMARY KEY, name TEXT)"},
};

static void
database_open(void)
{
	int from;

	stand.rooms.sql = sql_open(&stand.settings, why);
	if (stand.rooms.sql == NULL)
		fail_msg("%s", why);
	assert_int_equal(sql_migrate(stand.rooms.sql, schema, 1, &from, why), 0);
}

static int
setup(void **state)
{
	(void)state;
	stand_open(&stand);
	database_open();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	sql_close(stand.rooms.sql);
	stand_close(&stand);
	return 0;
}

static int
add(struct task *task, int64_t id, size_t len)
{
	char *name = task_alloc(task, len + 1);

	memset(name, 'x', len);
	return sql_write_one(
	    task, SQL("INSERT INTO thing (id, name) VALUES (?1, ?2)", SQL_INT(id), SQL_TEXT(name)));
}

static int64_t
count(struct task *task)
{
	struct sql_rows rows;

	expect_ok(task, sql_read(task, SQL("SELECT COUNT(*) FROM thing"), &rows));
	return sql_int(&rows, 0, 0);
}

static void
ready_wait(struct stand *s, struct task *task)
{
	int64_t start_ms = now_ms();

	while (!sql_is_ready(s->rooms.sql) && now_ms() - start_ms < 30000)
		expect_ok(task, fiber_sleep(task, 10));
	assert_true(sql_is_ready(s->rooms.sql));
}

static void
file_limit(rlim_t bytes)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Files may not grow: as a full disk, without one. */
static void
disk_full(struct stand *s, struct task *task, unsigned index)
{
	struct sql_rows rows;
	int64_t n;

	(void)index;
	signal(SIGXFSZ, SIG_IGN);
	expect_ok(task, add(task, 1, 1));
	file_limit(256u << 10);
	for (n = 2; n < 100; n++)
		if (add(task, n, LARGE) < 0)
			break;
	assert_in_range(n, 2, 50);
	assert_int_equal(task->fault.code, STORE_AWAY);
	fault_clear(task);
	assert_false(sql_is_ready(s->rooms.sql));
	/* What was answered is there, what was refused is not, and reading goes on. */
	assert_int_equal(count(task), n - 1);
	expect_fault(task, add(task, n, LARGE), STORE_AWAY);
	expect_ok(task, sql_read(task, SQL("SELECT id FROM thing WHERE id = 1"), &rows));
	expect_ok(task, fiber_sleep(task, 1500));
	file_limit(RLIM_INFINITY);
	ready_wait(s, task);
	expect_ok(task, add(task, n, LARGE));
	assert_int_equal(count(task), n);
}

static void
test_disk_full(void **state)
{
	(void)state;
	stand_sql(&stand, disk_full);
	file_limit(RLIM_INFINITY);
}

/* A file system that is full indeed, where a namespace of our own may mount one. */
static void
file_system_full(struct stand *s, struct task *task, unsigned index)
{
	int64_t n;

	(void)index;
	for (n = 1; n < 100; n++)
		if (add(task, n, LARGE) < 0)
			break;
	assert_in_range(n, 2, 50);
	assert_int_equal(task->fault.code, STORE_AWAY);
	fault_clear(task);
	assert_int_equal(count(task), n - 1);
	unlink(task_printf(task, "%s/filler", s->folder));
	ready_wait(s, task);
	expect_ok(task, add(task, n, LARGE));
	assert_int_equal(count(task), n);
}

static bool
file_say(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool said = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return said;
}

/* Where we are root, and mounts are nobody else's. */
static bool
namespace_open(void)
{
	char user[32], group[32];

	snprintf(user, sizeof(user), "0 %u 1", (unsigned)getuid());
	snprintf(group, sizeof(group), "0 %u 1", (unsigned)getgid());
	return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
	       file_say("/proc/self/setgroups", "deny") && file_say("/proc/self/uid_map", user) &&
	       file_say("/proc/self/gid_map", group);
}

static void
in_small_file_system(void)
{
	char path[96], filler[128 << 10];
	FILE *file;

	if (!namespace_open() || mount("none", stand.folder, "tmpfs", 0, "size=512k") < 0)
		_exit(77);
	snprintf(path, sizeof(path), "%s/filler", stand.folder);
	memset(filler, 'x', sizeof(filler));
	file = fopen(path, "w");
	if (file == NULL || fwrite(filler, sizeof(filler), 1, file) != 1 || fclose(file) != 0)
		_exit(1);
	database_open();
	stand_sql(&stand, file_system_full);
	sql_close(stand.rooms.sql);
	_exit(0);
}

static void
test_file_system_full(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	sql_close(stand.rooms.sql);
	stand.rooms.sql = NULL;
	pid = fork();
	if (pid == 0)
		in_small_file_system();
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		puts("skipped: no small file system can be mounted here");
		skip();
	}
	assert_int_equal(status, 0);
}

/* Another process as `dvara NOUN VERB` is one. */
static pid_t
other_process(const char *statements)
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

/* Its transaction lasts for a while. */
static pid_t
other_holds(struct task *task, const char *statement, const char *seconds)
{
	const char *held = task_printf(task, "%s/held", stand.folder);
	const char *script = task_printf(task,
	    "(echo 'BEGIN IMMEDIATE; %s;'; echo '.shell touch %s'; "
	    "until [ -e %s ]; do sleep 0.01; done; sleep %s; echo 'COMMIT;') | "
	    "sqlite3 %s/dvara.db",
	    statement, held, held, seconds, stand.folder);
	pid_t pid;

	unlink(held);
	pid = fork();

	if (pid == 0) {
		execlp("sh", "sh", "-c", script, (char *)NULL);
		_exit(127);
	}
	while (access(held, F_OK) != 0)
		expect_ok(task, fiber_sleep(task, 5));
	return pid;
}

static void
other_wait(struct task *task, pid_t pid)
{
	int status = -1;

	while (waitpid(pid, &status, WNOHANG) == 0)
		expect_ok(task, fiber_sleep(task, 10));
	assert_int_equal(status, 0);
}

static void
locked(struct stand *s, struct task *task, unsigned index)
{
	pid_t short_one, long_one;
	int64_t start_ms;

	(void)index;
	short_one = other_holds(task, "INSERT INTO thing (id) VALUES (100)", "0.5");
	start_ms = now_ms();
	expect_ok(task, add(task, 1, 1));
	assert_in_range(now_ms() - start_ms, 100, 9000);
	other_wait(task, short_one);

	long_one = other_holds(task, "INSERT INTO thing (id) VALUES (101)", "5");
	start_ms = now_ms();
	expect_fault(task, add(task, 2, 1), STORE_AWAY);
	assert_in_range(now_ms() - start_ms, 1500, 4900);
	assert_int_equal(count(task), 2);
	other_wait(task, long_one);
	ready_wait(s, task);
	expect_ok(task, add(task, 2, 1));
	assert_int_equal(count(task), 4);
}

static void
test_locked_by_another_process(void **state)
{
	(void)state;
	stand_sql(&stand, locked);
}

/* Both write all the time: both get through, and the counter tells of the other's commits. */
static void
beside(struct stand *s, struct task *task, unsigned index)
{
	int64_t before, after;

	(void)s;
	if (index == 0) {
		expect_ok(task, sql_change_counter(task, &before));
		for (int i = 0; i < 20; i++)
			other_wait(task, other_process(task_printf(task,
					     "INSERT INTO thing (id) VALUES (%d)", 100000 + i)));
		expect_ok(task, sql_change_counter(task, &after));
		assert_int_not_equal(before, after);
	}
	for (int i = 0; i < 50; i++)
		expect_ok(task, add(task, index * 1000 + (unsigned)i, 10));
}

static void
beside_after(struct stand *s, struct task *task, unsigned index)
{
	(void)s, (void)index;
	assert_int_equal(count(task), 20 + 16 * 50);
}

static void
test_beside_another_process(void **state)
{
	(void)state;
	stand_run(&stand, &(struct stand_run){.fn = beside, .n = 16, .ttl_ms = 60000});
	stand_sql(&stand, beside_after);
}

static void
counter_of_others(struct stand *s, struct task *task, unsigned index)
{
	int64_t before, after;

	(void)s, (void)index;
	expect_ok(task, sql_change_counter(task, &before));
	other_wait(task, other_process("INSERT INTO thing (id) VALUES (7)"));
	expect_ok(task, sql_change_counter(task, &after));
	assert_int_not_equal(before, after);
}

static void
test_change_counter_of_others(void **state)
{
	(void)state;
	stand_sql(&stand, counter_of_others);
}

/* An operator puts a backup in place of the file: nothing is written to what is no more there. */
static void
replaced(struct stand *s, struct task *task, unsigned index)
{
	const char *path = task_printf(task, "%s/dvara.db", s->folder);
	pid_t backup;

	(void)index;
	expect_ok(task, add(task, 1, 1));
	backup = other_process(task_printf(task, "VACUUM INTO '%s.backup'", path));
	other_wait(task, backup);
	expect_ok(task, add(task, 2, 1));
	assert_int_equal(rename(task_printf(task, "%s.backup", path), path), 0);
	unlink(task_printf(task, "%s-wal", path));
	unlink(task_printf(task, "%s-shm", path));
	expect_ok(task, add(task, 3, 1));
	assert_int_equal(count(task), 2);
}

static void
test_replaced_by_a_backup(void **state)
{
	(void)state;
	stand_sql(&stand, replaced);
}

static void
damaged(struct stand *s, struct task *task, unsigned index)
{
	char junk[4096];
	struct stat file;
	int fd;

	(void)index;
	for (int i = 0; i < 50; i++)
		expect_ok(task, add(task, i, LARGE));
	other_wait(task, other_process("PRAGMA wal_checkpoint(TRUNCATE)"));
	fd = open(task_printf(task, "%s/dvara.db", s->folder), O_RDWR | O_CLOEXEC);
	memset(junk, 0x5a, sizeof(junk));
	fstat(fd, &file);
	for (off_t at = 4096; at < file.st_size; at += 4096)
		assert_int_equal(pwrite(fd, junk, sizeof(junk), at), sizeof(junk));
	/* Not closed: that would drop SQLite's locks. */
	expect_fault(task, add(task, 1000, 1), STORE_AWAY);
	assert_false(sql_is_ready(s->rooms.sql));
}

static void
test_damaged_while_it_runs(void **state)
{
	(void)state;
	stand_sql(&stand, damaged);
}

/* A process that writes is killed at any moment: whatever it was told is durable is there. */
static uint32_t *acknowledged;

static void
write_for_ever(struct stand *s, struct task *task, unsigned index)
{
	(void)s;
	for (unsigned i = 0;; i++) {
		expect_ok(task, add(task, index * 1000000 + i, 50));
		acknowledged[index] = i + 1;
	}
}

static void
acknowledged_are_there(struct stand *s, struct task *task, unsigned index)
{
	struct sql_rows rows;
	unsigned total = 0;

	(void)s, (void)index;
	for (unsigned f = 0; f < 16; f++) {
		expect_ok(task, sql_read(task,
				    SQL("SELECT COUNT(*) FROM thing WHERE id BETWEEN ?1 AND ?2",
					SQL_INT(f * 1000000), SQL_INT(f * 1000000 + 999999)),
				    &rows));
		/* One more may have been committed and not yet told. */
		assert_in_range(sql_int(&rows, 0, 0), acknowledged[f], acknowledged[f] + 1);
		total += acknowledged[f];
	}
	assert_true(total > 16);
	expect_ok(task, sql_read(task, SQL("PRAGMA integrity_check"), &rows));
	assert_string_equal(sql_text(&rows, 0, 0), "ok");
}

static void
files_remove(void)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	char path[96];

	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/dvara.db%s", stand.folder, ends[i]);
		unlink(path);
	}
}

static void
test_killed_while_writing(void **state)
{
	pid_t pid;

	(void)state;
	acknowledged = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	sql_close(stand.rooms.sql);
	for (int round = 0; round < 5; round++) {
		memset(acknowledged, 0, 4096);
		files_remove();
		pid = fork();
		if (pid == 0) {
			database_open();
			stand_run(&stand,
			    &(struct stand_run){.fn = write_for_ever, .n = 16, .ttl_ms = 60000});
		}
		usleep(300000 + (useconds_t)round * 37000);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		database_open();
		stand_sql(&stand, acknowledged_are_there);
		sql_close(stand.rooms.sql);
	}
	stand.rooms.sql = NULL;
	munmap(acknowledged, 4096);
}

static int
step_add(struct sql_tx *tx, void *arg)
{
	const int64_t *id = arg;

	return sql_run(tx, SQL("INSERT INTO thing (id) VALUES (?1)", SQL_INT(*id)), NULL);
}

static int
step_endless(struct sql_tx *tx, void *arg)
{
	(void)arg;
	return sql_run(tx,
	    SQL("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
		"INSERT INTO thing (id) SELECT MAX(i) FROM n"),
	    NULL);
}

static int
step_slow(struct sql_tx *tx, void *arg)
{
	usleep(300000);
	return step_add(tx, arg);
}

/* SQLite undoes a whole transaction where it interrupts a statement that writes: who had been in it
 * before is told so, and who comes after is not harmed. */
static void
undone_together(struct stand *s, struct task *task, unsigned index)
{
	int64_t id = index;
	int r;

	/* They come while the first one runs, and share its transaction. */
	if (index > 0)
		expect_ok(task, fiber_sleep(task, 50 + index));
	if (index == 0)
		r = sql_write(task, step_slow, &id);
	else
		r = sql_write(task, index == 5 ? step_endless : step_add, &id);
	expect_fault(task, r, STORE_AWAY);
	ready_wait(s, task);
	expect_ok(task, sql_write(task, step_add, &id));
}

static void
undone_after(struct stand *s, struct task *task, unsigned index)
{
	(void)s, (void)index;
	assert_int_equal(count(task), 10);
}

static void
test_undone_together(void **state)
{
	(void)state;
	stand_run(&stand, &(struct stand_run){.fn = undone_together, .n = 10, .ttl_ms = 30000});
	stand_sql(&stand, undone_after);
}

/* A commit that is refused, by a schema with a deferred constraint, which ours must not have. */
static void
commit_refused(struct stand *s, struct task *task, unsigned index)
{
	int64_t id = 1;

	(void)index;
	expect_ok(task,
	    sql_write_one(task, SQL("CREATE TABLE child (id BIGINT PRIMARY KEY, parent BIGINT "
				    "REFERENCES thing (id) DEFERRABLE INITIALLY DEFERRED)")));
	expect_fault(task,
	    sql_write_one(task, SQL("INSERT INTO child (id, parent) VALUES (1, 77)")), STORE_AWAY);
	ready_wait(s, task);
	expect_ok(task, sql_write(task, step_add, &id));
	assert_int_equal(count(task), 1);
}

static void
test_commit_refused(void **state)
{
	(void)state;
	stand_sql(&stand, commit_refused);
}

/* The folder goes and comes back, as a mount does. */
static void
folder_gone(struct stand *s, struct task *task, unsigned index)
{
	char *aside = task_printf(task, "%s-aside", s->folder);
	struct sql_rows rows;

	(void)index;
	expect_ok(task, add(task, 1, 1));
	assert_int_equal(count(task), 1);
	assert_int_equal(rename(s->folder, aside), 0);
	expect_fault(task, add(task, 2, 1), STORE_AWAY);
	expect_fault(task, sql_read(task, SQL("SELECT id FROM thing"), &rows), STORE_AWAY);
	assert_false(sql_is_ready(s->rooms.sql));
	assert_int_equal(rename(aside, s->folder), 0);
	ready_wait(s, task);
	expect_ok(task, add(task, 2, 1));
	assert_int_equal(count(task), 2);
}

static void
test_folder_gone_and_back(void **state)
{
	(void)state;
	stand_sql(&stand, folder_gone);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_disk_full, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_file_system_full, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_locked_by_another_process, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_beside_another_process, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_change_counter_of_others, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_replaced_by_a_backup, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_damaged_while_it_runs, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_undone_together, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_commit_refused, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_folder_gone_and_back, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_killed_while_writing, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
