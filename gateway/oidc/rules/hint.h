/* SPDX-License-Identifier: Apache-2.0
 *
 * Which person the client expects: id_token_hint, or sub in the claims parameter (OpenID Connect
 * Core sections 3.1.2.1, 5.5.1).
 */
#ifndef OIDC_RULES_HINT_H
#define OIDC_RULES_HINT_H

#include "oidc/rules/authorization.h"

/* A rule of authorization_read().  Fails INVALID_REQUEST: not an ID token of ours for this client
 * (expired ones are fine). */
int hint_read(
    struct task *task, const struct parameters *parameters, struct authorization *authorization);

bool hint_fits(struct task *task, const struct authorization *authorization, const char *person_id);

#endif
