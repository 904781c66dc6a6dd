/* SPDX-License-Identifier: Apache-2.0
 *
 * CORS.  Called by the endpoints that are ROUTE_CORS.
 */
#include "oidc/rules/cors.h"

void
cors_allow(const struct request *request, struct reply *reply, const struct client *client)
{
	const char *origin = request_header(request, "Origin");
	const char *const *known;

	reply_header(reply, "Vary", "Origin");
	for (known = client->origins; known != NULL && *known != NULL; known++)
		if (str_equal(*known, origin)) {
			reply_origin(reply, origin);
			return;
		}
}
