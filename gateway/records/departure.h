/* SPDX-License-Identifier: Apache-2.0
 *
 * A person sent on to another identity provider, until they are back: in Redis under the hash of
 * the state, bound to the browser and the transaction that they left with.  Who comes back is taken
 * in once.
 */
#ifndef RECORDS_DEPARTURE_H
#define RECORDS_DEPARTURE_H

#include "core/str.h"

#include <stdint.h>

struct task;

struct departure {
	const char *state; /* 256 random bits */
	const char *transaction_id;
	const char *browser;  /* hash of the browser's cookie (access/browser.h) */
	const char *upstream; /* its name */
	const char *nonce, *verifier;
	int64_t auth_since_s; /* a login no earlier was asked for; 0: any */
	int64_t created_s;
};
/* Makes state, nonce, verifier and time. */
int departure_create(struct task *task, struct departure *departure);

/* Absent, taken in, expired, from before the epoch: *ret is NULL. */
int departure_find(struct task *task, const char *state, struct departure **ret_departure);

/* Whether this call is the one that takes it in. */
int departure_claim(struct task *task, const char *state, bool *ret_is_first);

#endif
