/* SPDX-License-Identifier: Apache-2.0
 *
 * A plugin that tries the walls around it (case G10, cases/security section 4.6): each path tries
 * one thing and answers with the error that it met, 0 where it got through.
 */
#include <dvara/plugin.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef int attempt(struct dvara_request *request);

static int
result(int r)
{
	return r < 0 ? errno : 0;
}

static int
inet(struct dvara_request *request)
{
	(void)request;
	return result(socket(AF_INET, SOCK_STREAM, 0));
}

static int
number(struct dvara_request *request, const char *name)
{
	const char *text = dvara_query(request, name);

	return text ? (int)strtol(text, NULL, 10) : 0;
}

static int
any_socket(struct dvara_request *request)
{
	return result(socket(
	    number(request, "family"), number(request, "type"), number(request, "protocol")));
}

static struct sockaddr_in
here(struct dvara_request *request)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)number(request, "port")),
	    .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

static int
connects(struct dvara_request *request)
{
	const struct sockaddr_in to = here(request);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int error = fd < 0 ? errno : result(connect(fd, (const struct sockaddr *)&to, sizeof(to)));

	close(fd);
	return error;
}

/* Opens a connection as it sends, without a call that says so. */
static int
opens_fast(struct dvara_request *request)
{
	const struct sockaddr_in to = here(request);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int error = fd < 0 ? errno
			   : result((int)sendto(fd, "x", 1, MSG_FASTOPEN,
				 (const struct sockaddr *)&to, sizeof(to)));

	close(fd);
	return error;
}

static int
binds(struct dvara_request *request)
{
	const struct sockaddr_in at = here(request);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int error = fd < 0 ? errno : result(bind(fd, (const struct sockaddr *)&at, sizeof(at)));

	close(fd);
	return error;
}

/* Calls that a service has no use for: by their names, with arguments that would do for most. */
static const struct {
	const char *name;
	long number, arguments[4];
} calls[] = {
    {"userfaultfd", SYS_userfaultfd, {1}},
    {"io_uring_setup", SYS_io_uring_setup, {8}},
    {"bpf", SYS_bpf, {0}},
    {"keyctl", SYS_keyctl, {0}},
    {"add_key", SYS_add_key, {0}},
    {"perf_event_open", SYS_perf_event_open, {0}},
    {"fork", SYS_clone, {SIGCHLD}},
    {"clone-user", SYS_clone, {CLONE_NEWUSER | SIGCHLD}},
    {"clone3", SYS_clone3, {0}},
    {"unshare", SYS_unshare, {CLONE_NEWUSER}},
    {"setns", SYS_setns, {3}},
    {"mount", SYS_mount, {0}},
    {"chroot", SYS_chroot, {(long)"."}},
    {"process_vm_readv", SYS_process_vm_readv, {1}},
    {"pidfd_open", SYS_pidfd_open, {1}},
    {"pidfd_getfd", SYS_pidfd_getfd, {3, 1}},
    {"pidfd_send_signal", SYS_pidfd_send_signal, {3, SIGTERM}},
    {"rt_sigqueueinfo", SYS_rt_sigqueueinfo, {1, SIGTERM}},
    {"kill-all", SYS_kill, {-1, SIGTERM}},
    {"kill-group", SYS_kill, {0, SIGTERM}},
    {"open_by_handle_at", SYS_open_by_handle_at, {-1}},
    {"memfd_create", SYS_memfd_create, {(long)"x"}},
    {"personality", SYS_personality, {0}},
    {"dumpable", SYS_prctl, {PR_SET_DUMPABLE, 1}},
    {"outlive", SYS_prctl, {PR_SET_PDEATHSIG, 0}},
    {"shmget", SYS_shmget, {1, 4096}},
    {"mq_open", SYS_mq_open, {(long)"x"}},
    {"inotify_init1", SYS_inotify_init1, {0}},
    {"setsid", SYS_setsid, {0}},
    {"sethostname", SYS_sethostname, {(long)"x", 1}},
    {"clock_settime", SYS_clock_settime, {0}},
    {"syslog", SYS_syslog, {2}},
    {"init_module", SYS_init_module, {0}},
    {"owner-of-device", SYS_ioctl, {3, FIOSETOWN}},
};

static int
any_call(struct dvara_request *request)
{
	const char *name = dvara_query(request, "name");
	long r;

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		const long *arguments = calls[i].arguments;

		if (strcmp(calls[i].name, name) != 0)
			continue;
		r = syscall(
		    calls[i].number, arguments[0], arguments[1], arguments[2], arguments[3]);
		if (r == 0 && calls[i].number == SYS_clone)
			_exit(0);
		return result((int)r);
	}
	return ENOTSUP;
}

