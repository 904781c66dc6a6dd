/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening a database, and bringing its schema up.
 */
#include "unit/store/fixture.h"

#include "store/sql.h"

#include <sys/stat.h>

static struct stand stand;
static struct sql *sql;
static char why[256];

static const struct sql_migration schema[] = {
    {1, "things", "CREATE TABLE thing (id BIGINT PRIMARY KEY); INSERT INTO thing (id) VALUES (1);"},
    {2, "names", "ALTER TABLE thing ADD COLUMN name TEXT; CREATE INDEX thing_name ON thing (name)"},
    {3, "more", "INSERT INTO thing (id, name) VALUES (3, 'c');\n"},
};

static int
setup(void **state)
{
	(void)state;
	stand_open(&stand);
	sql = sql_open(&stand.settings, why);
	if (sql == NULL)
		fail_msg("%s", why);
	stand.rooms.sql = sql;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	sql_close(sql);
	stand_close(&stand);
	return 0;
}

static void
test_up_and_again(void **state)
{
	int from = 77;

	(void)state;
	assert_int_equal(sql_version(sql), 0);
	assert_int_equal(sql_migrate(sql, schema, 2, &from, why), 0);
	assert_int_equal(from, 0);
	assert_int_equal(sql_version(sql), 2);
	assert_int_equal(sql_migrate(sql, schema, 2, &from, why), 0);
	assert_int_equal(from, 2);
	assert_int_equal(sql_migrate(sql, schema, 3, &from, why), 0);
	assert_int_equal(from, 2);
	assert_int_equal(sql_version(sql), 3);
}

/* Beside the numbered schema, which does not know of it. */
static void
test_a_table_beside(void **state)
{
	int from;

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(
		    sql_make(sql, "CREATE TABLE IF NOT EXISTS aside (id BIGINT)", why), 0);
	assert_int_equal(sql_migrate(sql, schema, 3, &from, why), 0);
	assert_int_equal(from, 0);
	assert_int_equal(sql_gives_row(sql, SQL("SELECT COUNT(*) FROM aside")), 1);
	assert_int_equal(sql_make(sql, "CREATE nonsense", why), -1);
	assert_non_null(strstr(why, "nonsense"));
}

static void
test_newer_is_refused(void **state)
{
	int from = 77;

	(void)state;
	assert_int_equal(sql_migrate(sql, schema, 3, &from, why), 0);
	assert_int_equal(sql_migrate(sql, schema, 2, &from, why), -1);
	assert_string_equal(
	    why, "the database has schema 3, made by a newer dvara; this one knows 2");
	assert_int_equal(sql_version(sql), 3);
}

static void
count_read(struct stand *s, struct task *task, unsigned index)
{
	struct sql_rows rows;

	(void)s, (void)index;
	expect_ok(task, sql_read(task, SQL("SELECT COUNT(*) FROM thing"), &rows));
	assert_int_equal(sql_int(&rows, 0, 0), 1);
	expect_fault(task, sql_read(task, SQL("SELECT name FROM thing"), &rows), BROKEN);
}

static void
test_failing_one_leaves_nothing(void **state)
{
	const struct sql_migration wrong[] = {
	    schema[0],
	    {2, "half", "ALTER TABLE thing ADD COLUMN name TEXT; INSERT INTO nowhere VALUES (1);"},
	};
	const struct sql_migration leaves[] = {
	    schema[0],
	    {2, "leaves", "ALTER TABLE thing ADD COLUMN name TEXT; COMMIT;"},
	};
	int from = 77;

	(void)state;
	assert_int_equal(sql_migrate(sql, wrong, 2, &from, why), -1);
	assert_string_equal(why, "migration 2 (half): SQL: no such table: nowhere");
	assert_int_equal(from, 77);
	assert_int_equal(sql_version(sql), 1);
	stand_sql(&stand, count_read);
	assert_int_equal(sql_migrate(sql, leaves, 2, &from, why), -1);
	assert_non_null(strstr(why, "may not end its transaction"));
}

