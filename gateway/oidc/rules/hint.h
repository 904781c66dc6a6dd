/* SPDX-License-Identifier: Apache-2.0
 *
 * Which person the client expects: id_token_hint, or sub in the claims parameter (OpenID Connect
 * Core sections 3.1.2.1, 5.5.1); and ID tokens that come back as hints.
 */
#ifndef OIDC_RULES_HINT_H
#define OIDC_RULES_HINT_H

#include "oidc/rules/authorization.h"

/* A rule of authorization_read().  Fails INVALID_REQUEST: not an ID token of ours for this client
 * (expired ones are fine). */
int hint_read(
    struct task *task, const struct parameters *parameters, struct authorization *authorization);

/* An ID token of ours, expired or not (OpenID Connect RP-Initiated Logout 1.0 section 2): for which
 * client, of whom, in which session.  Fails INVALID_REQUEST. */
struct hint {
	const char *client_id, *subject;
	const char *sid; /* NULL: it has none */
};
int hint_open(struct task *task, const char *id_token, struct hint *ret_hint);

bool hint_fits(struct task *task, const struct authorization *authorization, const char *person_id);

#endif
