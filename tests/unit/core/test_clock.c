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
	assert_in_range(clock_mono_ms() - before_ms, 2, 5000);
}

static void
wall_clock_is_utc(void **state)
{
	(void)state;
	assert_in_range(clock_now_s() - time(NULL) + 2, 0, 4);
	assert_in_range(clock_now_ms() / 1000 - clock_now_s() + 1, 0, 2);
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
	assert_in_range(clock_now_s() - time(NULL) + 2, 0, 4);
	offset_put(path, "3600\n");
	assert_in_range(clock_now_s() - time(NULL), 3598, 3602);
	offset_put(path, "-86400");
	assert_in_range(time(NULL) - clock_now_s(), 86398, 86402);
	assert_in_range(clock_mono_ms() - mono_ms, 0, 5000);
	unlink(path);
	assert_in_range(clock_now_s() - time(NULL) + 2, 0, 4);
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
