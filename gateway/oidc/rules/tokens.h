/* SPDX-License-Identifier: Apache-2.0
 *
 * The answer of the token endpoint (RFC 6749 section 5.1, OpenID Connect Core section 3.1.3.3).
 * Every grant type that gives tokens ends here.
 */
#ifndef OIDC_RULES_TOKENS_H
#define OIDC_RULES_TOKENS_H

#include "records/client.h"
#include "records/grant.h"
#include "records/refresh.h"

struct task;

struct giving {
	const struct client *client;
	const struct grant *grant;     /* what the access token and the ID token are made of */
	const struct grant *whole;     /* what a first refresh token stands for, where the client
					  registered that grant; NULL: none is given */
	const struct refresh *refresh; /* the one that was shown, claimed here; NULL: none */
	const char *grant_type;        /* for the audit trail */
	const char *issued_token_type; /* of an exchange (RFC 8693 section 2.2.1), which gives an
					  access token alone; NULL: of any other grant */
};

/* Makes the tokens of a grant, durably in the audit trail before it returns; ret_answer is the
 * whole answer, JSON.  In the same transaction a refresh token begins, or the one shown is used:
 * so nothing but our own store fails after a claim, and then nothing was claimed.  Fails
 * INVALID_GRANT where the refresh token shown was used by another request meanwhile: its grant is
 * then revoked. */
int tokens_give(struct task *task, const struct giving *giving, const char **ret_answer);

#endif
