/* SPDX-License-Identifier: Apache-2.0
 *
 * The answer of the token endpoint (RFC 6749 section 5.1, OpenID Connect Core section 3.1.3.3).
 * Every grant type that gives tokens for a person ends here.
 */
#ifndef OIDC_RULES_TOKENS_H
#define OIDC_RULES_TOKENS_H

#include "records/client.h"
#include "records/grant.h"

struct task;

/* Makes the tokens of a grant, durably in the audit trail before it returns; ret_answer is the
 * whole answer, JSON. */
int tokens_give(struct task *task, const struct client *client, const struct grant *grant,
    const char **ret_answer);

#endif
