/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of outbound HTTP, for the files fetch*.c alone.  They are the only ones that know
 * curl.
 *
 *   fetch.c          one call from its beginning to its end
 *   fetch_request.c  what is asked
 *   fetch_answer.c   what comes back
 *   fetch_multi.c    curl on the loop: its sockets, its timer, what has ended
 *   fetch_origin.c   whom we call: circuit and cap
 */
#ifndef HTTP_FETCH_INNER_H
#define HTTP_FETCH_INNER_H

#include "core/buf.h"
#include "core/fiber.h"
#include "core/loop.h"
#include "http/fetch.h"
#include "http/network.h"

#include <curl/curl.h>

struct metric;
struct origin;

enum fetch_outcome { FETCH_ANSWERED, FETCH_FAILED, FETCH_CALLED_OFF, N_FETCH_OUTCOMES };

struct fetcher {
	struct loop *loop;
	CURLM *multi;
	struct networks allowed;
	struct metric *counts[N_FETCH_OUTCOMES];
	struct timer timer;
	struct origin *origins;
	unsigned n_origins;
	CURL *spare[16];
	unsigned n_spare;
};

struct call {
	struct fetcher *fetcher;
	struct task *task;
	const struct fetch *fetch;
	CURL *easy;
	struct curl_slist *sent_headers;
	struct wait wait;
	CURLcode result;
	bool is_refused; /* its address */
	bool is_plain;   /* http over the network */
	bool is_untaken; /* whom it went to over a Unix socket had not read all of it at its end */
	struct pair *headers;
	size_t n_headers, head_bytes;
	const char *why; /* the answer is broken, or NULL */
	bool is_enough;  /* what was wanted is there, whatever would have followed */
	struct buf body;
};

/* In the address of a call over a line: nothing is looked up there, it is connected already. */
#define FETCH_LINE_PATH "line"

/* fetch_request.c.  False: a header of it may not be sent. */
bool fetch_request_set(struct call *call);

/* fetch_answer.c: before the call; whether what came is an answer; what it is. */
void fetch_answer_open(struct call *call);
int fetch_answer_judge(struct call *call);
void fetch_answer_read(struct call *call, struct fetched *ret_fetched);

/* fetch_multi.c */
bool fetch_begin(struct call *call);
void fetch_end(struct call *call); /* also in the middle */

/* fetch_origin.c: NULL where the call may not be made; then it has failed. */
struct origin *fetch_origin_enter(
    struct task *task, struct fetcher *fetcher, const char *name, bool has_circuit);
void fetch_origin_leave(struct fetcher *fetcher, struct origin *origin, enum fetch_outcome outcome);
void fetch_origins_free(struct fetcher *fetcher);

#endif
