/* SPDX-License-Identifier: Apache-2.0
 *
 * What a request at /authorize really asks: what was pushed under its request_uri (RFC 9126 section
 * 4), the claims of its request object (RFC 9101), or its own parameters.  Where it is one of the
 * first two, everything that stands beside it but client_id is ignored (RFC 9101 section 6.3).
 */
#ifndef OIDC_RULES_ARRIVAL_H
#define OIDC_RULES_ARRIVAL_H

#include "oidc/rules/authorization.h"

#define REQUEST_URI_PREFIX "urn:ietf:params:oauth:request_uri:"

/* After authorization_client(): parameters, as they were sent, become those that count.  Fails
 * INVALID_REQUEST, to be answered with a page; for a bad request object REQUEST_NOT_SUPPORTED,
 * INVALID_REQUEST_OBJECT: redirect_uri and state are then what stands beside it, where that is an
 * address of the client, else NULL. */
int arrival_open(
    struct task *task, struct parameters *parameters, struct authorization *authorization);

#endif
