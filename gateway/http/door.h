/* SPDX-License-Identifier: Apache-2.0
 *
 * What is refused before any handler runs (RFC 9110, RFC 9112, RFC 6749 section 3.1).
 *
 * Two steps: door_head() when the headers are there, before a byte of the body is read; door_body()
 * when the body is.  After them: one Host, ours; no doubt where the body ends; each header a token
 * and a value that is UTF-8 without control characters; a path in its one form that a route takes
 * with this method; parameters as http/form.h says.
 */
#ifndef HTTP_DOOR_H
#define HTTP_DOOR_H

#include "http/match.h"
#include "http/network.h"
#include "http/request.h"

struct settings;

#define DOOR_MAX_TARGET_BYTES 8192
#define DOOR_MAX_HEADERS      100
#define DOOR_MAX_HEAD_BYTES   (16u << 10)
#define DOOR_MAX_BODY_BYTES   (64u << 10) /* where the route says nothing else */

/* Of one listener. */
struct door {
	const struct settings *settings;
	const struct match_table *routes;
	struct networks trusted_proxies;
	bool is_management;
};

/* As the wire said it. */
struct door_wire {
	const char *method, *target, *version; /* "HTTP/1.1" */
	struct pairs headers;                  /* in their order */
	size_t head_bytes;
	struct network peer;
	const char *peer_text;
	bool is_tls;
};

struct door_body {
	int64_t content_length; /* -1: by chunks, or none */
	bool is_chunked;
	size_t max_bytes;
};

/* Fails; ret_request, ret_match and ret_body hold what was found out until then, so that the fault
 * can be answered by the route it was meant for. */
int door_head(struct task *task, const struct door *door, const struct door_wire *wire,
    struct request *ret_request, struct match *ret_match, struct door_body *ret_body);

/* After door_head() has failed before it knew the route: which one this was perhaps meant for, so
 * that the fault is said the way that route says faults.  The task keeps its fault. */
void door_guess(struct task *task, const struct door *door, const struct door_wire *wire,
    struct match *ret_match);

/* request->body is there: reads a form. */
int door_body(struct task *task, const struct match *match, struct request *request);

#endif
