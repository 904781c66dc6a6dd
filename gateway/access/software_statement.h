/* SPDX-License-Identifier: Apache-2.0
 *
 * Software statements (RFC 7591 section 2.3): what an authority that we believe says of a client.
 * Called by the registration endpoint.
 */
#ifndef ACCESS_SOFTWARE_STATEMENT_H
#define ACCESS_SOFTWARE_STATEMENT_H

#include "core/json.h"

struct task;

/* A JWT of settings registration.statement_issuer, signed by a key of statement_keys_file (ES256,
 * ES384, PS256, EdDSA, RS256), not expired.  *ret_metadata: its claims without those of the JWT
 * itself; the task's.  Fails INVALID_SOFTWARE_STATEMENT, MISCONFIGURED where the file is bad. */
int software_statement_open(struct task *task, const char *statement, json_t **ret_metadata);

#endif
