/* SPDX-License-Identifier: Apache-2.0
 *
 * Which pages may call a ROUTE_CORS endpoint and read its faults (Fetch standard, CORS protocol).
 * Called by the server; whose answers a page may read is the handler's to say (reply_origin()).
 */
#ifndef HTTP_CORS_H
#define HTTP_CORS_H

#include "http/match.h"

/* A request that asks whether another may be made (a preflight, which every call with Authorization
 * or DPoP has), in the place of the handler.  OPTIONS of no page: METHOD_NOT_ALLOWED. */
int cors_preflight(
    struct reply *reply, const struct match *match, http_origin_check *origin_is_known);

/* After the handler has failed: the page that called may read why. */
void cors_fault(struct reply *reply, const struct match *match, http_origin_check *origin_is_known);

#endif
