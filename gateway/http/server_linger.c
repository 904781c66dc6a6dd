/* SPDX-License-Identifier: Apache-2.0
 *
 * The rest of a body that was refused.
 *
 * libmicrohttpd closes the connection as soon as the answer is out.  Closing a socket that holds
 * unread bytes makes the kernel send a reset, which can destroy the answer before it is read.  So a
 * duplicate of the socket is kept for a moment, and what still comes is read off.
 */
#include "core/clock.h"
#include "http/server_inner.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINGER_MS        3000
#define MAX_LINGERING    256 /* per server; past that, a reset it is */
#define LINGER_MAX_BYTES (8u << 20)

struct lingering {
	struct http_server *server;
	struct loop_watch *watch;
	struct timer timer;
	int fd;
	size_t left_bytes;
	struct lingering *previous, *next;
};

static void on_bytes(void *arg, uint32_t events);
static void linger_end(void *arg);

void
server_linger(struct peer *peer)
{
	struct http_server *server = peer->server;
	struct lingering *lingering;
	int fd =
	    server->n_lingering < MAX_LINGERING && server->running != NULL ? dup(peer->fd) : -1;

	if (fd < 0)
		return;
	lingering = calloc(1, sizeof *lingering);
	if (lingering == NULL)
		abort();
	shutdown(fd, SHUT_WR);
	lingering->server = server;
	lingering->fd = fd;
	lingering->left_bytes = LINGER_MAX_BYTES;
	lingering->watch = loop_watch(server->loop, fd, EPOLLIN, on_bytes, lingering);
	timer_set(
	    server->loop, &lingering->timer, clock_mono_ms() + LINGER_MS, linger_end, lingering);
	lingering->next = server->lingering;
	if (lingering->next != NULL)
		lingering->next->previous = lingering;
	server->lingering = lingering;
	server->n_lingering++;
}

static void
on_bytes(void *arg, uint32_t events)
{
	struct lingering *lingering = arg;
	char bytes[16384];
	ssize_t n = 1;

	(void)events;
	while (n > 0 && lingering->left_bytes >= sizeof bytes) {
		n = recv(lingering->fd, bytes, sizeof bytes, MSG_DONTWAIT);
		if (n > 0)
			lingering->left_bytes -= (size_t)n;
	}
	if (n == 0 || lingering->left_bytes < sizeof bytes)
		linger_end(lingering);
}

static void
linger_end(void *arg)
{
	struct lingering *lingering = arg;
	struct http_server *server = lingering->server;

	if (lingering->next != NULL)
		lingering->next->previous = lingering->previous;
	*(lingering->previous == NULL ? &server->lingering : &lingering->previous->next) =
	    lingering->next;
	server->n_lingering--;
	loop_watch_end(lingering->watch);
	timer_end(server->loop, &lingering->timer);
	close(lingering->fd);
	free(lingering);
}

void
server_linger_end_all(struct http_server *server)
{
	while (server->lingering != NULL)
		/* Takes the first off the list, which the analyzer does not see. */
		linger_end(server->lingering); /* NOLINT(clang-analyzer-unix.Malloc) */
}
