/* SPDX-License-Identifier: Apache-2.0
 *
 * Which level of assurance a request asks for: acr_values, a voluntary wish, or acr in the claims
 * parameter, which may be a condition (OpenID Connect Core sections 3.1.2.1, 5.5.1.1).
 */
#ifndef OIDC_RULES_ACR_H
#define OIDC_RULES_ACR_H

#include "oidc/rules/authorization.h"

/* A rule of authorization_read().  A wish that no configured way in could fulfil is dropped; a
 * condition fails UNMET_AUTHENTICATION_REQUIREMENTS.  The level that a credential needs is a
 * condition, whatever else is asked. */
int acr_read(
    struct task *task, const struct parameters *parameters, struct authorization *authorization);

bool acr_fits(const struct task *task, const struct authorization *authorization, const char *acr);

#endif
