/* SPDX-License-Identifier: Apache-2.0
 *
 * Which key a token is given to: the sender constraint (RFC 9449, RFC 8705).  Called by every
 * endpoint that gives tokens, after the client is known and before anything is claimed; the
 * resources have access/bearer.h.
 */
#ifndef ACCESS_SENDER_H
#define ACCESS_SENDER_H

#include "http/request.h"
#include "records/client.h"
#include "records/grant.h"

struct task;

/* Both NULL: a plain bearer token. */
struct sender {
	const char *jkt; /* RFC 7638 thumbprint of the DPoP key */
	const char *x5t; /* RFC 8705 section 3.1: x5t#S256 of the client certificate */
};

/* What the request proves, and what the client must prove: dpop_bound_access_tokens,
 * tls_client_certificate_bound_access_tokens (without it a certificate binds nothing).  client
 * NULL: an anonymous wallet, which may.  A proof serves once.  Fails INVALID_DPOP_PROOF,
 * USE_DPOP_NONCE, INVALID_REQUEST (no certificate). */
int sender_of(struct task *task, const struct request *request, const struct client *client,
    struct sender *ret_sender);

/* The same where no token is given yet (a pushed request): nothing is missed. */
int sender_shown(struct task *task, const struct request *request, struct sender *ret_sender);

/* After the claim of a code, a refresh token, a device code: whether a grant that is bound already
 * (grant->jkt, grant->x5t; of a code: dpop_jkt of its request) is in the hands of its sender.  Not
 * for refresh tokens of confidential clients, which are bound by client authentication (RFC 9449
 * section 5).  Fails INVALID_GRANT (another key), INVALID_DPOP_PROOF (none). */
int sender_check(struct task *task, const struct sender *sender, const struct grant *grant);

/* From now on the grant is the sender's: cnf of the access tokens made of it. */
void sender_bind(const struct sender *sender, struct grant *grant);

#endif