/* All that there is, and kept: whoever calls next finds it so. */
static int
takes_descriptors(struct dvara_request *request)
{
	(void)request;
	while (dup(2) >= 0)
		continue;
	return errno;
}

static int
takes_memory(struct dvara_request *request)
{
	const size_t piece = 32u << 20;
	void *at;

	(void)request;
	while ((at = mmap(NULL, piece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0)) != MAP_FAILED)
		*(char *)at = 1;
	return errno;
}

/* What is behind its standard output and error may be another's file. */
static int
empties_log(struct dvara_request *request)
{
	return result(ftruncate(number(request, "fd"), 0));
}

static int
speaks(struct dvara_request *request)
{
	const char *text = dvara_query(request, "text");
	int n = number(request, "n");

	for (int i = 0; i < n; i++)
		if (write(2, text, strlen(text)) < 0)
			return errno;
	return 0;
}

static int
unix_socket(struct dvara_request *request)
{
	(void)request;
	return result(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int
reads(struct dvara_request *request)
{
	return result(open(dvara_query(request, "path"), O_RDONLY));
}

static int
writes(struct dvara_request *request)
{
	return result(open(dvara_query(request, "path"), O_WRONLY | O_CREAT, 0600));
}

static int
executes(struct dvara_request *request)
{
	char *const words[] = {(char[]){"true"}, NULL};

	(void)request;
	return result(execv("/usr/bin/true", words));
}

static int
signals(struct dvara_request *request)
{
	(void)request;
	return result(kill(getppid(), SIGTERM));
}

/* By way of the kernel, which signals who owns a descriptor that is ready. */
static int
owns(struct dvara_request *request)
{
	int pair[2];

	(void)request;
	if (pipe(pair) < 0)
		return errno;
	return result(fcntl(pair[0], F_SETOWN, getppid()));
}

static int
picks_signal(struct dvara_request *request)
{
	(void)request;
	return result(fcntl(3, F_SETSIG, SIGURG));
}

/* A datagram goes wherever its address says. */
static int
pairs(struct dvara_request *request)
{
	int pair[2];

	(void)request;
	return result(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
}

static int
opens_up(struct dvara_request *request)
{
	return result(chmod(dvara_query(request, "path"), 0777));
}

static int
empties(struct dvara_request *request)
{
	return result(truncate(dvara_query(request, "path"), 0));
}

static int
traces(struct dvara_request *request)
{
	(void)request;
	return result((int)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
}

static int
limits(struct dvara_request *request)
{
	const struct rlimit more = {RLIM_INFINITY, RLIM_INFINITY};

	(void)request;
	return result(setrlimit(RLIMIT_AS, &more));
}

/* Asks the gateway for lines as fast as it can (plugins/host/line.c), and keeps none. */
static int
lines(struct dvara_request *request)
{
	int n = 0;

	(void)request;
	while (n < 100000 && send(3, "l", 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1)
		n++;
	return n;
}

static int
root(struct dvara_request *request)
{
	(void)request;
	return result(setuid(0));
}

static const struct {
	const char *path;
	attempt *attempt;
} attempts[] = {{"/inet", inet}, {"/unix", unix_socket}, {"/read", reads}, {"/write", writes},
    {"/execute", executes}, {"/signal", signals}, {"/trace", traces}, {"/limits", limits},
    {"/root", root}, {"/lines", lines}, {"/own", owns}, {"/set-signal", picks_signal},
    {"/socket", any_socket}, {"/connect", connects}, {"/open-fast", opens_fast}, {"/bind", binds},
    {"/empty-log", empties_log}, {"/speak", speaks}, {"/call", any_call},
    {"/take-descriptors", takes_descriptors}, {"/take-memory", takes_memory}, {"/pair", pairs},
    {"/open-up", opens_up}, {"/empty", empties}};

static int
handle(void *self, struct dvara_request *request, struct dvara_answer *ret_answer)
{
	(void)self;
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++)
		if (strcmp(dvara_path(request), attempts[i].path) == 0)
			ret_answer->body = dvara_printf(request, "{\"error\":\"%s\"}",
			    strerrorname_np(attempts[i].attempt(request)));
	if (!ret_answer->body)
		ret_answer->body = dvara_printf(request, "{\"uid\":%u}", getuid());
	return DVARA_OK;
}

DVARA_SERVICE(.id = "burglar", .version = "1.0", .handle = handle);
