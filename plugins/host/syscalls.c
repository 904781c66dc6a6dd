/* SPDX-License-Identifier: Apache-2.0
 *
 * What a service may ask of the kernel (seccomp): what the C library, SQLite, libcurl and an HTTP
 * server need, and nothing that makes processes, looks into others or reaches the network.  What is
 * not listed fails with EPERM; a signal goes to oneself only.
 */
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
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
    "recvmmsg", "recvmsg", "select", "setsockopt", "shutdown", "timerfd_create", "timerfd_gettime",
    "timerfd_settime", NULL};

/* A program in another language starts as it likes, and its own children; not setsid() and
 * setpgid(), by which these would survive it, nor memfd_create(), memory that no limit counts. */
static const char *const executing[] = {"execve", "execveat", "fork", "vfork", "wait4", "waitid",
    "getpgid", "getsid", "prctl", "chdir", "fchdir", "bind", "listen", NULL};

/* What is asked of a terminal, and what every descriptor can be told; not FIOSETOWN and SIOCSPGRP,
 * which are F_SETOWN. */
static const unsigned device_controls[] = {
    FIONBIO, FIONREAD, FIOCLEX, FIONCLEX, TCGETS, TIOCGWINSZ};

/* Kinds of sockets that a network is: no datagrams, whose ports no wall limits, no raw ones, and of
 * netlink only the part that tells addresses. */
static const struct kind {
	int family, type, protocol;
} kinds[] = {
    {AF_INET, SOCK_STREAM, 0},
    {AF_INET, SOCK_STREAM, IPPROTO_TCP},
    {AF_INET6, SOCK_STREAM, 0},
    {AF_INET6, SOCK_STREAM, IPPROTO_TCP},
    {AF_NETLINK, SOCK_RAW, NETLINK_ROUTE},
};

/* A namespace of users would make it root of something; a child of its parent is the gateway's. */
#define CLONE_REFUSED \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | \
	    CLONE_NEWPID | CLONE_NEWNET | CLONE_PARENT)

/* Not F_SETOWN and F_SETSIG: by them the kernel sends any signal to any process of the same user.
 */
static const int file_controls[] = {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL,
    F_GETLK, F_SETLK, F_SETLKW, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW, F_GETPIPE_SZ, F_SETPIPE_SZ,
    F_GET_SEALS, F_ADD_SEALS};

/* A call allowed where one argument is so. */
struct rule {
	int call;
	struct scmp_arg_cmp where;
};

static int names_allow(scmp_filter_ctx filter, const char *const *names);
static int rules_allow(scmp_filter_ctx filter, const struct rule *rules, size_t n);
static int controls_allow(scmp_filter_ctx filter);
static int signals_allow(scmp_filter_ctx filter);
static int own_allow(scmp_filter_ctx filter);
static int executing_allow(scmp_filter_ctx filter, bool may_signal);
static int network_allow(scmp_filter_ctx filter, bool has_network);

bool
host_syscalls_confine(const struct walls *walls, char ret_why[256])
{
	scmp_filter_ctx filter;
	int r;

	/* A sanitizer looks for leaks from a process that it clones and traces. */
	if (HOST_IS_SANITIZED)
		return true;
	filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	r = filter ? names_allow(filter, allowed) : -ENOMEM;
	if (r == 0)
		r = controls_allow(filter);
	if (r == 0)
		r = walls->may_execute ? executing_allow(filter, walls->may_signal)
				       : own_allow(filter);
	if (r == 0)
		r = network_allow(filter, walls->has_network);
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

static int
rules_allow(scmp_filter_ctx filter, const struct rule *rules, size_t n)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, rules[i].call, 1, rules[i].where);
	return r;
}

