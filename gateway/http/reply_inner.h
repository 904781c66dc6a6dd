/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of an answer: for this room alone.
 */
#ifndef HTTP_REPLY_INNER_H
#define HTTP_REPLY_INNER_H

#include "http/reply.h"
#include "http/request.h"

#define REPLY_MAX_HEADERS 24

struct reply {
	struct task *task;
	const struct request *request;
	unsigned guards; /* of the route; 0 where none was found */
	bool is_management;
	const char *allow; /* what the path takes, for 405 */
	int status;        /* 0: nothing answered yet */
	struct pair headers[REPLY_MAX_HEADERS];
	size_t n_headers;
	struct bytes body;
	bool is_page;
};

/* The value of a header that has been set, or NULL. */
const char *reply_header_find(const struct reply *reply, const char *name);

/* Headers that each answer carries, behind those the handler set. */
void reply_finish(struct reply *reply);

#endif
