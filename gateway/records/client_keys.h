/* SPDX-License-Identifier: Apache-2.0
 *
 * The keys in a client's metadata: jwks, or jwks_uri, from where they are fetched (RFC 7591 section
 * 2).  For client_rules.c.
 */
#ifndef RECORDS_CLIENT_KEYS_H
#define RECORDS_CLIENT_KEYS_H

#include "core/json.h"
#include "records/client.h"

struct task;

/* metadata holds known members, each right by itself.  Fails INVALID_CLIENT_METADATA. */
int client_keys_check(
    struct task *task, const json_t *metadata, enum client_auth_method auth_method);

#endif
