/* SPDX-License-Identifier: Apache-2.0
 *
 * Which relying party is calling: one check for every endpoint that wants to know (RFC 6749
 * section 2.3, RFC 7521, RFC 7523, OpenID Connect Core section 9).
 */
#ifndef ACCESS_CLIENT_AUTH_H
#define ACCESS_CLIENT_AUTH_H

#include "http/request.h"
#include "records/client.h"

struct task;

/* client_secret_basic, client_secret_post, private_key_jwt, tls_client_auth,
 * self_signed_tls_client_auth, none: exactly the one the client is registered with. The assertion's
 * aud is the issuer alone for fapi2 clients; for others also the URL of /token or /par.  An
 * assertion serves once.  Wrong secrets are counted per caller (limits.login_failures). Fails
 * INVALID_CLIENT, INVALID_REQUEST (two methods at once), TOO_MANY_REQUESTS. */
int client_authenticate(
    struct task *task, const struct request *request, const struct client **ret_client);

/* Whether the request names a client at all, rightly or not, in any of these ways but a
 * certificate. */
bool client_is_named(const struct request *request);

#endif
