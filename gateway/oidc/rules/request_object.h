/* SPDX-License-Identifier: Apache-2.0
 *
 * Request objects: the parameters of a request as the claims of a JWT that the client signed (RFC
 * 9101, OpenID Connect Core section 6, FAPI 2.0 Message Signing section 5.3).
 */
#ifndef OIDC_RULES_REQUEST_OBJECT_H
#define OIDC_RULES_REQUEST_OBJECT_H

#include "oidc/rules/parameters.h"
#include "records/client.h"

struct task;

/* Its claims as parameters; those of the JWT itself (iss, aud, exp, …) are not among them.  What
 * must hold: the algorithm the client is registered with, a key of its own, iss and client_id are
 * the client, aud holds the issuer, times; no request in the request.  Fails REQUEST_NOT_SUPPORTED
 * (unsigned, or a client without keys), INVALID_REQUEST_OBJECT. */
int request_object_open(struct task *task, const struct client *client, const char *object,
    struct parameters *ret_parameters);

#endif
