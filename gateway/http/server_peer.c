/* SPDX-License-Identifier: Apache-2.0
 *
 * One connection: what it is busy with and how long that may take.
 *
 * Times are absolute, so a byte now and then does not help a slow sender or reader.  A connection
 * that is too late is cut with shutdown(2); libmicrohttpd sees its end and cleans up.
 */
#include "core/clock.h"
#include "http/server_inner.h"

#include <stdlib.h>
#include <sys/socket.h>

/* A new connection has 10 s for its first request's headers, one that is kept 30 s for the next. */
SERVER_TUNABLE int64_t server_phase_ms[N_PHASES] = {
    [PHASE_HEAD] = 10000, [PHASE_BODY] = 15000, [PHASE_ANSWER] = 30000, [PHASE_IDLE] = 30000};

#define DRAIN_HEAD_MS 2000
#define LOOK_EACH_MS  250

static void list_take(struct peer_list *list, struct peer *peer);
static void list_append(struct peer_list *list, struct peer *peer);
static void due_set(struct http_server *server);
static void on_due(void *arg);
static void peers_cut(struct http_server *server, enum phase phase, int64_t now_ms);
static int64_t limit_ms(const struct http_server *server, enum phase phase);

void
server_peer_opened(struct http_server *server, struct MHD_Connection *connection, void **slot)
{
	struct peer *peer = server->arriving;

	server->arriving = NULL;
	*slot = peer;
	peer->connection = connection;
	peer->phase = PHASE_HEAD;
	peer->since_ms = clock_mono_ms();
	list_append(&server->peers[PHASE_HEAD], peer);
	server->n_peers++;
	if (server->tls != NULL)
		server_tls_opened(peer);
	due_set(server);
}

void
server_peer_closed(struct peer *peer)
{
	struct http_server *server = peer->server;

	/* libmicrohttpd may have answered to a first line that was too long. */
	if (peer->lingers || peer->phase == PHASE_HEAD)
		server_linger(peer);
	list_take(&server->peers[peer->phase], peer);
	server->n_peers--;
	server_release(peer);
	free(peer);
}

void
server_peer_phase(struct peer *peer, enum phase phase)
{
	struct http_server *server = peer->server;

	list_take(&server->peers[peer->phase], peer);
	peer->phase = phase;
	peer->since_ms = clock_mono_ms();
	list_append(&server->peers[phase], peer);
	due_set(server);
}

static void
list_take(struct peer_list *list, struct peer *peer)
{
	*(peer->previous == NULL ? &list->first : &peer->previous->next) = peer->next;
	*(peer->next == NULL ? &list->last : &peer->next->previous) = peer->previous;
	peer->previous = peer->next = NULL;
}

static void
list_append(struct peer_list *list, struct peer *peer)
{
	peer->previous = list->last;
	*(list->last == NULL ? &list->first : &list->last->next) = peer;
	list->last = peer;
}

/* The timer is only ever late for nobody: it is set while anyone is there, and when it fires it
 * looks who is due. */
static void
due_set(struct http_server *server)
{
	if (server->due.at_ms == 0)
		timer_set(
		    server->loop, &server->due, clock_mono_ms() + LOOK_EACH_MS, on_due, server);
}

static void
on_due(void *arg)
{
	struct http_server *server = arg;
	int64_t now_ms = clock_mono_ms();
	enum phase phase;

	for (phase = 0; phase < N_PHASES; phase++)
		if (phase != PHASE_WORK)
			peers_cut(server, phase, now_ms);
	if (server->n_peers > 0)
		due_set(server);
}

static void
peers_cut(struct http_server *server, enum phase phase, int64_t now_ms)
{
	static const struct linger at_once = {.l_onoff = 1};
	struct peer *peer, *next;

	for (peer = server->peers[phase].first; peer != NULL; peer = next) {
		next = peer->next;
		if (peer->since_ms + limit_ms(server, phase) > now_ms)
			return;
		if (phase == PHASE_HEAD || phase == PHASE_BODY)
			server_exchange_late(peer);
		/* What a slow reader has not taken is thrown away, not kept by the kernel. */
		if (phase == PHASE_ANSWER)
			setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
		server_peer_cut(peer);
	}
}

static int64_t
limit_ms(const struct http_server *server, enum phase phase)
{
	if (phase == PHASE_HEAD && server->is_draining)
		return DRAIN_HEAD_MS;
	return server_phase_ms[phase];
}

/* It leaves its list, so that it is cut once. */
void
server_peer_cut(struct peer *peer)
{
	peer->is_cut = true;
	shutdown(peer->fd, SHUT_RDWR);
	server_peer_phase(peer, PHASE_WORK);
}

void
server_peers_drain(struct http_server *server)
{
	struct peer *peer;

	while ((peer = server->peers[PHASE_IDLE].first) != NULL)
		server_peer_cut(peer);
}
