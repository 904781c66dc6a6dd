/* SPDX-License-Identifier: Apache-2.0
 *
 * The addresses in a client's metadata, together: where people are sent, and whose subjects are the
 * same (OpenID Connect Core section 8.1).  For client_rules.c, client_record.c and oidc/register.c.
 */
#ifndef RECORDS_CLIENT_ADDRESSES_H
#define RECORDS_CLIENT_ADDRESSES_H

#include "core/json.h"
#include "records/client.h"
#include "records/client_uri.h"

struct task;

/* metadata holds known members, each right by itself.  Fails INVALID_REDIRECT_URI for
 * redirect_uris and post_logout_redirect_uris, INVALID_CLIENT_METADATA for the others. */
int client_addresses_check(struct task *task, const json_t *metadata, enum client_profile profile);

/* The host whose subjects the client gets: of sector_identifier_uri, or the one https host of
 * redirect_uris; in the metadata's own memory.  False: it has neither (loopback, an app's own
 * scheme) and shares its subjects with nobody. */
bool client_addresses_sector(const json_t *metadata, struct client_uri *ret_uri);

#endif
