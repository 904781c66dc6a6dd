/* SPDX-License-Identifier: Apache-2.0
 *
 * What the kernel knows of this process, under the names that Prometheus' own clients use, and the
 * version that runs.
 */
#include "core/metrics_process.h"

#include "core/buf.h"
#include "core/clock.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static double cpu_s(void);
static double resident_bytes(void);
static double start_s(void);
static double open_fds(void);
static double max_fds(void);
static double number_of(const char *path, const char *mark, unsigned n);
static void gauge_write(struct buf *buf, const char *name, const char *help, double value);

void
metrics_process_write(struct buf *buf)
{
	buf_text_add(buf, "# HELP dvara_build_info The version that runs.\n"
			  "# TYPE dvara_build_info gauge\n"
			  "dvara_build_info{version=\"" DVARA_VERSION "\"} 1\n");
	buf_printf(buf,
	    "# HELP process_cpu_seconds_total Time on processors, user and system.\n"
	    "# TYPE process_cpu_seconds_total counter\n"
	    "process_cpu_seconds_total %.3f\n",
	    cpu_s());
	gauge_write(buf, "process_resident_memory_bytes", "Memory in use.", resident_bytes());
	gauge_write(buf, "process_start_time_seconds", "Start, since 1970.", start_s());
	gauge_write(buf, "process_open_fds", "Open file descriptors.", open_fds());
	gauge_write(buf, "process_max_fds", "The limit of these.", max_fds());
}

static void
gauge_write(struct buf *buf, const char *name, const char *help, double value)
{
	buf_printf(buf, "# HELP %s %s\n# TYPE %s gauge\n%s %.0f\n", name, help, name, name, value);
}

static double
cpu_s(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* proc(5): the second number of statm, in pages. */
static double
resident_bytes(void)
{
	return number_of("/proc/self/statm", "", 1) * (double)sysconf(_SC_PAGESIZE);
}

/* proc(5): the 22nd field of stat, in ticks since the machine came up; the 19 before it that follow
 * the program's name, which may hold anything, its closing bracket too. */
static double
start_s(void)
{
	double ticks = number_of("/proc/self/stat", ")", 20);
	struct timespec up;

	clock_gettime(CLOCK_BOOTTIME, &up);
	return (double)clock_now_s() - (double)up.tv_sec + ticks / (double)sysconf(_SC_CLK_TCK);
}

/* The word of a file of one line, n words after the last place of mark. */
static double
number_of(const char *path, const char *mark, unsigned n)
{
	char line[1024] = "";
	FILE *file = fopen(path, "re");
	const char *at = line;

	if (file == NULL)
		return 0;
	if (fgets(line, sizeof(line), file) == NULL)
		line[0] = '\0';
	fclose(file);
	if (mark[0] != '\0' && strrchr(line, mark[0]) != NULL)
		at = strrchr(line, mark[0]);
	for (; n > 0 && at != NULL; n--) {
		at = strchr(at, ' ');
		at = at != NULL ? at + 1 : NULL;
	}
	return at != NULL ? (double)strtoull(at, NULL, 10) : 0;
}

static double
open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	if (dir == NULL)
		return 0;
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n - 3; /* . and .. and the folder itself */
}

static double
max_fds(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	return (double)limit.rlim_cur;
}
