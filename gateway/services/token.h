/* SPDX-License-Identifier: Apache-2.0
 *
 * The access token that a service is shown; private to services/.
 */
#ifndef SERVICES_TOKEN_H
#define SERVICES_TOKEN_H

#include "access/bearer.h"

struct task;

/* A live token for this service, of a client that is still registered and for a person who may
 * still be served, or for the client itself (the grant's person_id is NULL).  Fails INVALID_TOKEN.
 */
int token_of_service(
    struct task *task, const char *token, const char *service_id, struct bearer *ret_bearer);

/* The same of a call, shown by its holder (access/bearer.h).  Fails NO_TOKEN, INVALID_TOKEN,
 * INVALID_TOKEN_PROOF. */
int token_of_call(struct task *task, const struct request *request, const char *service_id,
    struct bearer *ret_bearer);

#endif
