/* SPDX-License-Identifier: Apache-2.0
 *
 * A row of the audit trail and its hash: SHA-256 over the hash before it and every column, each
 * with its length, so that no two different rows read alike.  For the files of this room.
 */
#ifndef RECORDS_AUDIT_ROW_H
#define RECORDS_AUDIT_ROW_H

#include <stdint.h>

struct task;

struct audit_row {
	int64_t seq, at_s;
	const char *event, *actor;
	const char *person_id, *client_id, *detail; /* or NULL */
	const char *prev;                           /* hash of the row before; "" of the first */
	const char *hash;
};

/* base64url, in the task's arena. */
const char *audit_row_hash(struct task *task, const struct audit_row *row);

#endif
