/* SPDX-License-Identifier: Apache-2.0
 *
 * One request, from its first line to the end of its answer.
 *
 * libmicrohttpd calls server_exchange_line() with the first line, server_exchange_step() when the
 * headers are there, for each piece of the body and when the request is complete, and
 * server_exchange_end() when the answer has left or the connection has died.  The fiber starts
 * inside the last step; if it waits, the connection is suspended until it has ended.
 */
#include "core/clock.h"
#include "core/fiber.h"
#include "core/log.h"
#include "core/settings.h"
#include "http/cors.h"
#include "http/server_inner.h"

#include <stdlib.h>
#include <string.h>

#define REQUEST_TTL_MS 10000
#define MAX_SPARE      64
/* The client was gone before there was an answer. */
#define STATUS_GONE    499

static struct exchange *exchange_new(struct http_server *server);
static enum MHD_Result head(struct exchange *exchange, struct MHD_Connection *connection,
    const char *method, const char *version);
static enum MHD_Result body_take(struct exchange *exchange, const char *at, size_t *len);
static enum MHD_Result complete(struct exchange *exchange, struct MHD_Connection *connection);
static void run(void *arg);
static int handle(struct exchange *exchange);
static bool is_to_move(const struct exchange *exchange, const struct door_wire *wire);
static void move(struct exchange *exchange, const char *target);
static void refuse(struct exchange *exchange);
static void answered(struct exchange *exchange);
static void answered_without_us(struct exchange *exchange, struct MHD_Connection *connection);

void *
server_exchange_line(void *arg, const char *target, struct MHD_Connection *connection)
{
	struct peer *peer =
	    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
	struct exchange *exchange = exchange_new(arg);

	exchange->peer = peer;
	peer->exchange = exchange;
	exchange->began_us = server_now_us();
	server_wire_hide(exchange, (char *)(uintptr_t)target);
	return exchange;
}

static struct exchange *
exchange_new(struct http_server *server)
{
	struct exchange *exchange = server->spare;

	if (exchange == NULL) {
		exchange = calloc(1, sizeof *exchange);
		if (exchange == NULL)
			abort();
	} else {
		server->spare = exchange->next;
		server->n_spare--;
		memset(exchange, 0, sizeof *exchange);
	}
	exchange->server = server;
	return exchange;
}

/* Eight arguments are libmicrohttpd's. */
enum MHD_Result /* NOLINTNEXTLINE(readability-function-size) */
server_exchange_step(void *server, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *upload, size_t *upload_bytes, void **slot)
{
	struct exchange *exchange = *slot;

	(void)server;
	(void)url;
	if (exchange->peer->is_cut)
		return MHD_NO;
	switch (exchange->stage) {
	case STAGE_HEAD: return head(exchange, connection, method, version);
	case STAGE_BODY:
		if (*upload_bytes > 0)
			return body_take(exchange, upload, upload_bytes);
		return complete(exchange, connection);
	case STAGE_REFUSED: *upload_bytes = 0; return server_answer_queue(exchange, connection);
	case STAGE_RUNNING:
	case STAGE_ENDED: break; /* the answer could not be queued */
	}
	return MHD_NO;
}

static enum MHD_Result
head(struct exchange *exchange, struct MHD_Connection *connection, const char *method,
    const char *version)
{
	struct http_server *server = exchange->server;
	struct door_wire wire = {.method = method, .version = version};
	bool has_body;
	int r;

	exchange->method = method;
	task_open(&exchange->task, server->loop, server->rooms, REQUEST_TTL_MS);
	exchange->has_task = true;
	exchange->reply.task = &exchange->task;
	exchange->reply.request = &exchange->request;
	exchange->reply.is_management = server->listen.is_management;
	r = server_wire_read(exchange, connection, &wire);
	if (r == 0)
		r = door_head(&exchange->task, &server->door, &wire, &exchange->request,
		    &exchange->match, &exchange->body);
	server_wire_trace(exchange);
	has_body = exchange->body.is_chunked || exchange->body.content_length > 0;
	if (r == 0) {
		exchange->stage = STAGE_BODY;
		server_peer_phase(exchange->peer, has_body ? PHASE_BODY : PHASE_WORK);
		return MHD_YES;
	}
	/* Without a route it is not sure what is to come; then, or with a body, answer now: that
	 * closes the connection. */
	exchange->must_close = exchange->match.route == NULL || has_body;
	if (exchange->match.route == NULL)
		door_guess(&exchange->task, &server->door, &wire, &exchange->match);
	refuse(exchange);
	if (is_to_move(exchange, &wire))
		move(exchange, wire.target);
	if (!exchange->must_close)
		return MHD_YES;
	exchange->peer->lingers = true;
	return server_answer_queue(exchange, connection);
}

