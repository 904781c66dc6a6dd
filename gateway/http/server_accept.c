/* SPDX-License-Identifier: Apache-2.0
 *
 * The listening socket and the caps on connections: in all, and of one caller.
 *
 * Each loop has a socket of its own on the same address (SO_REUSEPORT); the caps count over all
 * loops.  When descriptors run out, accepting pauses and what waits stays in the kernel's queue.
 */
#include "core/clock.h"
#include "core/log.h"
#include "core/settings.h"
#include "http/server_inner.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ACCEPT_AT_ONCE  64
#define ACCEPT_PAUSE_MS 100
#define BACKLOG         1024
#define CALLER_BUCKETS  1024

/* Connections of one caller, over all loops. */
struct caller_count {
	struct network caller;
	unsigned n;
	struct caller_count *next;
};
static struct {
	pthread_mutex_t lock;
	unsigned n_all;
	struct caller_count *buckets[CALLER_BUCKETS];
} counts = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool address_split(const char *address, char *ret_host, size_t size, const char **ret_port);
static bool is_free(const struct addrinfo *info);
static int socket_bound(const struct addrinfo *info, bool is_shared);
static int unix_bound(const char *path);
static int given(int fd);
static bool listen_watched(struct http_server *server, char ret_why[256]);
static void on_arrival(void *arg, uint32_t events);
static bool accept_one(struct http_server *server);
static socklen_t loopback_set(struct sockaddr_storage *address);
static void take_in(
    struct http_server *server, int fd, struct sockaddr_storage *address, socklen_t len);
static bool claim(struct http_server *server, struct peer *peer);
static void pause_accepting(struct http_server *server, int why);
static void accept_again(void *arg);
static struct caller_count **count_of(const struct network *caller);

bool
server_listen(struct http_server *server, char ret_why[256])
{
	const struct addrinfo hints = {
	    .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE, .ai_socktype = SOCK_STREAM};
	const char *address = server->listen.address, *port;
	struct addrinfo *info = NULL;
	char host[NETWORK_TEXT_BYTES];

	if (server->listen.fd > 0) {
		server->listen_fd = given(server->listen.fd);
		return listen_watched(server, ret_why);
	}
	if (address == NULL)
		return true;
	if (strncmp(address, "unix:", 5) == 0) {
		server->listen_fd = unix_bound(address + 5);
		return listen_watched(server, ret_why);
	}
	if (!address_split(address, host, sizeof host, &port) ||
	    getaddrinfo(host, port, &hints, &info) != 0) {
		snprintf(ret_why, 256, "%s is no address with a port", address);
		return false;
	}
	server->listen_fd =
	    server->listen.is_first && !is_free(info) ? -1 : socket_bound(info, true);
	freeaddrinfo(info);
	return listen_watched(server, ret_why);
}

static bool
listen_watched(struct http_server *server, char ret_why[256])
{
	if (server->listen_fd < 0) {
		snprintf(ret_why, 256, "cannot listen on %s: %s",
		    server->listen.fd > 0 ? "the socket given" : server->listen.address,
		    strerror(errno));
		return false;
	}
	server->accepting =
	    loop_watch(server->loop, server->listen_fd, EPOLLIN, on_arrival, server);
	return true;
}

/* -1: it is none that listens. */
static int
given(int fd)
{
	int domain = 0, is_listening = 0;
	socklen_t len = sizeof domain;

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &len) < 0)
		return -1;
	if (domain != AF_UNIX || !is_listening) {
		errno = EINVAL;
		return -1;
	}
	fcntl(fd, F_SETFL, O_NONBLOCK);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

