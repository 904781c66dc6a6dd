/* SPDX-License-Identifier: Apache-2.0
 *
 * issuer_state: which offer of ours a wallet's request goes back to (OpenID4VCI 1.0 section 5.1.3).
 */
#ifndef OIDC_RULES_ISSUER_STATE_H
#define OIDC_RULES_ISSUER_STATE_H

#include "oidc/rules/authorization.h"

/* A rule of authorization_read(), after hint_read().  Anybody may have put it into a request, so it
 * gives nothing: it is a hint at the person the offer was made for, and nobody else then gets the
 * code.  Fails INVALID_REQUEST: no offer of ours, expired, for another person than a hint says. */
int issuer_state_read(
    struct task *task, const struct parameters *parameters, struct authorization *authorization);

#endif
