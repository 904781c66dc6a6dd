/* SPDX-License-Identifier: Apache-2.0
 *
 * Endpoints by name (see endpoint.h).
 */
#include "access/endpoint.h"

#include <string.h>

const struct endpoint endpoint_table[] = {
    {"authorization_endpoint", "/authorize", false},
    {"pushed_authorization_request_endpoint", "/par", true},
    {"token_endpoint", "/token", true},
    {"introspection_endpoint", "/introspect", true},
    {"revocation_endpoint", "/revoke", true},
    {"device_authorization_endpoint", "/device_authorization", true},
    {"backchannel_authentication_endpoint", "/bc-authorize", true},
    {"userinfo_endpoint", "/userinfo", false},
    {"jwks_uri", "/jwks", false},
    {"end_session_endpoint", "/end_session", false},
};
const size_t endpoint_count = sizeof(endpoint_table) / sizeof(endpoint_table[0]);

bool
endpoint_has_clients(const char *base, const char *address)
{
	if (!str_starts(address, base))
		return false;
	for (size_t i = 0; i < endpoint_count; i++)
		if (endpoint_table[i].has_clients &&
		    strcmp(address + strlen(base), endpoint_table[i].path) == 0)
			return true;
	return false;
}
