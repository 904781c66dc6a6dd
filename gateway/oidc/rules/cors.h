/* SPDX-License-Identifier: Apache-2.0
 *
 * Which pages may read an answer (Fetch standard, CORS protocol): those of the client's own
 * registered origins.  Never "*", never with credentials.  Faults and preflights are the server's
 * (http/cors.h): before the client is known, those of any client may read them.
 */
#ifndef OIDC_RULES_CORS_H
#define OIDC_RULES_CORS_H

#include "http/reply.h"
#include "http/request.h"
#include "records/client.h"

void cors_allow(const struct request *request, struct reply *reply, const struct client *client);

#endif
