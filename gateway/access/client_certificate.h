/* SPDX-License-Identifier: Apache-2.0
 *
 * A client proves itself by its TLS certificate (RFC 8705 section 2).
 */
#ifndef ACCESS_CLIENT_CERTIFICATE_H
#define ACCESS_CLIENT_CERTIFICATE_H

#include "http/request.h"
#include "records/client.h"

struct task;

bool client_certificate_is_asked(const struct client *client); /* by its method */

/* Its extended key usage is clientAuth, where it has one.  tls_client_auth: a chain to an authority
 * of settings tls.client_anchors_file, and the one name that is registered.
 * self_signed_tls_client_auth: one of the certificates (x5c) of the registered keys.  Fails
 * INVALID_CLIENT, BUSY (client_jwks.h). */
int client_certificate_check(
    struct task *task, const struct request *request, const struct client *client);

/* x5t#S256 of the caller's certificate (RFC 8705 section 3.1), NULL where there is none. */
const char *client_certificate_hash(struct task *task, const struct request *request);

#endif
