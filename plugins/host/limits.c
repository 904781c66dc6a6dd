/* SPDX-License-Identifier: Apache-2.0
 *
 * What the process of a plugin may use of the machine: memory, files, descriptors, and no process
 * beside itself.  Whatever a plugin does, only it ends; the gateway starts it again.
 *
 * RLIMIT_NPROC would count all processes of the user, and none of root; a seccomp filter refuses
 * new processes for anybody, and lets threads be.
 */
#include "host.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define MEMORY_MAX_BYTES (1ull << 30)   /* addresses: stacks and arenas of threads count whole */
#define FILE_MAX_BYTES   (256ull << 20) /* of any one file, a log on standard error among them */
#define FILES_MAX        512

#ifdef __has_feature
#define HAS_FEATURE(name) __has_feature(name)
#else
#define HAS_FEATURE(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    HAS_FEATURE(address_sanitizer) || HAS_FEATURE(thread_sanitizer)
#define IS_SANITIZED 1
#else
#define IS_SANITIZED 0
#endif

static void limit(int resource, rlim_t most);
static bool processes_refuse(char why[256]);

bool
host_limits(char ret_why[256])
{
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_NOFILE, FILES_MAX);
	limit(RLIMIT_FSIZE, FILE_MAX_BYTES);
	/* A write past the limit then fails with EFBIG. */
	signal(SIGXFSZ, SIG_IGN);
	/* A sanitizer reserves terabytes for its shadow, and looks for leaks from a process that
	 * it clones. */
	if (IS_SANITIZED)
		return true;
	limit(RLIMIT_AS, MEMORY_MAX_BYTES);
	return processes_refuse(ret_why);
}

static void
limit(int resource, rlim_t most)
{
	struct rlimit now;

	if (getrlimit(resource, &now) == 0 && now.rlim_max < most)
		most = now.rlim_max;
	setrlimit(resource, &(struct rlimit){most, most});
}

/* clone3() has its flags in memory, where a filter does not see them: as if the kernel did not know
 * it, so that the C library takes clone(). */
static bool
processes_refuse(char why[256])
{
	static const int refused[] = {SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(execve),
	    SCMP_SYS(execveat), SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv),
	    SCMP_SYS(process_vm_writev)};
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int r = filter ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < sizeof(refused) / sizeof(refused[0]); i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), refused[i], 0);
	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
		    SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
	if (r == 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	if (r < 0)
		snprintf(why, 256, "seccomp: %s", strerror(-r));
	return r == 0;
}
