/* SPDX-License-Identifier: Apache-2.0
 *
 * What a client was answered under an Idempotency-Key, so that the same request sent again does not
 * do the same thing again.  In Redis, for a day; where Redis was lost, a repetition is a new
 * request.
 */
#ifndef RECORDS_IDEMPOTENCY_H
#define RECORDS_IDEMPOTENCY_H

#include "core/json.h"

struct task;

#define IDEMPOTENCY_LIFE_S  86400
#define IDEMPOTENCY_LEASE_S 30 /* longer than any request takes: who died lets the next one try */

struct idempotency {
	const char *client_id;
	const char *key;
	const char *print; /* hash of the request: method, path, body */
	const char *mark;  /* of idempotency_begin() */
};

/* *ret_answer: what was answered to the same request before, an object; NULL: the caller is to do
 * it, and then says idempotency_end() or idempotency_forget().  Fails IDEMPOTENCY_MISMATCH (another
 * request had the key) and IDEMPOTENCY_RUNNING. */
int idempotency_begin(
    struct task *task, struct idempotency *idempotency, const json_t **ret_answer);

/* Never a failure: what cannot be kept is forgotten. */
void idempotency_end(
    struct task *task, const struct idempotency *idempotency, const json_t *answer);
void idempotency_forget(struct task *task, const struct idempotency *idempotency);

#endif
