/* SPDX-License-Identifier: Apache-2.0
 *
 * What a request at /authorize really asks: what was pushed under its request_uri (RFC 9126 section
 * 4), or its own parameters.  Where it is the first, everything that stands beside it but client_id
 * is ignored.
 */
#ifndef OIDC_RULES_ARRIVAL_H
#define OIDC_RULES_ARRIVAL_H

#include "oidc/rules/authorization.h"

#define REQUEST_URI_PREFIX "urn:ietf:params:oauth:request_uri:"

/* After authorization_client(): parameters, as they were sent, become those that count.  Fails
 * INVALID_REQUEST, to be answered with a page. */
int arrival_open(
    struct task *task, struct parameters *parameters, const struct authorization *authorization);

#endif
