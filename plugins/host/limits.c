/* SPDX-License-Identifier: Apache-2.0
 *
 * What the process of a service may use of the machine: memory, files, descriptors.  Whatever a
 * plugin does, only it ends; the gateway starts it again.
 */
#include "host.h"

#include <signal.h>
#include <sys/resource.h>

#define MEMORY_MAX_BYTES (1ull << 30)   /* addresses: stacks and arenas of threads count whole */
#define FILE_MAX_BYTES   (256ull << 20) /* of any one file, a log on standard error among them */
#define FILES_MAX        512

static void limit(int resource, rlim_t most);

void
host_limits(void)
{
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_NOFILE, FILES_MAX);
	limit(RLIMIT_FSIZE, FILE_MAX_BYTES);
	/* A write past the limit then fails with EFBIG. */
	signal(SIGXFSZ, SIG_IGN);
	/* A sanitizer reserves terabytes for its shadow. */
	if (!HOST_IS_SANITIZED)
		limit(RLIMIT_AS, MEMORY_MAX_BYTES);
}

static void
limit(int resource, rlim_t most)
{
	struct rlimit now;

	if (getrlimit(resource, &now) == 0 && now.rlim_max < most)
		most = now.rlim_max;
	setrlimit(resource, &(struct rlimit){most, most});
}
