/* SPDX-License-Identifier: Apache-2.0
 *
 * CORS.  Called by the endpoints that are ROUTE_CORS.
 */
#include "oidc/rules/cors.h"

#include "records/client_uri.h"

#include <string.h>

static bool is_of(const struct client *client, const char *origin);

void
cors_allow(const struct request *request, struct reply *reply, const struct client *client)
{
	const char *origin = request_header(request, "Origin");

	reply_header(reply, "Vary", "Origin");
	if (origin != NULL && is_of(client, origin))
		reply_origin(reply, origin);
}

/* By the addresses themselves: client->origins are sources of a policy, which may leave the port
 * open. */
static bool
is_of(const struct client *client, const char *origin)
{
	const char *const *address;

	for (address = client->redirect_uris; address != NULL && *address != NULL; address++) {
		size_t len = client_uri_origin(*address);

		if (len > 0 && strlen(origin) == len && memcmp(*address, origin, len) == 0)
			return true;
	}
	return false;
}
