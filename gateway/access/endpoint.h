/* SPDX-License-Identifier: Apache-2.0
 *
 * The endpoints that discovery names (RFC 8414), and at which of them clients prove who they are.
 * Called by client_assertion.c, oidc/discovery.c.
 */
#ifndef ACCESS_ENDPOINT_H
#define ACCESS_ENDPOINT_H

#include "core/str.h"

struct endpoint {
	const char *name, *path;
	bool has_clients; /* they authenticate there */
};
extern const struct endpoint endpoint_table[];
extern const size_t endpoint_count;

/* Whether the address is, under base, an endpoint at which clients authenticate. */
bool endpoint_has_clients(const char *base, const char *address);

#endif