/* The kernel looks at 32 bits of the command: so does the filter. */
static int
controls_allow(scmp_filter_ctx filter)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(file_controls) / sizeof(file_controls[0]); i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
		    SCMP_A1(SCMP_CMP_MASKED_EQ, UINT32_MAX, (scmp_datum_t)file_controls[i]));
	for (size_t i = 0; r == 0 && i < sizeof(device_controls) / sizeof(device_controls[0]); i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
		    SCMP_A1(SCMP_CMP_MASKED_EQ, UINT32_MAX, device_controls[i]));
	return r;
}

static int
signals_allow(scmp_filter_ctx filter)
{
	const scmp_datum_t self = (scmp_datum_t)getpid();
	const struct rule to_itself[] = {
	    {SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_EQ, self)},
	    {SCMP_SYS(kill), SCMP_A0(SCMP_CMP_EQ, self)},
	};

	return rules_allow(filter, to_itself, sizeof(to_itself) / sizeof(to_itself[0]));
}

/* Threads, but no processes; signals to itself; its limits to be read, not changed.  clone3() has
 * its flags in memory, where a filter does not see them: as if the kernel did not know it, so that
 * the C library takes clone(). */
static int
own_allow(scmp_filter_ctx filter)
{
	const struct rule rules[] = {
	    {SCMP_SYS(clone), SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)},
	    {SCMP_SYS(prlimit64), SCMP_A2(SCMP_CMP_EQ, 0)},
	    {SCMP_SYS(prctl), SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME)},
	};
	int r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);

	if (r == 0)
		r = signals_allow(filter);
	return r == 0 ? rules_allow(filter, rules, sizeof(rules) / sizeof(rules[0])) : r;
}

/* Processes, but no namespaces; limits of its own alone, for those of others of the same user could
 * be set as well.  Signals to whomever, where something else keeps them within; else to itself. */
static int
executing_allow(scmp_filter_ctx filter, bool may_signal)
{
	static const char *const signals[] = {"kill", "tgkill", NULL};
	const struct rule rules[] = {
	    {SCMP_SYS(clone), SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_REFUSED, 0)},
	    {SCMP_SYS(prlimit64), SCMP_A0(SCMP_CMP_EQ, 0)},
	};
	int r = names_allow(filter, executing);

	if (r == 0)
		r = may_signal ? names_allow(filter, signals) : signals_allow(filter);
	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	return r == 0 ? rules_allow(filter, rules, sizeof(rules) / sizeof(rules[0])) : r;
}

/* Without it no socket can be made at all: lines to the gateway come ready-made (line.c).  Of a
 * pair of datagrams each could be sent to any other socket by its path, to the system's log too.
 * What is sent with MSG_FASTOPEN connects, past the wall that limits where to (landlock.c). */
static int
network_allow(scmp_filter_ctx filter, bool has_network)
{
	const struct rule sending[] = {
	    {SCMP_SYS(sendto), SCMP_A3(SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, 0)},
	    {SCMP_SYS(sendmsg), SCMP_A2(SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, 0)},
	    {SCMP_SYS(sendmmsg), SCMP_A3(SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, 0)},
	};
	int r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socketpair), 2,
	    SCMP_A0(SCMP_CMP_EQ, AF_UNIX), SCMP_A1(SCMP_CMP_MASKED_EQ, SOCKET_TYPE, SOCK_STREAM));

	if (r == 0)
		r = rules_allow(filter, sending, sizeof(sending) / sizeof(sending[0]));
	for (size_t i = 0; r == 0 && has_network && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 3,
		    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)kinds[i].family),
		    SCMP_A1(SCMP_CMP_MASKED_EQ, SOCKET_TYPE, (scmp_datum_t)kinds[i].type),
		    SCMP_A2(SCMP_CMP_EQ, (scmp_datum_t)kinds[i].protocol));
	/* libcurl 7.88 connects even what it was told is connected
	 * (CURL_SOCKOPT_ALREADY_CONNECTED), and goes on where that is said to be under way. */
	if (r == 0)
		r = seccomp_rule_add(filter,
		    has_network ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(EINPROGRESS), SCMP_SYS(connect),
		    0);
	return r;
}