/* A person who came by http to a page of a gateway that is https.  Nothing else is sent on: what a
 * client sent in the clear has been read by others, and it should notice. */
static bool
is_to_move(const struct exchange *exchange, const struct door_wire *wire)
{
	const struct route *route = exchange->match.route;

	return exchange->request.is_plain && exchange->server->door.settings->is_https &&
	       route != NULL && (route->guards & ROUTE_PAGE) != 0 && wire->target[0] == '/' &&
	       (str_equal(wire->method, "GET") || str_equal(wire->method, "HEAD"));
}

static void
move(struct exchange *exchange, const char *target)
{
	struct reply *reply = &exchange->reply;

	reply->body = (struct bytes){0};
	reply->is_page = false;
	reply_header(reply, "Location",
	    task_printf(
		&exchange->task, "%s%s", exchange->server->door.settings->gateway_issuer, target));
	(void)reply_empty(reply, 308);
}

static enum MHD_Result
body_take(struct exchange *exchange, const char *at, size_t *len)
{
	size_t needed = exchange->body_len + *len, size;
	uint8_t *grown;

	if (needed > exchange->body.max_bytes) {
		fail(&exchange->task, TOO_LARGE, "the body is larger than %zu bytes",
		    exchange->body.max_bytes);
		refuse(exchange);
		server_answer_by_hand(exchange);
		return MHD_NO;
	}
	if (needed + 1 > exchange->body_size) {
		size = exchange->body_size * 2 > 2048 ? exchange->body_size * 2 : 2048;
		if (exchange->body.content_length >= 0)
			size = (size_t)exchange->body.content_length + 1;
		while (size < needed + 1)
			size *= 2;
		grown = task_alloc(&exchange->task, size);
		if (exchange->body_len > 0)
			memcpy(grown, exchange->body_at, exchange->body_len);
		exchange->body_at = grown;
		exchange->body_size = size;
	}
	memcpy(exchange->body_at + exchange->body_len, at, *len);
	exchange->body_len = needed;
	*len = 0;
	return MHD_YES;
}

static enum MHD_Result
complete(struct exchange *exchange, struct MHD_Connection *connection)
{
	struct task *task = &exchange->task;
	int r;

	exchange->request.body = (struct bytes){exchange->body_at, exchange->body_len};
	/* Such a proxy says in a header who its callers are, and its own certificate is not theirs.
	 */
	if (!exchange->peer->is_proxy ||
	    !exchange->server->door.settings->gateway_proxy_certificates)
		server_tls_identify(exchange->peer, task, &exchange->request);
	exchange->reply.guards = exchange->match.route->guards;
	task->deadline_ms = clock_mono_ms() + REQUEST_TTL_MS;
	r = door_body(task, &exchange->match, &exchange->request);
	if (r < 0) {
		refuse(exchange);
		return server_answer_queue(exchange, connection);
	}
	exchange->stage = STAGE_RUNNING;
	if (fiber_start(exchange->server->loop, run, exchange))
		return server_answer_queue(exchange, connection);
	exchange->is_suspended = true;
	server_peer_phase(exchange->peer, PHASE_WORK);
	MHD_suspend_connection(connection);
	return MHD_YES;
}

static void
run(void *arg)
{
	struct exchange *exchange = arg;
	struct task *task = &exchange->task;
	int r;

	r = handle(exchange);
	if (r == 0 && exchange->reply.status == 0)
		r = fail(task, BROKEN, "the handler gave no answer");
	if (r < 0 && task->fault.code == 0)
		fail(task, BROKEN, "the handler failed without saying why");
	if (r < 0)
		refuse(exchange);
	exchange->stage = STAGE_ENDED;
	if (!exchange->is_suspended)
		return;
	exchange->next = exchange->server->finished;
	exchange->server->finished = exchange;
}

