/* SPDX-License-Identifier: Apache-2.0
 *
 * A database that other processes have open: locked by one, written by one, replaced by one, and
 * one that is killed as it writes.
 */
#include "unit/store/things.h"

#include "core/fiber.h"
#include "store/sql.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

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
locked(struct stand *s, struct task *task, unsigned index)
{
	pid_t short_one, long_one;
	int64_t start_ms;

	(void)s, (void)index;
	short_one = other_holds(task, "INSERT INTO thing (id) VALUES (100)", "0.5");
	expect_ok(task, thing_add(task, 1, 1));
	things_process_wait(task, short_one);

	long_one = other_holds(task, "INSERT INTO thing (id) VALUES (101)", "5");
	start_ms = now_ms();
	expect_fault(task, thing_add(task, 2, 1), STORE_AWAY);
	assert_in_range(now_ms() - start_ms, 1500, 4900);
	assert_int_equal(thing_count(task), 2);
	things_process_wait(task, long_one);
	things_wait(task);
	expect_ok(task, thing_add(task, 2, 1));
	assert_int_equal(thing_count(task), 4);
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
			things_process_wait(
			    task, things_process(task_printf(
				      task, "INSERT INTO thing (id) VALUES (%d)", 100000 + i)));
		expect_ok(task, sql_change_counter(task, &after));
		assert_int_not_equal(before, after);
	}
	for (int i = 0; i < 50; i++)
		expect_ok(task, thing_add(task, index * 1000 + (unsigned)i, 10));
}

static void
beside_after(struct stand *s, struct task *task, unsigned index)
{
	(void)s, (void)index;
	assert_int_equal(thing_count(task), 20 + 16 * 50);
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
	things_process_wait(task, things_process("INSERT INTO thing (id) VALUES (7)"));
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
	expect_ok(task, thing_add(task, 1, 1));
	backup = things_process(task_printf(task, "VACUUM INTO '%s.backup'", path));
	things_process_wait(task, backup);
	expect_ok(task, thing_add(task, 2, 1));
	assert_int_equal(rename(task_printf(task, "%s.backup", path), path), 0);
	unlink(task_printf(task, "%s-wal", path));
	unlink(task_printf(task, "%s-shm", path));
	expect_ok(task, thing_add(task, 3, 1));
	assert_int_equal(thing_count(task), 2);
}

static void
test_replaced_by_a_backup(void **state)
{
	(void)state;
	stand_sql(&stand, replaced);
}

/* A process that writes is killed at any moment: whatever it was told is durable is there. */
static uint32_t *acknowledged;

static void
write_for_ever(struct stand *s, struct task *task, unsigned index)
{
	(void)s;
	for (unsigned i = 0;; i++) {
		expect_ok(task, thing_add(task, index * 1000000 + i, 50));
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

/* From another process, which has no loop. */
static void
acknowledged_wait(void)
{
	int64_t start_ms = now_ms();
	unsigned total = 0;

	while (total < 50 && now_ms() - start_ms < 30000) {
		usleep(1000);
		total = 0;
		for (unsigned f = 0; f < 16; f++)
			total += ((volatile uint32_t *)acknowledged)[f];
	}
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
			things_open();
			stand_run(&stand,
			    &(struct stand_run){.fn = write_for_ever, .n = 16, .ttl_ms = 60000});
		}
		acknowledged_wait();
		usleep((useconds_t)round * 37000);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		things_open();
		stand_sql(&stand, acknowledged_are_there);
		sql_close(stand.rooms.sql);
	}
	stand.rooms.sql = NULL;
	munmap(acknowledged, 4096);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    THINGS_TEST(test_locked_by_another_process),
	    THINGS_TEST(test_beside_another_process),
	    THINGS_TEST(test_change_counter_of_others),
	    THINGS_TEST(test_replaced_by_a_backup),
	    THINGS_TEST(test_killed_while_writing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
