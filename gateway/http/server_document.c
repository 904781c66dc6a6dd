/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers that stay the same, kept ready: discovery, keys.
 *
 * Making a response of libmicrohttpd takes some twenty allocations.  For a literal ROUTE_STATIC
 * path the last one is kept, and used as long as the handler gives the same bytes and headers; only
 * the request id in it is written anew.  libmicrohttpd copies the headers into the connection's
 * buffer as soon as server_exchange_step() returns, so the next request may write its own over it;
 * an answer to a suspended connection is copied later, and therefore never taken from here.
 */
#include "core/task.h"
#include "http/server_inner.h"

#include <stdlib.h>
#include <string.h>

#define ID_HEADER   "X-Request-Id"
#define ID_BYTES    24
#define MAX_HEADERS 12
#define MAX_BYTES   (64u << 10)

struct server_document {
	struct MHD_Response *response; /* NULL: none yet */
	char *id;                      /* in response */
	int status;
	uint8_t *body;
	size_t body_bytes, n_headers;
	char *headers[MAX_HEADERS][2];
};

static struct server_document *document_of(const struct exchange *exchange);
static bool document_is(const struct server_document *document, const struct reply *reply);
static void document_clear(struct server_document *document);
static char *copy_of(const char *text);

struct server_document *
server_documents_new(size_t n_routes)
{
	struct server_document *documents = calloc(n_routes + 1, sizeof *documents);

	if (documents == NULL)
		abort();
	return documents;
}

void
server_documents_free(struct server_document *documents, size_t n_routes)
{
	size_t i;

	for (i = 0; documents != NULL && i < n_routes; i++)
		document_clear(&documents[i]);
	free(documents);
}

/* A path with captures stands for many documents. */
bool
server_document_may_be(const struct exchange *exchange)
{
	const struct match *match = &exchange->match;
	const struct reply *reply = &exchange->reply;

	return match->route != NULL && (match->route->guards & ROUTE_STATIC) &&
	       match->captures.n == 0 && match->rest == NULL && reply->status == 200 &&
	       !exchange->is_suspended && !exchange->must_close && !exchange->server->is_draining &&
	       reply->n_headers <= MAX_HEADERS && reply->body.len <= MAX_BYTES;
}

struct MHD_Response *
server_document_find(struct exchange *exchange)
{
	struct server_document *document;

	if (!server_document_may_be(exchange))
		return NULL;
	document = document_of(exchange);
	if (document->response == NULL || !document_is(document, &exchange->reply))
		return NULL;
	memcpy(document->id, exchange->task.request_id, ID_BYTES);
	exchange->has_document = true;
	return document->response;
}

static struct server_document *
document_of(const struct exchange *exchange)
{
	const struct http_server *server = exchange->server;

	return &server->documents[exchange->match.route - server->listen.routes];
}

static bool
document_is(const struct server_document *document, const struct reply *reply)
{
	size_t i;

	if (document->n_headers != reply->n_headers || document->body_bytes != reply->body.len ||
	    memcmp(document->body, reply->body.at, reply->body.len) != 0)
		return false;
	for (i = 0; i < reply->n_headers; i++) {
		if (strcmp(document->headers[i][0], reply->headers[i].name) != 0)
			return false;
		if (strcmp(document->headers[i][1], reply->headers[i].value) != 0 &&
		    strcmp(document->headers[i][0], ID_HEADER) != 0)
			return false;
	}
	return true;
}

void
server_document_keep(struct exchange *exchange, struct MHD_Response *response)
{
	struct server_document *document = document_of(exchange);
	const struct reply *reply = &exchange->reply;
	const char *id = MHD_get_response_header(response, ID_HEADER);
	size_t i;

	document_clear(document);
	if (id == NULL || strlen(id) != ID_BYTES)
		return;
	document->id = (char *)(uintptr_t)id;
	document->body_bytes = reply->body.len;
	document->body = malloc(reply->body.len + 1);
	if (document->body == NULL)
		abort();
	memcpy(document->body, reply->body.at, reply->body.len);
	for (i = 0; i < reply->n_headers; i++) {
		document->headers[i][0] = copy_of(reply->headers[i].name);
		document->headers[i][1] = copy_of(reply->headers[i].value);
	}
	document->n_headers = reply->n_headers;
	document->response = response;
	exchange->has_document = true;
}

static void
document_clear(struct server_document *document)
{
	size_t i;

	for (i = 0; i < document->n_headers; i++) {
		free(document->headers[i][0]);
		free(document->headers[i][1]);
	}
	free(document->body);
	if (document->response != NULL)
		MHD_destroy_response(document->response);
	*document = (struct server_document){0};
}

static char *
copy_of(const char *text)
{
	char *copy = strdup(text);

	if (copy == NULL)
		abort();
	return copy;
}
