/* SPDX-License-Identifier: Apache-2.0
 *
 * The HTTP server of one loop: a libmicrohttpd daemon in external epoll mode.
 *
 * Connections are accepted here (server_accept.c) and handed over; libmicrohttpd's own time-outs
 * are off, because each byte resets them: server_peer.c keeps the time.  All of libmicrohttpd's
 * work is done in the hook at the end of a turn, after the fibers have run.
 */
#include "http/server.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/settings.h"
#include "http/server_inner.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* 32 KB hold a request line and headers larger than the door lets pass, so that the door can refuse
 * them; larger ones are refused by libmicrohttpd itself (414, 431). */
#define CONNECTION_MEMORY_BYTES (32u << 10)
/* Never reached: server_accept.c counts, over all loops. */
#define NO_LIMIT                1000000u
/* Runs of the daemon in one turn; each carries one request of every connection further. */
#define MAX_ROUNDS              16

static bool door_make(struct http_server *server, char ret_why[256]);
static struct MHD_Daemon *daemon_start(struct http_server *server);
static size_t leave_as_it_is(void *unused, struct MHD_Connection *connection, char *text);
static void on_connection(void *arg, struct MHD_Connection *connection, void **slot,
    enum MHD_ConnectionNotificationCode code);
static void on_word(void *unused, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
static void on_ready(void *arg, uint32_t events);
static void on_turn(void *arg);
static bool daemon_waits(struct http_server *server);

struct http_server *
http_server_new(
    struct loop *loop, struct rooms *rooms, const struct http_listen *listen, char ret_why[256])
{
	struct http_server *server = calloc(1, sizeof *server);
	int epoll_fd;

	if (server == NULL)
		abort();
	server->loop = loop;
	server->rooms = rooms;
	server->listen = *listen;
	server->listen_fd = -1;
	server->meters = server_meters_new(listen);
	server->documents = server_documents_new(listen->n_routes);
	if (!door_make(server, ret_why))
		goto failed;
	if (listen->certificate_pem != NULL && listen->key_pem != NULL) {
		server->tls = server_tls_new(listen, ret_why);
		if (server->tls == NULL)
			goto failed;
	}
	server->daemon = daemon_start(server);
	if (server->daemon == NULL) {
		snprintf(ret_why, 256, "the HTTP daemon of %s did not start", listen->address);
		goto failed;
	}
	if (!server_listen(server, ret_why))
		goto failed;
	epoll_fd = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
	server->running = loop_watch(loop, epoll_fd, EPOLLIN, on_ready, server);
	loop_hook(loop, on_turn, server);
	return server;

failed:
	http_server_free(server);
	return NULL;
}

static bool
door_make(struct http_server *server, char ret_why[256])
{
	const struct settings *settings = server->rooms->settings;
	const char *bad;

	server->table = match_table_new(server->listen.routes, server->listen.n_routes);
	server->door.settings = settings;
	server->door.routes = server->table;
	server->door.is_management = server->listen.is_management;
	if (networks_read(settings->gateway_trusted_proxies, &server->door.trusted_proxies, &bad))
		return true;
	snprintf(ret_why, 256, "gateway.trusted_proxies: %s is no address or network", bad);
	return false;
}

static struct MHD_Daemon *
daemon_start(struct http_server *server)
{
	static const struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
	unsigned flags =
	    MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ERROR_LOG;

	if (server->tls != NULL)
		flags |= MHD_USE_TLS;
	return MHD_start_daemon(flags, 0, NULL, NULL, server_exchange_step, server,
	    MHD_OPTION_EXTERNAL_LOGGER, on_word, NULL, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
	    server, MHD_OPTION_NOTIFY_COMPLETED, server_exchange_end, server,
	    MHD_OPTION_URI_LOG_CALLBACK, server_exchange_line, server, MHD_OPTION_UNESCAPE_CALLBACK,
	    leave_as_it_is, NULL, MHD_OPTION_CONNECTION_LIMIT, NO_LIMIT,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY_BYTES,
	    MHD_OPTION_CONNECTION_TIMEOUT, 0u, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
	    MHD_OPTION_ARRAY, server->tls != NULL ? server_tls_options() : none, MHD_OPTION_END);
}

/* The door decodes (http/path.h, http/form.h). */
static size_t
leave_as_it_is(void *unused, struct MHD_Connection *connection, char *text)
{
	(void)unused;
	(void)connection;
	return strlen(text);
}

static void
on_connection(void *arg, struct MHD_Connection *connection, void **slot,
    enum MHD_ConnectionNotificationCode code)
{
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		server_peer_opened(arg, connection, slot);
	else
		server_peer_closed(*slot);
}

static void
on_word(void *unused, const char *format, va_list args)
{
	char text[200];

	(void)unused;
	vsnprintf(text, sizeof text, format, args);
	text[strcspn(text, "\n")] = 0;
	log_line(LOG_DEBUG, "http", "%s", text);
}

static void
on_ready(void *arg, uint32_t events)
{
	struct http_server *server = arg;

	(void)events;
	server->is_ready = true;
}

static void
on_turn(void *arg)
{
	struct http_server *server = arg;
	struct exchange *exchange;
	int round;

	for (round = 0; round < MAX_ROUNDS; round++) {
		while ((exchange = server->finished) != NULL) {
			server->finished = exchange->next;
			server_exchange_resume(exchange);
			server->is_ready = true;
		}
		if (!server->is_ready)
			return;
		MHD_run(server->daemon);
		server->is_ready = daemon_waits(server);
	}
	loop_wake_at(server->loop, clock_mono_ms());
}

static bool
daemon_waits(struct http_server *server)
{
	MHD_UNSIGNED_LONG_LONG timeout_ms;

	return MHD_get_timeout(server->daemon, &timeout_ms) == MHD_YES && timeout_ms == 0;
}

void
http_server_rooms(struct http_server *server, struct rooms *rooms)
{
	struct networks trusted;
	const char *bad;

	server->rooms = rooms;
	server->door.settings = rooms->settings;
	if (!networks_read(rooms->settings->gateway_trusted_proxies, &trusted, &bad)) {
		log_line(LOG_ERR, "config",
		    "gateway.trusted_proxies: %s is no address or network; the old ones stay", bad);
		return;
	}
	networks_free(&server->door.trusted_proxies);
	server->door.trusted_proxies = trusted;
}

void
http_server_drain(struct http_server *server)
{
	if (server->is_draining)
		return;
	server->is_draining = true;
	server_accept_drain(server);
	server_peers_drain(server);
}

bool
http_server_is_idle(const struct http_server *server)
{
	return server->n_peers == 0;
}

bool
http_server_certificate(
    struct http_server *server, const char *certificate_pem, const char *key_pem)
{
	char why[256];

	return server->tls != NULL &&
	       server_tls_certificate(server->tls, certificate_pem, key_pem, why);
}

void
http_server_free(struct http_server *server)
{
	struct exchange *exchange;

	if (server == NULL)
		return;
	if (server->listen_fd >= 0)
		server_accept_drain(server);
	loop_watch_end(server->running);
	server->running = NULL;
	/* libmicrohttpd aborts when it is stopped over a suspended connection. */
	while ((exchange = server->finished) != NULL) {
		server->finished = exchange->next;
		server_exchange_resume(exchange);
	}
	if (server->daemon != NULL)
		MHD_stop_daemon(server->daemon);
	assert(server->n_peers == 0);
	server_linger_end_all(server);
	timer_end(server->loop, &server->due);
	timer_end(server->loop, &server->accept_again);
	server_exchange_spare_free(server);
	server_tls_free(server->tls);
	server_meters_free(server->meters);
	server_documents_free(server->documents, server->listen.n_routes);
	match_table_free(server->table);
	networks_free(&server->door.trusted_proxies);
	free(server);
}
