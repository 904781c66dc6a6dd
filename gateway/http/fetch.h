/* SPDX-License-Identifier: Apache-2.0
 *
 * Outbound HTTP on curl's multi interface.  No redirect is followed and no proxy used; answers are
 * capped; the whole takes at most 3 s (or what the caller and the task's deadline leave), and of a
 * longer time connecting no more than 3 s; private, loopback and link-local addresses are refused
 * unless settings outbound.allow names them, and the address that was checked is the one that is
 * connected to.
 *
 * Each origin (scheme, host and port, or Unix socket) has at most 64 calls under way; after 5
 * failures in a row (an answer that we refuse is none) its circuit opens: calls fail at once, but
 * for one each 5 s that tries again.  Not so for what runs under our own eyes (is_ours): who
 * starts it anew knows better when it is back.  One fetcher per loop; connections are kept and used
 * again.
 * Certificates are held against the system's authorities, or those of settings outbound.ca_file.
 */
#ifndef HTTP_FETCH_H
#define HTTP_FETCH_H

#include "core/str.h"
#include "http/request.h"

struct fetcher;
struct loop;
struct settings;
struct task;

struct fetcher *fetcher_new(struct loop *loop, const struct settings *settings);
void fetcher_free(struct fetcher *fetcher); /* after the loop has ended */

/* Who we are towards a server, and who it must be: PEM texts; 0 bytes where it is not said.  They
 * outlive the call. */
struct fetch_tls {
	struct bytes certificate, key; /* ours: the chain, leaf first, and its key */
	struct bytes authorities;      /* in place of those of the settings */
};

struct fetch {
	const char *method; /* NULL: GET */
	const char *url;    /* https; http to what outbound.allow names, or over a Unix socket */
	const char *unix_socket; /* path; NULL: by the network.  Each call is a connection of its
				    own, so that none is made twice */
	bool is_ours;      /* we start and watch what listens there: failures open no circuit */
	int (*line)(void); /* gives a connected stream socket, or -1: in place of a connection made
			      here; NULL: none.  Kept and used again by host as the others are */
	struct pairs headers; /* not Host, Content-Length, Transfer-Encoding, Connection: curl's */
	struct bytes body;
	const struct fetch_tls *tls; /* NULL: no certificate of ours */
	int64_t timeout_ms;          /* 0: 3000 */
	size_t max_answer_bytes;     /* 0: 1 MiB; longer fails UPSTREAM_BROKEN */
	bool may_be_plain;       /* http to public addresses too: the answer is signed by itself */
	bool wants_status_alone; /* longer is then no failure: the body is left unread, and empty */
};
struct fetched {
	int status;
	struct pairs headers;     /* at most 64 */
	const char *content_type; /* lower case, without parameters; or NULL */
	struct bytes body;        /* in the task's arena, with a NUL behind it */
};
/* Fails UPSTREAM_BROKEN (could not be reached, broken answer, refused address, open circuit),
 * UPSTREAM_LATE, BUSY (too many calls to this origin), STOPPING.  Any status is an answer.
 * Over a Unix socket also UNTAKEN (out of time, and nobody there has read all of it so far), and
 * BUSY where nobody takes connections, or who did has gone before reading all of it. */
int http_fetch(struct task *task, const struct fetch *fetch, struct fetched *ret_fetched);

/* Whether a call to the host may ever get through, as far as its text tells: false for a literal
 * address that is neither public nor in outbound.allow.  A name is looked at with each call. */
bool fetch_may_reach(const struct task *task, const char *host, size_t len);

/* The value of a header of the answer, or NULL. */
const char *fetched_header(const struct fetched *fetched, const char *name);

/* POST where of the answer only the status counts.  Fails as above. */
int http_post(
    struct task *task, const char *url, struct pairs headers, const char *body, int *ret_status);

#endif
