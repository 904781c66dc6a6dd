/* SPDX-License-Identifier: Apache-2.0
 *
 * What a service may ask of the kernel (seccomp): what the C library, SQLite, libcurl and an HTTP
 * server need, and nothing that makes processes, looks into others or reaches the network.  What is
 * not listed fails with EPERM; a signal goes to oneself only.
 */
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKET_TYPE 0xfu /* beside SOCK_CLOEXEC and SOCK_NONBLOCK */

static const char *const allowed[] = {
    /* files: which, Landlock says; not chmod() and its like by a path, which it does not guard,
       nor truncate(), which it guards since Linux 6.2 */
    "access", "close", "close_range", "copy_file_range", "creat", "dup", "dup2", "dup3",
    "faccessat", "faccessat2", "fadvise64", "fallocate", "fchmod", "fdatasync", "flock", "fstat",
    "fstatfs", "fsync", "ftruncate", "getcwd", "getdents64", "link", "linkat", "lseek", "lstat",
    "mkdir", "mkdirat", "newfstatat", "open", "openat", "openat2", "pipe", "pipe2", "pread64",
    "preadv", "preadv2", "pwrite64", "pwritev", "pwritev2", "read", "readlink", "readlinkat",
    "readv", "rename", "renameat", "renameat2", "rmdir", "sendfile", "stat", "statfs", "statx",
    "symlink", "symlinkat", "sync_file_range", "umask", "unlink", "unlinkat", "write", "writev",
    /* memory */
    "brk", "madvise", "mincore", "mlock", "mlock2", "mmap", "mprotect", "mremap", "msync",
    "munlock", "munmap",
    /* threads, signals of one's own, time */
    "arch_prctl", "clock_getres", "clock_gettime", "clock_nanosleep", "exit", "exit_group", "futex",
    "futex_waitv", "get_robust_list", "getcpu", "getegid", "geteuid", "getgid", "getgroups",
    "getpgrp", "getpid", "getppid", "getrandom", "getresgid", "getresuid", "getrlimit", "getrusage",
    "gettid", "gettimeofday", "getuid", "membarrier", "nanosleep", "pause", "restart_syscall",
    "rseq", "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend",
    "rt_sigtimedwait", "sched_getaffinity", "sched_getparam", "sched_getscheduler", "sched_yield",
    "set_robust_list", "set_tid_address", "sigaltstack", "sysinfo", "time", "times", "uname",
    /* waiting; sockets that are there already */
    "accept", "accept4", "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_pwait2", "epoll_wait",
    "eventfd2", "getpeername", "getsockname", "getsockopt", "poll", "ppoll", "pselect6", "recvfrom",
    "recvmmsg", "recvmsg", "select", "sendmmsg", "sendmsg", "sendto", "setsockopt", "shutdown",
    "timerfd_create", "timerfd_gettime", "timerfd_settime", NULL};

/* A program in another language starts as it likes, and its own children. */
static const char *const executing[] = {"clone", "clone3", "execve", "execveat", "fork", "vfork",
    "wait4", "waitid", "kill", "setsid", "setpgid", "getpgid", "getsid", "ioctl", "prctl",
    "prlimit64", "chdir", "fchdir", "bind", "listen", "memfd_create", NULL};

static const int families[] = {AF_INET, AF_INET6, AF_NETLINK};

/* Not F_SETOWN and F_SETSIG: by them the kernel sends any signal to any process of the same user.
 */
static const int file_controls[] = {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL,
    F_GETLK, F_SETLK, F_SETLKW, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW, F_GETPIPE_SZ, F_SETPIPE_SZ,
    F_GET_SEALS, F_ADD_SEALS};

static int file_controls_allow(scmp_filter_ctx filter);
static int names_allow(scmp_filter_ctx filter, const char *const *names);
static int own_allow(scmp_filter_ctx filter);
static int network_allow(scmp_filter_ctx filter, bool has_network);

bool
host_syscalls_confine(bool has_network, bool may_execute, char ret_why[256])
{
	scmp_filter_ctx filter;
	int r;

	/* A sanitizer looks for leaks from a process that it clones and traces. */
	if (HOST_IS_SANITIZED)
		return true;
	filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	r = filter ? names_allow(filter, allowed) : -ENOMEM;
	if (r == 0)
		r = file_controls_allow(filter);
	if (r == 0)
		r = may_execute ? names_allow(filter, executing) : own_allow(filter);
	if (r == 0)
		r = network_allow(filter, has_network);
	if (r == 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	if (r < 0)
		snprintf(ret_why, 256, "seccomp: %s", strerror(-r));
	return r == 0;
}

/* A name that this kind of processor does not have is no failure. */
static int
names_allow(scmp_filter_ctx filter, const char *const *names)
{
	int r = 0;

	for (size_t i = 0; r == 0 && names[i]; i++) {
		int number = seccomp_syscall_resolve_name(names[i]);

		if (number != __NR_SCMP_ERROR)
			r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
		if (r == -EDOM)
			r = 0;
	}
	return r;
}

/* The kernel looks at 32 bits of the command: so does the filter. */
static int
file_controls_allow(scmp_filter_ctx filter)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(file_controls) / sizeof(file_controls[0]); i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
		    SCMP_A1(SCMP_CMP_MASKED_EQ, UINT32_MAX, (scmp_datum_t)file_controls[i]));
	return r;
}

/* Threads, but no processes; signals to itself; its limits to be read, not changed.  clone3() has
 * its flags in memory, where a filter does not see them: as if the kernel did not know it, so that
 * the C library takes clone(). */
static int
own_allow(scmp_filter_ctx filter)
{
	const scmp_datum_t self = (scmp_datum_t)getpid();
	int r;

	r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
		    SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
	if (r == 0)
		r = seccomp_rule_add(
		    filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, self));
	if (r == 0)
		r = seccomp_rule_add(
		    filter, SCMP_ACT_ALLOW, SCMP_SYS(kill), 1, SCMP_A0(SCMP_CMP_EQ, self));
	if (r == 0)
		r = seccomp_rule_add(
		    filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1, SCMP_A2(SCMP_CMP_EQ, 0));
	if (r == 0)
		r = seccomp_rule_add(
		    filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1, SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME));
	if (r == 0)
		r = seccomp_rule_add(
		    filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, SCMP_A1(SCMP_CMP_EQ, FIONBIO));
	if (r == 0)
		r = seccomp_rule_add(
		    filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, SCMP_A1(SCMP_CMP_EQ, FIONREAD));
	return r;
}

/* Without it no socket can be made at all: lines to the gateway come ready-made (line.c).  Of a
 * pair of datagrams each could be sent to any other socket by its path, to the system's log too. */
static int
network_allow(scmp_filter_ctx filter, bool has_network)
{
	int r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socketpair), 2,
	    SCMP_A0(SCMP_CMP_EQ, AF_UNIX), SCMP_A1(SCMP_CMP_MASKED_EQ, SOCKET_TYPE, SOCK_STREAM));

	for (size_t i = 0; r == 0 && has_network && i < sizeof(families) / sizeof(families[0]); i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
		    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i]));
	/* libcurl 7.88 connects even what it was told is connected
	 * (CURL_SOCKOPT_ALREADY_CONNECTED), and goes on where that is said to be under way. */
	if (r == 0)
		r = seccomp_rule_add(filter,
		    has_network ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(EINPROGRESS), SCMP_SYS(connect),
		    0);
	return r;
}
