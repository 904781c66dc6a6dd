/* SPDX-License-Identifier: Apache-2.0
 *
 * What a client may ask for, and how: rules of client_rules.c.  Each fails INVALID_CLIENT_METADATA,
 * or INVALID_REDIRECT_URI where grants lead nowhere.
 */
#ifndef RECORDS_CLIENT_GRANTS_H
#define RECORDS_CLIENT_GRANTS_H

struct client_ruling;

int client_grants_check(struct client_ruling *ruling); /* and response types */
int client_grants_scope_check(struct client_ruling *ruling);
int client_grants_services_check(struct client_ruling *ruling); /* and purposes */
int client_grants_modes_check(struct client_ruling *ruling);    /* of the response */
int client_grants_pkce_check(struct client_ruling *ruling);
int client_grants_pushed_check(struct client_ruling *ruling);

#endif
