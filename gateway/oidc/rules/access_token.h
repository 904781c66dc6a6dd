/* SPDX-License-Identifier: Apache-2.0
 *
 * Access tokens (RFC 9068): a JWT for the gateway itself (userinfo) or for one service, never both.
 */
#ifndef OIDC_RULES_ACCESS_TOKEN_H
#define OIDC_RULES_ACCESS_TOKEN_H

#include "records/client.h"
#include "records/grant.h"

struct task;

/* What tokens are made of. */
struct issuing {
	const struct client *client;
	const struct grant *grant;
	const char *subject; /* of the person at the client */
};

struct access_token {
	const char *jwt;
	int64_t life_s;
	struct grant_token kept; /* for grant_token_keep(): the gateway knows its own by their hash
				    (access/bearer.h) */
};
/* What stands in it, and what introspection says of it; new reference. */
json_t *access_token_claims(
    struct task *task, const struct issuing *issuing, const struct grant_token *token);

/* token_type of an answer. */
const char *access_token_type(const struct grant *grant);

/* Signs it; keeping it and the audit row are the caller's. */
int access_token_make(
    struct task *task, const struct issuing *issuing, struct access_token *ret_token);

#endif
