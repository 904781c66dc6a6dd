/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines to the gateway: a service that may make no socket asks the gateway for one, over the socket
 * that it was started with, and gets a connection ready-made (gateway/services/line.c).
 */
#include "host.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINES_FD 3
#define LINE_MS  1000

/* libcurl believes in them behind the filter alone that lets no socket be made (syscalls.c), and a
 * sanitizer takes no filter. */
bool
host_uses_lines(const struct dvara_host *host)
{
	return !HOST_IS_SANITIZED && getenv("DVARA_LINES") != NULL &&
	       json_array_size(host->manifest.network) == 0;
}

/* Called by curl on the loop's thread; the gateway answers at once, or is about to end. */
int
host_line(void)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	char byte = 'l';
	struct iovec bytes = {&byte, 1};
	struct msghdr message = {.msg_iov = &bytes,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = sizeof(control)};
	struct pollfd wait = {LINES_FD, POLLIN, 0};
	const struct cmsghdr *header;
	int fd = -1;

	if (send(LINES_FD, &byte, 1, MSG_NOSIGNAL) != 1 || poll(&wait, 1, LINE_MS) != 1 ||
	    recvmsg(LINES_FD, &message, MSG_CMSG_CLOEXEC) != 1)
		return -1;
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}
