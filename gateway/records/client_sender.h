/* SPDX-License-Identifier: Apache-2.0
 *
 * What a client's metadata says of the key that its tokens are bound to (RFC 9449 section 5.2, RFC
 * 8705 section 3.4).  For client_rules.c and client_record.c.
 */
#ifndef RECORDS_CLIENT_SENDER_H
#define RECORDS_CLIENT_SENDER_H

#include "core/json.h"
#include "records/client.h"

struct task;

/* Fills in what the profile asks for.  Fails INVALID_CLIENT_METADATA. */
int client_sender_check(struct task *task, json_t *metadata, enum client_profile profile);

bool client_sender_has_tls(const json_t *metadata);

/* Of a stored record, which may be older than these rules. */
bool client_sender_has_dpop(const json_t *metadata, enum client_profile profile);

#endif
