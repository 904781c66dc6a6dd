/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines of a service to the gateway.  A service may make no socket (plugins/host/syscalls.c): for
 * each byte that it sends over the socket it was started with it gets one end of a connection whose
 * other end is taken in by a server of the gateway that knows three paths, /jwks, /attributes and
 * /news.
 */
#include "services/service.h"
#include "services/services.h"

#include "core/clock.h"
#include "core/log.h"
#include "http/server.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* A line is kept and used again: who asks for more than that wears the loop out. */
#define LINES_PER_S 20
#define SECOND_MS   1000

static void asked(void *arg, uint32_t events);
static bool is_too_many(struct service *service);
static void asked_again(void *arg);
static bool line_send(const struct service *service, int fd);

int
service_lines_open(struct service *service)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
		return -1;
	service->lines_fd = ends[0];
	service->lines = loop_watch(service->loop, ends[0], EPOLLIN, asked, service);
	/* The child waits on it with poll(). */
	fcntl(ends[1], F_SETFL, 0);
	return ends[1];
}

void
service_lines_close(struct service *service)
{
	if (service->lines_fd < 0)
		return;
	timer_end(service->loop, &service->lines_again);
	loop_watch_end(service->lines);
	close(service->lines_fd);
	service->lines_fd = -1;
}

static void
asked(void *arg, uint32_t events)
{
	struct service *service = arg;
	int ends[2];
	char byte;

	if (is_too_many(service))
		return;
	if (recv(service->lines_fd, &byte, 1, MSG_DONTWAIT) != 1) {
		if (events & (EPOLLHUP | EPOLLERR) || errno != EAGAIN)
			service_lines_close(service);
		return;
	}
	if (!service->server ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
		return;
	http_server_adopt(service->server, ends[0]);
	if (!line_send(service, ends[1]))
		log_line(
		    LOG_WARNING, "service", "%s: no line to it: %s", service->id, strerror(errno));
	close(ends[1]);
}

static bool
is_too_many(struct service *service)
{
	int64_t now_ms = clock_mono_ms();

	if (now_ms - service->lines_since_ms >= SECOND_MS) {
		service->lines_since_ms = now_ms;
		service->n_lines = 0;
	}
	if (service->n_lines++ < LINES_PER_S)
		return false;
	log_line(LOG_WARNING, "service", "%s asks for more than %d lines in a second: it waits",
	    service->id, LINES_PER_S);
	loop_watch_change(service->lines, 0);
	timer_set(service->loop, &service->lines_again, now_ms + SECOND_MS, asked_again, service);
	return true;
}

static void
asked_again(void *arg)
{
	struct service *service = arg;

	loop_watch_change(service->lines, EPOLLIN);
}

static bool
line_send(const struct service *service, int fd)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(fd))];
	} control = {.header = {.cmsg_len = CMSG_LEN(sizeof(fd)),
			 .cmsg_level = SOL_SOCKET,
			 .cmsg_type = SCM_RIGHTS}};
	char byte = 'l';
	struct iovec bytes = {&byte, 1};
	const struct msghdr message = {.msg_iov = &bytes,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = sizeof(control)};

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	return sendmsg(service->lines_fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
}
