/* SPDX-License-Identifier: Apache-2.0
 *
 * A plugin that tries the walls around it (case G10, cases/security section 4.6): each path tries
 * one thing and answers with the error that it met, 0 where it got through.
 */
#include <dvara/plugin.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
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
    {"/pair", pairs}, {"/open-up", opens_up}, {"/empty", empties}};

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
