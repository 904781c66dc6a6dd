/* SPDX-License-Identifier: Apache-2.0
 *
 * Which route answers a method and a path.
 *
 * A path is literal ("/token"), holds captures that are whole segments ("/vp/request/{h}"), and may
 * end on '*', which takes the rest ("/services/{id}/" "*").  Literal beats capture beats rest; the
 * method "*" is any of GET HEAD POST PUT DELETE PATCH; "GET" also answers HEAD.  OPTIONS finds what
 * is ROUTE_CORS or ROUTE_WALLETS.
 */
#ifndef HTTP_MATCH_H
#define HTTP_MATCH_H

#include "http/server.h"

#define MATCH_MAX_CAPTURES 4

struct match_table;

/* The routes stay the caller's.  A path that cannot be read is our own mistake (assert). */
struct match_table *match_table_new(const struct route *routes, size_t n_routes);
void match_table_free(struct match_table *table);

struct match {
	const struct route *route;
	struct pairs captures;
	const char *rest;
	const char *allow; /* what the path takes, "GET, HEAD, POST"; where it is known at all */
};

/* Fails NOT_FOUND, or METHOD_NOT_ALLOWED with ret_match->allow and the route of another method (for
 * its fault writer). */
int match_find(struct task *task, const struct match_table *table, const char *method,
    const char *path, struct match *ret_match);

#endif
