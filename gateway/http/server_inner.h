/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of the server, for the files server*.c alone.  They are the only ones that know
 * libmicrohttpd.
 *
 *   server.c           the daemon on its loop: start, turn, drain, stop
 *   server_accept.c    the listening socket; caps on connections
 *   server_peer.c      one connection: its phase and how long that may take
 *   server_linger.c    the rest of a body that was refused
 *   server_exchange.c  one request: from its first line to the end of its answer
 *   server_wire.c      what came, out of libmicrohttpd's memory
 *   server_answer.c    an answer as libmicrohttpd takes it, or written by hand
 *   server_document.c  answers that stay the same, kept ready
 *   server_record.c    access log and metrics
 *   server_tls.c       certificates
 */
#ifndef HTTP_SERVER_INNER_H
#define HTTP_SERVER_INNER_H

#include "core/loop.h"
#include "http/door.h"
#include "http/reply_inner.h"
#include "http/server.h"

#include <microhttpd.h>

struct lingering;
struct server_document;
struct server_tls;
struct server_meter;

/* What a connection is busy with.  Each phase but WORK has its time; WORK has the task's. */
enum phase {
	PHASE_HEAD,   /* first request: until its headers are complete; a TLS handshake too */
	PHASE_BODY,   /* until the body is complete */
	PHASE_WORK,   /* the handler runs */
	PHASE_ANSWER, /* until the answer has left */
	PHASE_IDLE,   /* between requests: until the next one's headers are complete */
	N_PHASES
};

struct peer {
	struct http_server *server;
	struct MHD_Connection *connection;
	int fd;
	struct network address;
	char text[NETWORK_TEXT_BYTES];
	bool is_proxy; /* trusted; not counted by address */
	bool is_cut;   /* closed from our side; nothing more is done for it */
	bool lingers;  /* refused with a body still on its way: read it off before closing */
	enum phase phase;
	int64_t since_ms; /* of the phase */
	struct peer *previous, *next;
	struct exchange *exchange; /* under way, or NULL */
};

/* In order of since_ms: a phase takes all its peers the same time, so the first is always due
 * first. */
struct peer_list {
	struct peer *first, *last;
};

enum stage {
	STAGE_HEAD,    /* its first line is there */
	STAGE_BODY,    /* past door_head(); waits for the rest */
	STAGE_REFUSED, /* the door said no; answered when libmicrohttpd asks for it */
	STAGE_RUNNING, /* in its fiber */
	STAGE_ENDED    /* its answer is ready, or on its way */
};

struct exchange {
	struct http_server *server;
	struct peer *peer;
	enum stage stage;
	struct task task;
	bool has_task, has_answer, is_suspended;
	bool has_document; /* its response is the server's, not its own */
	bool must_close;   /* after this answer */
	char *target;      /* in libmicrohttpd's memory, as all of the wire's texts */
	char *question;    /* the '?' in it, or NULL */
	char hidden;       /* the letter behind the '?' that is held back from libmicrohttpd */
	const char *method;
	int64_t began_us;
	struct request request;
	struct match match;
	struct door_body body;
	uint8_t *body_at;
	size_t body_len, body_size;
	struct reply reply;
	struct exchange *next; /* in finished, or spare */
};

struct http_server {
	struct loop *loop;
	struct rooms *rooms;
	struct http_listen listen;
	struct door door;
	struct match_table *table;
	struct server_document *documents; /* one per route */
	struct server_meter *meters;       /* one per route, one more for none */
	struct MHD_Daemon *daemon;
	struct server_tls *tls; /* NULL: plain */
	int listen_fd;          /* -1: draining */
	struct loop_watch *accepting, *running;
	struct timer accept_again, due;
	struct peer_list peers[N_PHASES];
	struct peer *arriving; /* while libmicrohttpd is told of it */
	struct exchange *finished, *spare;
	struct lingering *lingering;
	unsigned n_peers, n_spare, n_lingering;
	bool is_ready, is_draining;
};

/* server_accept.c */
bool server_listen(struct http_server *server, char ret_why[256]);
void server_accept_drain(struct http_server *server);
void server_release(struct peer *peer); /* its place in the caps */

/* server_peer.c: how long each phase may take; tests have no patience */
#ifdef DVARA_TESTING
#define SERVER_TUNABLE
#else
#define SERVER_TUNABLE const
#endif
extern SERVER_TUNABLE int64_t server_phase_ms[N_PHASES];
void server_peer_opened(struct http_server *server, struct MHD_Connection *connection, void **slot);
void server_peer_closed(struct peer *peer);
void server_peer_phase(struct peer *peer, enum phase phase);
void server_peer_cut(struct peer *peer); /* libmicrohttpd sees its end and closes */
void server_peers_drain(struct http_server *server);

/* server_linger.c: peer is about to be closed */
void server_linger(struct peer *peer);
void server_linger_end_all(struct http_server *server);

/* server_exchange.c: libmicrohttpd's callbacks */
void *server_exchange_line(void *server, const char *target, struct MHD_Connection *connection);
enum MHD_Result server_exchange_step(void *server, struct MHD_Connection *connection,
    const char *url, const char *method, const char *version, const char *upload,
    size_t *upload_bytes, void **slot);
void server_exchange_end(void *server, struct MHD_Connection *connection, void **slot,
    enum MHD_RequestTerminationCode how);
void server_exchange_resume(struct exchange *exchange); /* a finished one */
void server_exchange_late(struct peer *peer);           /* 408 */
void server_exchange_spare_free(struct http_server *server);

/* server_wire.c: at the first line; when the headers are there (fails BAD_REQUEST); traceparent */
void server_wire_hide(struct exchange *exchange, char *target);
int server_wire_read(
    struct exchange *exchange, struct MHD_Connection *connection, struct door_wire *wire);
void server_wire_trace(struct exchange *exchange);

/* server_answer.c */
enum MHD_Result server_answer_queue(struct exchange *exchange, struct MHD_Connection *connection);
void server_answer_by_hand(struct exchange *exchange);
void server_answer_raw(struct peer *peer, const char *text, size_t len);

/* server_document.c: what it finds and keeps stays its own (exchange->has_document) */
bool server_document_may_be(const struct exchange *exchange);
struct server_document *server_documents_new(size_t n_routes);
void server_documents_free(struct server_document *documents, size_t n_routes);
struct MHD_Response *server_document_find(struct exchange *exchange);
void server_document_keep(struct exchange *exchange, struct MHD_Response *response);

/* server_record.c */
struct server_meter *server_meters_new(const struct http_listen *listen);
void server_meters_free(struct server_meter *meters);
void server_record(struct exchange *exchange, int status);
int64_t server_now_us(void);

/* server_tls.c */
struct server_tls *server_tls_new(const struct http_listen *listen, char ret_why[256]);
void server_tls_free(struct server_tls *tls);
bool server_tls_certificate(
    struct server_tls *tls, const char *certificate_pem, const char *key_pem, char ret_why[256]);
/* Pairs of libmicrohttpd's options, ended by MHD_OPTION_END. */
const struct MHD_OptionItem *server_tls_options(void);
void server_tls_opened(struct peer *peer);
void server_tls_identify(struct peer *peer, struct task *task, struct request *request);
bool server_tls_send(struct peer *peer, const char *text, size_t len);

#endif
