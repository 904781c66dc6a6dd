/* SPDX-License-Identifier: Apache-2.0
 *
 * Which pages may read an answer (Fetch standard, CORS protocol): those of the client's own
 * registered origins.  Never "*", never with credentials.
 */
#ifndef OIDC_RULES_CORS_H
#define OIDC_RULES_CORS_H

#include "http/reply.h"
#include "http/request.h"
#include "records/client.h"

void cors_allow(const struct request *request, struct reply *reply, const struct client *client);

#endif
