/* SPDX-License-Identifier: Apache-2.0
 *
 * private_key_jwt: a client proves itself by a signed assertion (RFC 7523 section 3, OpenID Connect
 * Core section 9, FAPI 2.0 section 5.3.2.1).
 */
#ifndef ACCESS_CLIENT_ASSERTION_H
#define ACCESS_CLIENT_ASSERTION_H

struct client;
struct task;

#define CLIENT_ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

/* client_id: of the form, or NULL.  Fails INVALID_CLIENT. */
int client_assertion_check(struct task *task, const char *assertion, const char *client_id,
    const struct client **ret_client);

#endif
