/* SPDX-License-Identifier: Apache-2.0
 *
 * A database that is full, damaged or moved away, and statements without an end.
 */
#include "unit/store/things.h"

#include "core/fiber.h"
#include "store/sql.h"

#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define LARGE 20000 /* bytes of a name: a few pages */

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
	expect_ok(task, thing_add(task, 1, 1));
	file_limit(256u << 10);
	for (n = 2; n < 100; n++)
		if (thing_add(task, n, LARGE) < 0)
			break;
	assert_in_range(n, 2, 50);
	assert_int_equal(task->fault.code, STORE_AWAY);
	fault_clear(task);
	assert_false(sql_is_ready(s->rooms.sql));
	/* What was answered is there, what was refused is not, and reading goes on. */
	assert_int_equal(thing_count(task), n - 1);
	expect_fault(task, thing_add(task, n, LARGE), STORE_AWAY);
	expect_ok(task, sql_read(task, SQL("SELECT id FROM thing WHERE id = 1"), &rows));
	expect_ok(task, fiber_sleep(task, 1500));
	file_limit(RLIM_INFINITY);
	things_wait(task);
	expect_ok(task, thing_add(task, n, LARGE));
	assert_int_equal(thing_count(task), n);
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
		if (thing_add(task, n, LARGE) < 0)
			break;
	assert_in_range(n, 2, 50);
	assert_int_equal(task->fault.code, STORE_AWAY);
	fault_clear(task);
	assert_int_equal(thing_count(task), n - 1);
	unlink(task_printf(task, "%s/filler", s->folder));
	things_wait(task);
	expect_ok(task, thing_add(task, n, LARGE));
	assert_int_equal(thing_count(task), n);
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
	things_open();
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

static void
damaged(struct stand *s, struct task *task, unsigned index)
{
	char junk[4096];
	struct stat file;
	int fd;

	(void)index;
	for (int i = 0; i < 50; i++)
		expect_ok(task, thing_add(task, i, LARGE));
	things_process_wait(task, things_process("PRAGMA wal_checkpoint(TRUNCATE)"));
	fd = open(task_printf(task, "%s/dvara.db", s->folder), O_RDWR | O_CLOEXEC);
	memset(junk, 0x5a, sizeof(junk));
	fstat(fd, &file);
	for (off_t at = 4096; at < file.st_size; at += 4096)
		assert_int_equal(pwrite(fd, junk, sizeof(junk), at), sizeof(junk));
	/* Not closed: that would drop SQLite's locks. */
	expect_fault(task, thing_add(task, 1000, 1), STORE_AWAY);
	assert_false(sql_is_ready(s->rooms.sql));
}

static void
test_damaged_while_it_runs(void **state)
{
	(void)state;
	stand_sql(&stand, damaged);
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

static atomic_bool step_has_begun, step_may_end;
static unsigned n_behind;

static int
step_held(struct sql_tx *tx, void *arg)
{
	atomic_store(&step_has_begun, true);
	while (!atomic_load(&step_may_end))
		usleep(1000);
	return step_add(tx, arg);
}

/* They come while the first one runs, and share its transaction. */
static int
write_behind(struct task *task, unsigned index, int64_t *id)
{
	while (!atomic_load(&step_has_begun) || n_behind < index - 1)
		expect_ok(task, fiber_sleep(task, 5));
	n_behind++;
	return sql_write(task, index == 5 ? step_endless : step_add, id);
}

enum { N_TOGETHER = 10 };

/* SQLite undoes a whole transaction where it interrupts a statement that writes: who had been in it
 * before is told so, and who comes after is not harmed. */
static void
undone_together(struct stand *s, struct task *task, unsigned index)
{
	int64_t id = index;
	int r;

	(void)s;
	if (index == N_TOGETHER) {
		while (n_behind < N_TOGETHER - 1)
			expect_ok(task, fiber_sleep(task, 5));
		atomic_store(&step_may_end, true);
		return;
	}
	if (index == 0)
		r = sql_write(task, step_held, &id);
	else
		r = write_behind(task, index, &id);
	expect_fault(task, r, STORE_AWAY);
	things_wait(task);
	expect_ok(task, sql_write(task, step_add, &id));
}

static void
undone_after(struct stand *s, struct task *task, unsigned index)
{
	(void)s, (void)index;
	assert_int_equal(thing_count(task), N_TOGETHER);
}

static void
test_undone_together(void **state)
{
	(void)state;
	stand_run(&stand,
	    &(struct stand_run){.fn = undone_together, .n = N_TOGETHER + 1, .ttl_ms = 60000});
	stand_sql(&stand, undone_after);
}

/* A commit that is refused, by a schema with a deferred constraint, which ours must not have. */
static void
commit_refused(struct stand *s, struct task *task, unsigned index)
{
	int64_t id = 1;

	(void)s, (void)index;
	expect_ok(task,
	    sql_write_one(task, SQL("CREATE TABLE child (id BIGINT PRIMARY KEY, parent BIGINT "
				    "REFERENCES thing (id) DEFERRABLE INITIALLY DEFERRED)")));
	expect_fault(task,
	    sql_write_one(task, SQL("INSERT INTO child (id, parent) VALUES (1, 77)")), STORE_AWAY);
	things_wait(task);
	expect_ok(task, sql_write(task, step_add, &id));
	assert_int_equal(thing_count(task), 1);
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
	expect_ok(task, thing_add(task, 1, 1));
	assert_int_equal(thing_count(task), 1);
	assert_int_equal(rename(s->folder, aside), 0);
	expect_fault(task, thing_add(task, 2, 1), STORE_AWAY);
	expect_fault(task, sql_read(task, SQL("SELECT id FROM thing"), &rows), STORE_AWAY);
	assert_false(sql_is_ready(s->rooms.sql));
	assert_int_equal(rename(aside, s->folder), 0);
	things_wait(task);
	expect_ok(task, thing_add(task, 2, 1));
	assert_int_equal(thing_count(task), 2);
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
	    THINGS_TEST(test_disk_full),
	    THINGS_TEST(test_file_system_full),
	    THINGS_TEST(test_damaged_while_it_runs),
	    THINGS_TEST(test_undone_together),
	    THINGS_TEST(test_commit_refused),
	    THINGS_TEST(test_folder_gone_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