static int
handle(struct exchange *exchange)
{
	const struct match *match = &exchange->match;
	http_origin_check *origin_is_known = exchange->server->listen.origin_is_known;
	int r;

	if (str_equal(exchange->method, "OPTIONS"))
		return cors_preflight(&exchange->reply, match, origin_is_known);
	if ((match->route->guards & (ROUTE_WALLETS | ROUTE_CORS)) == ROUTE_WALLETS)
		cors_allow_wallet(&exchange->request, &exchange->reply);
	r = match->route->handler(&exchange->task, &exchange->request, &exchange->reply);
	if (r < 0)
		cors_fault(&exchange->reply, match, origin_is_known);
	return r;
}

/* The task's fault becomes the answer. */
static void
refuse(struct exchange *exchange)
{
	const struct route *route = exchange->match.route;
	struct reply *reply = &exchange->reply;

	exchange->stage = STAGE_REFUSED;
	reply->guards = route == NULL ? 0 : route->guards;
	reply->body = (struct bytes){0};
	reply->status = 0;
	reply->is_page = false;
	if (exchange->task.fault.code == METHOD_NOT_ALLOWED)
		reply_header(reply, "Allow",
		    exchange->match.allow == NULL ? "GET, HEAD, POST" : exchange->match.allow);
	(route == NULL ? exchange->server->listen.fault : route->fault)(reply);
	if (reply->status == 0)
		reply_oauth_fault(reply);
	log_fault(&exchange->task, "refused");
}

void
server_exchange_resume(struct exchange *exchange)
{
	struct MHD_Connection *connection = exchange->peer->connection;

	/* Where this fails, libmicrohttpd asks again, and is told to close. */
	(void)server_answer_queue(exchange, connection);
	MHD_resume_connection(connection);
}

void
server_exchange_late(struct peer *peer)
{
	static const char late[] = "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n"
				   "Cache-Control: no-store\r\nContent-Length: 0\r\n\r\n";

	/* A connection on which nothing was ever said is closed without a word. */
	if (peer->exchange == NULL)
		return;
	server_answer_raw(peer, late, sizeof late - 1);
	peer->exchange->reply.status = 408;
	peer->exchange->has_answer = true;
}

void
server_exchange_end(void *server, struct MHD_Connection *connection, void **slot,
    enum MHD_RequestTerminationCode how)
{
	struct exchange *exchange = *slot;
	struct http_server *of = server;

	(void)how;
	if (exchange == NULL)
		return;
	*slot = NULL;
	exchange->peer->exchange = NULL;
	if (exchange->has_task)
		answered(exchange);
	else
		answered_without_us(exchange, connection);
	if (of->n_spare >= MAX_SPARE) {
		free(exchange);
		return;
	}
	exchange->next = of->spare;
	of->spare = exchange;
	of->n_spare++;
}

static void
answered(struct exchange *exchange)
{
	server_record(exchange, exchange->has_answer ? exchange->reply.status : STATUS_GONE);
	task_close(&exchange->task);
	if (exchange->server->is_draining)
		server_peer_cut(exchange->peer);
	else if (!exchange->peer->is_cut)
		server_peer_phase(exchange->peer, PHASE_IDLE);
}

/* libmicrohttpd refused it before we were asked (headers larger than its memory, a bad
 * Content-Length) or the client went away.  It may then take the body that it did not understand
 * for the next request, so the connection ends here. */
static void
answered_without_us(struct exchange *exchange, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *status =
	    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_HTTP_STATUS);

	if (exchange->has_answer) /* 408 */
		server_record(exchange, exchange->reply.status);
	else
		server_record(exchange, status == NULL ? STATUS_GONE : (int)status->http_status);
	exchange->peer->lingers = true;
	server_peer_cut(exchange->peer);
}

void
server_exchange_spare_free(struct http_server *server)
{
	struct exchange *exchange;

	while ((exchange = server->spare) != NULL) {
		server->spare = exchange->next;
		free(exchange);
	}
}
