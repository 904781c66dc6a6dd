/* SPDX-License-Identifier: Apache-2.0
 *
 * Which access token is shown to the gateway itself as a resource server (RFC 6750).
 */
#ifndef ACCESS_BEARER_H
#define ACCESS_BEARER_H

#include "http/request.h"
#include "records/grant.h"

struct task;

struct bearer {
	const char *jti;
	struct grant *grant; /* the live grant; never NULL */
};
/* Takes the token of the Authorization header, or of the form of a POST (never of the query; both:
 * INVALID_REQUEST).  Our own tokens are known by the hash kept when they were made; aud must be the
 * gateway.  Fails NO_TOKEN, INVALID_TOKEN. */
int bearer_of(struct task *task, const struct request *request, struct bearer *ret_bearer);

/* The same for a token that is a parameter (introspection, POST /attributes); resource: the aud it
 * must have, NULL: any. */
int bearer_token(
    struct task *task, const char *token, const char *resource, struct bearer *ret_bearer);

#endif
