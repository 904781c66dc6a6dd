/* SPDX-License-Identifier: Apache-2.0
 *
 * People: one id each for ever, another subject at each sector (case U06).
 */
#include "unit/records/fixture.h"

#include "records/pairwise.h"
#include "records/person.h"
#include "store/sql.h"

#include <fcntl.h>
#include <sys/stat.h>

RECORDS_STAND

static void
ids(struct stand *s, struct task *task, unsigned index)
{
	struct person person, again, other;

	(void)s, (void)index;
	expect_ok(task, person_of(task, "P-100001", &person));
	assert_int_equal(strlen(person.id), 22);
	assert_true(person.since_s > 0);
	expect_ok(task, person_of(task, "P-100001", &again));
	assert_string_equal(again.id, person.id);
	expect_ok(task, person_of(task, "P-100002", &other));
	assert_string_not_equal(other.id, person.id);
	expect_ok(task, person_find(task, person.id, &again));
	assert_string_equal(again.register_key, "P-100001");
	expect_fault(task, person_find(task, "none", &again), NOT_FOUND);
}
RECORDS_TEST(ids)

static char seen[16][32];

static void
race_run(struct stand *s, struct task *task, unsigned index)
{
	struct person person;

	(void)s;
	expect_ok(task, person_of(task, "P-100003", &person));
	snprintf(seen[index], sizeof(seen[index]), "%s", person.id);
}

static void
test_race(void **state)
{
	(void)state;
	stand_run(&stand, &(struct stand_run){.fn = race_run, .n = 16, .use_redis = true});
	for (int i = 1; i < 16; i++)
		assert_string_equal(seen[i], seen[0]);
}

static void
subjects(struct stand *s, struct task *task, unsigned index)
{
	char path[96], why[256];
	const char *sub;
	struct stat status;

	(void)index;
	snprintf(path, sizeof(path), "%s/pairwise.key", s->folder);
	assert_true(pairwise_open(path, stand.rooms.sql, why));
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_int_equal(status.st_size, 32);
	sub = person_subject(task, "person", "rp1.test");
	assert_int_equal(strlen(sub), 43);
	assert_string_equal(person_subject(task, "person", "rp1.test"), sub);
	assert_string_not_equal(person_subject(task, "person", "rp2.test"), sub);
	assert_string_not_equal(person_subject(task, "other", "rp1.test"), sub);
	/* nothing slides between sector and person */
	assert_string_not_equal(person_subject(task, "b", "a"), person_subject(task, "", "ab"));

	/* opened again it is the same key */
	assert_true(pairwise_open(path, stand.rooms.sql, why));
	assert_string_equal(person_subject(task, "person", "rp1.test"), sub);
	assert_int_equal(unlink(path), 0);
	assert_true(pairwise_open(path, stand.rooms.sql, why));
	assert_string_not_equal(person_subject(task, "person", "rp1.test"), sub);
}
RECORDS_TEST(subjects)

/* Another key would make everybody somebody else. */
static void
lost(struct stand *s, struct task *task, unsigned index)
{
	const char *path = task_printf(task, "%s/lost.key", s->folder);
	struct person person;
	char why[256];

	(void)index;
	assert_true(pairwise_open(path, s->rooms.sql, why));
	expect_ok(task, person_of(task, "P-100001", &person));
	assert_true(pairwise_open(path, s->rooms.sql, why));
	assert_int_equal(unlink(path), 0);
	assert_false(pairwise_open(path, s->rooms.sql, why));
	assert_non_null(strstr(why, "bring it back"));
	assert_int_equal(access(path, F_OK), -1);
}
RECORDS_TEST(lost)

static void
test_bad_keys(void **state)
{
	char path[96], link[96], why[256] = "";
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s/bad.key", stand.folder);
	snprintf(link, sizeof(link), "%s/link.key", stand.folder);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_int_equal(write(fd, "0123456789012345678901234567890", 31), 31);
	assert_false(pairwise_open(path, stand.rooms.sql, why));
	assert_non_null(strstr(why, "bytes"));
	assert_int_equal(write(fd, "1", 1), 1);
	assert_true(pairwise_open(path, stand.rooms.sql, why));
	assert_int_equal(fchmod(fd, 0640), 0);
	assert_false(pairwise_open(path, stand.rooms.sql, why));
	assert_non_null(strstr(why, "others"));
	assert_int_equal(fchmod(fd, 0600), 0);
	assert_int_equal(symlink(path, link), 0);
	assert_false(pairwise_open(link, stand.rooms.sql, why));
	close(fd);
	assert_false(pairwise_open("/nowhere/at/all/pairwise.key", stand.rooms.sql, why));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    RECORDS_UNIT(ids),
	    RECORDS_UNIT(race),
	    RECORDS_UNIT(subjects),
	    RECORDS_UNIT(lost),
	    RECORDS_UNIT(bad_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
