/* SPDX-License-Identifier: Apache-2.0
 *
 * scope at the token endpoint (RFC 6749 sections 3.3 and 6).
 */
#ifndef OIDC_RULES_SCOPE_H
#define OIDC_RULES_SCOPE_H

#include "records/grant.h"

struct task;

/* Cuts a grant to the scope asked, and its claims with it: what stood in a scope that is left out
 * does not leave by the token either.  asked NULL or empty: all that was granted.  Fails
 * INVALID_SCOPE where it is wider. */
int scope_narrow(struct task *task, struct grant *grant, const char *asked);

#endif
