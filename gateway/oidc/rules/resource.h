/* SPDX-License-Identifier: Apache-2.0
 *
 * Which resource a token is for (RFC 8707): the gateway itself, or exactly one of its services,
 * never both.
 */
#ifndef OIDC_RULES_RESOURCE_H
#define OIDC_RULES_RESOURCE_H

#include "consent/resource.h"
#include "oidc/rules/authorization.h"
#include "records/grant.h"

/* A rule of authorization_read(): each resource is the gateway or a service of it, none stands
 * twice; whether the client may ask for the service is looked at with the purpose.  Fails
 * INVALID_TARGET. */
int resource_read(
    struct task *task, const struct parameters *parameters, struct authorization *authorization);

/* At the token endpoint: sets grant->resource to the one asked, which must be among those granted,
 * and still one of the client's.  asked NULL or empty: the one that was granted, or of several the
 * gateway where it is among them.  Fails INVALID_TARGET. */
int resource_choose(
    struct task *task, const struct client *client, const char *asked, struct grant *grant);

#endif
