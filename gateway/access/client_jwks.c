/* SPDX-License-Identifier: Apache-2.0
 *
 * A client's keys (see client_jwks.h).
 */
#include "access/client_jwks.h"

#include "access/jwks_uri.h"
#include "core/task.h"
#include "records/client.h"

int
client_jwks_find(
    struct task *task, const struct client *client, const char *kid, const struct jwks **ret_jwks)
{
	int r;

	if (client->jwks_uri == NULL) {
		*ret_jwks = &client->jwks;
		return 0;
	}
	r = jwks_uri_find(task, client->jwks_uri, kid, ret_jwks);
	return r == INVALID_REQUEST ? fault_as(task, INVALID_CLIENT) : r;
}
