/* SPDX-License-Identifier: Apache-2.0
 *
 * Which resource a token is for (RFC 8707): the gateway itself, or exactly one of its services,
 * never both.
 */
#ifndef OIDC_RULES_RESOURCE_H
#define OIDC_RULES_RESOURCE_H

#include "oidc/rules/authorization.h"

/* A rule of authorization_read(); whether the client may ask for the service is looked at with the
 * purpose. */
int resource_read(
    struct task *task, const struct parameters *parameters, struct authorization *authorization);

/* The id in ISSUER/services/ID; NULL: it is no service's. */
const char *resource_service(const struct task *task, const char *resource);

/* At the token endpoint: resource may only repeat what was granted.  Fails INVALID_TARGET. */
int resource_check(struct task *task, const char *granted, const char *asked);

#endif
