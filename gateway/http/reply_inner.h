/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of an answer: for this room alone.
 */
#ifndef HTTP_REPLY_INNER_H
#define HTTP_REPLY_INNER_H

#include "http/reply.h"
#include "http/request.h"

#include <strings.h>

#define REPLY_HANDLERS_HEADERS 48 /* what a handler may set; the rest is for the server */
#define REPLY_MAX_HEADERS      64

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
	const char *frame_sources; /* of a page; NULL: none */
};

/* As reply_header(), for the server's own. */
void reply_header_set(struct reply *reply, const char *name, const char *value);
/* The value of a header that has been set, or NULL. */
const char *reply_header_find(const struct reply *reply, const char *name);

/* Headers that each answer carries, behind those the handler set. */
void reply_finish(struct reply *reply);

/* Whether two headers' names are the same; most differ in their first letter. */
static inline bool
header_is(const char *name, const char *other)
{
	return ((name[0] ^ other[0]) & 0xdf) == 0 && strcasecmp(name, other) == 0;
}

bool reply_name_is_token(const char *name); /* RFC 9110 section 5.6.2 */

#endif
