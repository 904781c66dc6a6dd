/* SPDX-License-Identifier: Apache-2.0
 *
 * Which pages may call a ROUTE_CORS or ROUTE_WALLETS endpoint and read its faults (Fetch standard,
 * CORS protocol).  Called by the server; whose answers a page may read at ROUTE_CORS is the
 * handler's to say (reply_origin()).  None of it ever allows credentials: cookies stay at home.
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

/* The page that asks may read the answer, where it is one of [wallet] web_origins. */
void cors_allow_wallet(const struct request *request, struct reply *reply);

#endif