/* The socket file that an earlier process left behind is in the way; nobody answers on it. */
static int
unix_bound(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd, saved;

	if (strlen(path) >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	unlink(path);
	if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* "127.0.0.1:8080", "[::1]:8080", "localhost:8080" */
static bool
address_split(const char *address, char *ret_host, size_t size, const char **ret_port)
{
	const char *colon = strrchr(address, ':');
	size_t len = colon == NULL ? 0 : (size_t)(colon - address);

	if (len == 0 || len >= size)
		return false;
	*ret_port = colon + 1;
	if (len > 2 && address[0] == '[' && address[len - 1] == ']')
		address++, len -= 2;
	memcpy(ret_host, address, len);
	ret_host[len] = 0;
	if (strcmp(ret_host, "localhost") == 0)
		snprintf(ret_host, size, "127.0.0.1");
	return true;
}

/* SO_REUSEPORT would let a second gateway take half of the callers unseen. */
static bool
is_free(const struct addrinfo *info)
{
	int fd = socket_bound(info, false);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static int
socket_bound(const struct addrinfo *info, bool is_shared)
{
	int fd, one = 1, saved;

	fd = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (is_shared)
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
	if (bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static void
on_arrival(void *arg, uint32_t events)
{
	struct http_server *server = arg;
	int i;

	(void)events;
	for (i = 0; i < ACCEPT_AT_ONCE; i++)
		if (!accept_one(server))
			return;
}

/* False: nobody is waiting any more. */
static bool
accept_one(struct http_server *server)
{
	struct sockaddr_storage address = {0};
	socklen_t len = sizeof address;
	int fd;

	if (server->listen_fd < 0)
		return false;

	fd = accept4(
	    server->listen_fd, (struct sockaddr *)&address, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0) {
		if (address.ss_family == AF_UNIX)
			len = loopback_set(&address);
		take_in(server, fd, &address, len);
		return true;
	}
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return false;
	if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
		pause_accepting(server, errno);
		return false;
	}
	return true; /* this one went away again: ECONNABORTED, EINTR, EPROTO, … */
}

/* Who comes by a socket file is on this machine, and is counted as that. */
static socklen_t
loopback_set(struct sockaddr_storage *address)
{
	const struct sockaddr_in loopback = {
	    .sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};

	memcpy(address, &loopback, sizeof loopback);
	return sizeof loopback;
}

void
http_server_adopt(struct http_server *server, int fd)
{
	struct sockaddr_storage address = {0};
	socklen_t len = loopback_set(&address);

	if (server->daemon == NULL)
		close(fd);
	else
		take_in(server, fd, &address, len);
}

static void
take_in(struct http_server *server, int fd, struct sockaddr_storage *address, socklen_t len)
{
	struct peer *peer = calloc(1, sizeof *peer);

	if (peer == NULL)
		abort();
	peer->server = server;
	peer->fd = fd;
	if (!network_of((struct sockaddr *)address, &peer->address) || !claim(server, peer)) {
		close(fd);
		free(peer);
		return;
	}
	network_text(&peer->address, peer->text);
	server->arriving = peer;
	/* On failure it has closed fd, and perhaps never told of the peer. */
	if (MHD_add_connection(server->daemon, fd, (struct sockaddr *)address, len) != MHD_YES &&
	    server->arriving != NULL) {
		server_release(peer);
		free(peer);
	}
	server->arriving = NULL;
	server->is_ready = true;
}

/* The management listener answers also when the public one is full. */
static bool
claim(struct http_server *server, struct peer *peer)
{
	const struct settings *settings = server->rooms->settings;
	struct network caller = network_of_caller(&peer->address);
	struct caller_count **at;
	bool fits;

	peer->is_proxy = networks_hold(&server->door.trusted_proxies, &peer->address);
	pthread_mutex_lock(&counts.lock);
	at = count_of(&caller);
	if (*at == NULL) {
		*at = calloc(1, sizeof **at);
		if (*at == NULL)
			abort();
		(*at)->caller = caller;
	}
	(*at)->n++;
	counts.n_all++;
	fits = server->listen.is_management ||
	       (counts.n_all <= (uint64_t)settings->gateway_connections &&
		   (peer->is_proxy ||
		       (*at)->n <= (uint64_t)settings->gateway_connections_per_address));
	pthread_mutex_unlock(&counts.lock);
	if (!fits)
		server_release(peer);
	return fits;
}

void
server_release(struct peer *peer)
{
	struct network caller = network_of_caller(&peer->address);
	struct caller_count **at, *gone;

	pthread_mutex_lock(&counts.lock);
	at = count_of(&caller);
	counts.n_all--;
	if (--(*at)->n == 0) {
		gone = *at;
		*at = gone->next;
		free(gone);
	}
	pthread_mutex_unlock(&counts.lock);
}

/* Callers can choose their address within what they own, so a chain is bounded by the cap on all
 * connections at worst. */
static struct caller_count **
count_of(const struct network *caller)
{
	struct caller_count **at;
	uint64_t sum = 0xcbf29ce484222325u;
	size_t i;

	for (i = 0; i < sizeof caller->at; i++)
		sum = (sum ^ caller->at[i]) * 0x100000001b3u;
	at = &counts.buckets[(sum ^ (sum >> 32)) % CALLER_BUCKETS];
	while (*at != NULL && memcmp((*at)->caller.at, caller->at, sizeof caller->at) != 0)
		at = &(*at)->next;
	return at;
}

static void
pause_accepting(struct http_server *server, int why)
{
	log_line(LOG_WARNING, "http", "accepting pauses: %s", strerror(why));
	loop_watch_change(server->accepting, 0);
	timer_set(server->loop, &server->accept_again, clock_mono_ms() + ACCEPT_PAUSE_MS,
	    accept_again, server);
}

static void
accept_again(void *arg)
{
	struct http_server *server = arg;

	loop_watch_change(server->accepting, EPOLLIN);
}

/* Whoever the kernel has already let in is served: closing the socket would reset them. */
void
server_accept_drain(struct http_server *server)
{
	while (server->daemon != NULL && accept_one(server))
		;
	timer_end(server->loop, &server->accept_again);
	loop_watch_end(server->accepting);
	server->accepting = NULL;
	close(server->listen_fd);
	server->listen_fd = -1;
}
