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
 * INVALID_SCOPE where it is wider, but for offline_access, which is passed over here as it was
 * where the person was asked (OpenID Connect Core section 11): who sends the scope of that request
 * again asks for no more. */
int scope_narrow(struct task *task, struct grant *grant, const char *asked);

/* Whether one of the words of the scope stands for the claim. */
bool scope_holds_claim(struct task *task, const char *scope, const char *claim);

#endif
