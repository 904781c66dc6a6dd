/* SPDX-License-Identifier: Apache-2.0
 *
 * A row of the table of events and its hash: SHA-256 over the hash before it and every column, as
 * one JSON array, so that no two different rows read alike; rows of news have two columns more.
 * For the files of this room.
 */
#ifndef RECORDS_EVENT_ROW_H
#define RECORDS_EVENT_ROW_H

#include "store/sql.h"

#define EVENT_COLUMNS \
	"client_id, seq, id, at_s, type, subject_id, other_id, status, actor, previous, hash," \
	" service_id, reference"

struct event_row {
	const char *client_id;
	int64_t seq, at_s;
	const char *id, *type, *subject_id;
	const char *other_id; /* or NULL */
	const char *status, *actor;
	const char *previous; /* hash of the client's row before; "" of its first */
	const char *hash;
	const char *service_id, *reference; /* of news; or NULL */
};

struct event_row event_row_of(const struct sql_rows *rows, size_t i);

/* base64url, in the task's arena. */
const char *event_row_hash(struct task *task, const struct event_row *row);

#endif
