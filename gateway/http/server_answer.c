/* SPDX-License-Identifier: Apache-2.0
 *
 * An answer as libmicrohttpd takes it; or, where it takes none (in the middle of a body), written
 * by hand.
 */
#include "core/buf.h"
#include "core/log.h"
#include "http/gzip.h"
#include "http/server_inner.h"

#include <string.h>
#include <sys/socket.h>

#define BY_HAND_MAX_BYTES (16u << 10)

static struct MHD_Response *response_new(struct exchange *exchange);
static void finish(struct exchange *exchange);
static void pack(struct reply *reply);

enum MHD_Result
server_answer_queue(struct exchange *exchange, struct MHD_Connection *connection)
{
	struct MHD_Response *response;
	enum MHD_Result r = MHD_NO;

	finish(exchange);
	response = server_document_find(exchange);
	if (response == NULL)
		response = response_new(exchange);
	if (response != NULL)
		r = MHD_queue_response(connection, (unsigned)exchange->reply.status, response);
	if (response != NULL && !exchange->has_document)
		MHD_destroy_response(response);
	if (r == MHD_YES)
		server_peer_phase(exchange->peer, PHASE_ANSWER);
	exchange->has_answer = r == MHD_YES;
	exchange->stage = STAGE_ENDED;
	return r;
}

static struct MHD_Response *
response_new(struct exchange *exchange)
{
	const struct reply *reply = &exchange->reply;
	bool is_kept = server_document_may_be(exchange);
	struct MHD_Response *response;
	size_t i;

	response =
	    MHD_create_response_from_buffer(reply->body.len, (void *)(uintptr_t)reply->body.at,
		is_kept ? MHD_RESPMEM_MUST_COPY : MHD_RESPMEM_PERSISTENT);
	if (response == NULL)
		return NULL;
	for (i = 0; i < reply->n_headers; i++) {
		if (MHD_add_response_header(
			response, reply->headers[i].name, reply->headers[i].value) == MHD_YES)
			continue;
		MHD_destroy_response(response);
		return NULL;
	}
	if (is_kept)
		server_document_keep(exchange, response);
	return response;
}

static void
finish(struct exchange *exchange)
{
	struct reply *reply = &exchange->reply;

	reply_header_set(reply, "X-Request-Id", exchange->task.request_id);
	if (exchange->must_close || exchange->server->is_draining)
		reply_header_set(reply, "Connection", "close");
	reply_finish(reply);
	if (reply->is_page)
		pack(reply);
}

static void
pack(struct reply *reply)
{
	struct bytes packed;

	if (reply->body.len < GZIP_MIN_BYTES ||
	    !gzip_is_accepted(request_header(reply->request, "Accept-Encoding")) ||
	    !gzip_bytes(reply->task, reply->body, &packed))
		return;
	reply->body = packed;
	reply_header_set(reply, "Content-Encoding", "gzip");
}

void
server_answer_by_hand(struct exchange *exchange)
{
	struct reply *reply = &exchange->reply;
	struct buf buf;
	size_t i;

	exchange->must_close = true;
	exchange->peer->lingers = true;
	reply->is_page = false; /* as it is: not worth packing */
	finish(exchange);
	buf_open(&buf, reply->task, BY_HAND_MAX_BYTES);
	buf_printf(
	    &buf, "HTTP/1.1 %d Refused\r\nContent-Length: %zu\r\n", reply->status, reply->body.len);
	for (i = 0; i < reply->n_headers; i++)
		buf_printf(&buf, "%s: %s\r\n", reply->headers[i].name, reply->headers[i].value);
	buf_text_add(&buf, "\r\n");
	buf_add(&buf, (const char *)reply->body.at, reply->body.len);
	if (buf_text(&buf) != NULL)
		server_answer_raw(exchange->peer, buf.at, buf.len);
	exchange->has_answer = true;
	exchange->stage = STAGE_ENDED;
}

/* It fits into the socket's buffer, because no answer of this request has gone before. */
void
server_answer_raw(struct peer *peer, const char *text, size_t len)
{
	if (peer->server->tls != NULL)
		server_tls_send(peer, text, len);
	else
		(void)send(peer->fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}