/* Statements prepared before a migration go on after it. */
static void
names_read(struct stand *s, struct task *task, unsigned index)
{
	struct sql_rows rows;
	int from;

	(void)s, (void)index;
	for (unsigned i = 1; i <= 3; i++) {
		assert_int_equal(sql_migrate(sql, schema, i, &from, why), 0);
		expect_ok(task, sql_read(task, SQL("SELECT * FROM thing"), &rows));
		assert_int_equal(rows.n_columns, i == 1 ? 1 : 2);
	}
}

static void
test_readers_see_the_new_schema(void **state)
{
	(void)state;
	stand_sql(&stand, names_read);
}

static void
test_two_processes_migrate(void **state)
{
	int from, status;
	pid_t pids[4];

	(void)state;
	sql_close(sql); /* a connection is not taken across fork() */
	sql = NULL;
	for (size_t i = 0; i < 4; i++) {
		pids[i] = fork();
		if (pids[i] != 0)
			continue;
		sql = sql_open(&stand.settings, why);
		_exit(sql != NULL && sql_migrate(sql, schema, 3, &from, why) == 0 ? 0 : 1);
	}
	for (size_t i = 0; i < 4; i++) {
		waitpid(pids[i], &status, 0);
		assert_int_equal(status, 0);
	}
	sql = sql_open(&stand.settings, why);
	assert_int_equal(sql_version(sql), 3);
}

static void
test_only_we_may_read_the_file(void **state)
{
	char path[96];
	struct stat stat_;

	(void)state;
	snprintf(path, sizeof(path), "%s/dvara.db", stand.folder);
	assert_int_equal(stat(path, &stat_), 0);
	assert_int_equal(stat_.st_mode & 0777, 0600);
	snprintf(path, sizeof(path), "%s/dvara.db-wal", stand.folder);
	assert_int_equal(stat(path, &stat_), 0);
	assert_int_equal(stat_.st_mode & 0777, 0600);
}

static void
expect_no_open(const char *database, const char *wanted)
{
	stand.settings.sql_database = database;
	assert_null(sql_open(&stand.settings, why));
	if (strstr(why, wanted) == NULL)
		fail_msg("\"%s\" holds no \"%s\"", why, wanted);
	assert_null(strchr(why, '\n'));
}

static void
test_what_cannot_be_opened(void **state)
{
	char path[96];
	FILE *file;

	(void)state;
	expect_no_open("dvara.db", "sql.database must be sqlite:PATH");
	expect_no_open("postgres:host=db", "sql.database must be sqlite:PATH");
	expect_no_open("sqlite:", "Is a directory");
	expect_no_open("sqlite:/nonexistent/dvara.db", "/nonexistent/dvara.db: No such file");
	expect_no_open("sqlite:.", "unable to open database file");

	snprintf(path, sizeof(path), "%s/text.db", stand.folder);
	file = fopen(path, "w");
	for (int i = 0; i < 1000; i++)
		fputs("this is no database\n", file);
	fclose(file);
	expect_no_open("sqlite:text.db", "text.db: file is not a database");
}

static void
test_corrupt_file_is_said_in_one_line(void **state)
{
	char path[96], junk[4096];
	FILE *file;
	int from;

	(void)state;
	assert_int_equal(sql_migrate(sql, schema, 3, &from, why), 0);
	sql_close(sql);
	sql = NULL;
	memset(junk, 0x5a, sizeof(junk));
	snprintf(path, sizeof(path), "%s/dvara.db", stand.folder);
	file = fopen(path, "r+");
	fseek(file, 100, SEEK_SET);
	fwrite(junk, sizeof(junk) - 100, 1, file);
	fclose(file);
	expect_no_open("sqlite:dvara.db", "dvara.db: database disk image is malformed");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_up_and_again, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_a_table_beside, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_newer_is_refused, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_failing_one_leaves_nothing, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_readers_see_the_new_schema, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_two_processes_migrate, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_only_we_may_read_the_file, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_what_cannot_be_opened, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_corrupt_file_is_said_in_one_line, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
