/* SPDX-License-Identifier: Apache-2.0
 *
 * Which access token is shown to the gateway itself as a resource server (RFC 6750), by whom it was
 * given to (RFC 9449 section 7).
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
 * gateway.  A token that is bound to a key comes under the scheme DPoP with a proof of it, and only
 * so.  Fails NO_TOKEN, INVALID_TOKEN, INVALID_TOKEN_PROOF, USE_TOKEN_NONCE. */
int bearer_of(struct task *task, const struct request *request, struct bearer *ret_bearer);

/* The same of the header alone, for another aud: a service's. */
int bearer_at(struct task *task, const struct request *request, const char *resource,
    struct bearer *ret_bearer);

/* The same for a token that is a parameter (introspection, POST /attributes); resource: the aud it
 * must have, NULL: any.  Who shows it is not its holder, so what it is bound to is not looked at.
 */
int bearer_token(
    struct task *task, const char *token, const char *resource, struct bearer *ret_bearer);

#endif
