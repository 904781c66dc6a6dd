/* SPDX-License-Identifier: Apache-2.0
 *
 * Access tokens (RFC 9068): a JWT for the gateway itself (userinfo) or for one service, never both.
 */
#ifndef OIDC_RULES_ACCESS_TOKEN_H
#define OIDC_RULES_ACCESS_TOKEN_H

#include "records/client.h"
#include "records/grant.h"

struct task;

struct access_token {
	const char *jwt;
	const char *jti;
	int64_t life_s;
};
/* Signs it and keeps its hash for the gateway's own eyes (access/bearer.h).  The audit row is the
 * caller's. */
int access_token_make(struct task *task, const struct client *client, const struct grant *grant,
    struct access_token *ret_token);

#endif
