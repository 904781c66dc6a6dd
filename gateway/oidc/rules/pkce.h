/* SPDX-License-Identifier: Apache-2.0
 *
 * Proof Key for Code Exchange (RFC 7636), S256 alone.
 */
#ifndef OIDC_RULES_PKCE_H
#define OIDC_RULES_PKCE_H

#include "oidc/rules/authorization.h"

/* A rule of authorization_read().  Fails INVALID_REQUEST. */
int pkce_read(
    struct task *task, const struct parameters *parameters, struct authorization *authorization);

/* At the token endpoint.  verifier NULL: none was sent; challenge NULL: none is asked, and then
 * none may be sent (RFC 9700 section 4.8.2: a stripped challenge is noticed here).  Fails
 * INVALID_GRANT. */
int pkce_check(struct task *task, const char *challenge, const char *verifier);

#endif
