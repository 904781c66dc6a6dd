/* SPDX-License-Identifier: Apache-2.0
 *
 * The public listener and the management one: libmicrohttpd in external epoll mode, one daemon per
 * loop on one address (SO_REUSEPORT).  Each request that passes the door runs as a fiber; a handler
 * reads top to bottom.
 *
 * A request's first line and headers together fit into 32 KB; what does not is refused by
 * libmicrohttpd itself, with a bare 414 or 431.  A new connection has 10 s for its first headers, a
 * kept one 30 s between requests; a body has 15 s, an answer 30 s to leave, a handler 10 s.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "core/task.h"
#include "http/reply.h"
#include "http/request.h"

/* 0, or a fault's code: then the route's fault writer makes the answer, and the fault is logged
 * once. */
typedef int http_handler(struct task *task, const struct request *request, struct reply *reply);
/* May run outside of a fiber (the door's faults), so it never waits. */
typedef int http_fault_writer(struct reply *reply);

/* Whether pages of the origin may read a fault.  May wait. */
typedef int http_origin_check(struct task *task, const char *origin, bool *ret_is_known);

enum route_guard {
	ROUTE_STATIC = 1 << 0, /* may be cached; any Origin may read it */
	ROUTE_CORS = 1 << 1,   /* read by pages of registered origins: OPTIONS is answered, a fault
				  may be read; an answer where the handler says so (reply_origin()) */
	ROUTE_WALLETS =
	    1 << 6, /* called by wallets: pages of [wallet] web_origins may, and read every answer;
		       with ROUTE_CORS too, the handler says which (cors_allow_wallet()) */
	ROUTE_PAGE = 1 << 2, /* for people: faults are pages */
	ROUTE_FROM_OURS =
	    1 << 3, /* POST only from our own pages: request_is_ours() before the handler */
	ROUTE_NO_QUERY =
	    1 << 4, /* a query string is INVALID_REQUEST (credentials do not belong there) */
	ROUTE_MAY_DUPLICATE =
	    1 << 5, /* the handler looks at request->duplicate and too_many_params itself
		       (/authorize answers them with a redirect); else both are INVALID_REQUEST */
};

struct route {
	const char *method; /* "GET" also answers HEAD; "*": GET HEAD POST PUT DELETE PATCH */
	const char *path;   /* "/vp/request/{h}", "/services/{id}/" + "*" */
	http_handler *handler;
	http_fault_writer *fault; /* reply_oauth_fault, …; for pages: the pages room's */
	unsigned guards;
	const char *metric;    /* label route= */
	size_t max_body_bytes; /* 0: 64 KB */
	const char
	    *repeats; /* the one parameter that may stand more than once (checkboxes), or NULL */
};

struct http_listen {
	const char *address; /* "127.0.0.1:8080", "unix:PATH" */
	int fd; /* in place of address: a Unix socket that listens; it takes it over.  0: none */
	const char *certificate_pem, *key_pem; /* TLS where both are there */
	bool asks_client_certificate;
	const struct route *routes;
	size_t n_routes;
	http_fault_writer *fault; /* of what no route answers: 404, 405, 400 at the door */
	http_origin_check *origin_is_known; /* for ROUTE_CORS; NULL: none is */
	bool is_first; /* of this process on the address: it must be free, other loops share it */
	bool is_management; /* no host check, no security headers for pages */
};

struct http_server;

/* On this loop; address NULL and no fd: it listens nowhere, and serves what it adopts.  NULL:
 * ret_why says why in one line (a taken port is named). */
struct http_server *http_server_new(
    struct loop *loop, struct rooms *rooms, const struct http_listen *listen, char ret_why[256]);

/* Serves a connection that is there already (of this machine); takes fd over.  On its loop. */
void http_server_adopt(struct http_server *server, int fd);

/* Requests from now on stand on these rooms (a reload); those under way keep theirs. */
void http_server_rooms(struct http_server *server, struct rooms *rooms);

/* Stops accepting; answers what is under way; then closes idle connections. */
void http_server_drain(struct http_server *server);
bool http_server_is_idle(const struct http_server *server);
void http_server_free(struct http_server *server); /* after the loop has ended */

/* A new certificate for connections from now on.  False: the pair does not fit, the old one stays.
 */
bool http_server_certificate(
    struct http_server *server, const char *certificate_pem, const char *key_pem);

#endif
