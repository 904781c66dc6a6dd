/* SPDX-License-Identifier: Apache-2.0
 *
 * The two clocks, and the one that tests move.
 */
#include "unit/unit.h"

#include "core/clock.h"

#include <time.h>
#include <unistd.h>

static void
monotonic_runs_forward(void **state)
{
	int64_t before_ms = clock_mono_ms();

	(void)state;
	usleep(3000);
	assert_in_range(clock_mono_ms() - before_ms, 2, 30000);
}

/* Ours is that of the system and so much more, at some moment between two looks at that. */
static void
assert_ahead_s(int64_t ahead_s)
{
	int64_t before_s = time(NULL) - 2, ours_s = clock_now_s(), after_s = time(NULL) + 2;

	assert_true(before_s + ahead_s <= ours_s && ours_s <= after_s + ahead_s);
}

static void
wall_clock_is_utc(void **state)
{
	int64_t before_s = clock_now_s(), ours_ms = clock_now_ms(), after_s = clock_now_s();

	(void)state;
	assert_ahead_s(0);
	assert_in_range(ours_ms / 1000, before_s, after_s);
}

static void
offset_put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void
a_test_moves_the_wall_clock_only(void **state)
{
	char path[] = "/tmp/test_clock.XXXXXX";
	int fd = mkstemp(path);
	int64_t mono_ms = clock_mono_ms();

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	setenv("DVARA_TEST_CLOCK", path, 1);
	assert_ahead_s(0);
	offset_put(path, "3600\n");
	assert_ahead_s(3600);
	offset_put(path, "-86400");
	assert_ahead_s(-86400);
	assert_in_range(clock_mono_ms() - mono_ms, 0, 30000);
	unlink(path);
	assert_ahead_s(0);
	unsetenv("DVARA_TEST_CLOCK");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(monotonic_runs_forward),
	    cmocka_unit_test(wall_clock_is_utc),
	    cmocka_unit_test(a_test_moves_the_wall_clock_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
