/* SPDX-License-Identifier: Apache-2.0
 *
 * Client certificates in a client's metadata (RFC 8705 section 2).  For client_rules.c and
 * client_record.c.
 */
#ifndef RECORDS_CLIENT_TLS_H
#define RECORDS_CLIENT_TLS_H

#include "core/json.h"
#include "records/client.h"

struct task;

/* tls_client_auth: exactly one of the five names.  self_signed_tls_client_auth: jwks_uri, or keys
 * of jwks with their certificates (x5c), at least one.  Fails INVALID_CLIENT_METADATA. */
int client_tls_check(struct task *task, const json_t *metadata, enum client_auth_method method);

/* The one name; untouched where there is none. */
void client_tls_name(const json_t *metadata, enum leaf_name *ret_kind, const char **ret_name);

#endif
