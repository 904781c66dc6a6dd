/* SPDX-License-Identifier: Apache-2.0
 *
 * The two clocks of clock.h.
 */
#include "core/clock.h"

#include <time.h>

#ifdef DVARA_TESTING
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#endif

static int64_t clock_ms(clockid_t id);
static int64_t test_offset_s(void);

int64_t
clock_mono_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

int64_t
clock_mono_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t
clock_now_s(void)
{
	return clock_now_ms() / 1000;
}

int64_t
clock_now_ms(void)
{
	return clock_ms(CLOCK_REALTIME) + test_offset_s() * 1000;
}

static int64_t
clock_ms(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#ifdef DVARA_TESTING
static int64_t
test_offset_s(void)
{
	const char *path = getenv("DVARA_TEST_CLOCK");
	char text[32] = {0};
	int fd;

	if (path == NULL)
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	return strtoll(text, NULL, 10);
}
#else
static int64_t
test_offset_s(void)
{
	return 0;
}
#endif
