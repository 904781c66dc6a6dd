/* SPDX-License-Identifier: Apache-2.0
 *
 * The socket that a service is called on.  It is ours: made before the first start, kept while the
 * child comes and goes, and handed to each as a descriptor (process.c).  A call made while none
 * runs waits in the kernel's queue for the next.
 *
 * Its name is taken away as soon as we hold what stands there, and reached by /proc/self/fd from
 * then on: nobody else can call it, and nobody can put another in its place, nor a second gateway
 * sweep it away.
 *
 * While a service is paused there is none: calls that wait end at once, and so do new ones.
 */
#include "core/log.h"
#include "core/random.h"
#include "services/service.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int listening(const char *path);
static bool place_keep(struct service *service, int place_fd);
static void ended_for_good(void *arg, uint32_t events);

bool
service_socket_open(struct service *service)
{
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	int fd, place_fd;
	uint64_t which;

	/* A child may have shortened its queue. */
	if (service->listen_fd >= 0)
		return listen(service->listen_fd, SOMAXCONN) == 0;
	random_bytes(&which, sizeof(which));
	if (snprintf(path, sizeof(path), "/proc/self/fd/%d/%s-%" PRIx64 ".sock", service->folder_fd,
		service->id, which) >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return false;
	}
	fd = listening(path);
	if (fd < 0)
		return false;
	place_fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	unlink(path);
	if (place_fd < 0 || !place_keep(service, place_fd)) {
		close(fd);
		return false;
	}
	service->listen_fd = fd;
	service->listening = loop_watch(service->loop, fd, EPOLLRDHUP, ended_for_good, service);
	return true;
}

/* Above the descriptors that a child gets: none of those overwrites it before its turn. */
static int
listening(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), above = -1, saved;

	if (fd < 0)
		return -1;
	memcpy(address.sun_path, path, strlen(path));
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
	    listen(fd, SOMAXCONN) == 0)
		above = fcntl(fd, F_DUPFD_CLOEXEC, SERVICE_LISTEN_FD + 1);
	saved = errno;
	if (above < 0)
		unlink(path);
	close(fd);
	errno = saved;
	return above;
}

/* Under the number that it has for good: other threads call by it meanwhile. */
static bool
place_keep(struct service *service, int place_fd)
{
	bool is_kept = true;

	if (service->place_fd < 0) {
		service->place_fd = place_fd;
		if (asprintf(&service->socket, "/proc/self/fd/%d", place_fd) < 0)
			abort();
		return true;
	}
	is_kept = dup3(place_fd, service->place_fd, O_CLOEXEC) >= 0;
	close(place_fd);
	return is_kept;
}

/* It is one socket for all of its children, and shutdown() by one of them ends it for the next. */
static void
ended_for_good(void *arg, uint32_t events)
{
	struct service *service = arg;

	(void)events;
	log_line(LOG_NOTICE, "service",
	    "%s has shut its socket: a new one waits for its next start", service->id);
	service_socket_close(service);
	if (!service_socket_open(service))
		log_line(LOG_ERR, "service", "%s: no socket: %s", service->id, strerror(errno));
}

void
service_socket_close(struct service *service)
{
	if (service->listen_fd < 0)
		return;
	loop_watch_end(service->listening);
	service->listening = NULL;
	close(service->listen_fd);
	service->listen_fd = -1;
}

void
service_socket_end(struct service *service)
{
	service_socket_close(service);
	if (service->place_fd >= 0)
		close(service->place_fd);
	service->place_fd = -1;
	free(service->socket);
	service->socket = NULL;
}
