/* SPDX-License-Identifier: Apache-2.0
 *
 * Marks against replay: each (kind, id) once within its life.  In Redis, by SET NX.
 */
#ifndef RECORDS_REPLAY_H
#define RECORDS_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

struct task;

/* ret_is_first: whether this call is the first.  kind: "assertion", "proof", …; id is hashed.
 * issued_s (iat) at or before the epoch fails STORE_AWAY: a Redis that was lost cannot remember it,
 * which is no fault of the caller, who makes a new one. */
int replay_claim(struct task *task, const char *kind, const char *id, int64_t issued_s,
    int64_t ttl_s, bool *ret_is_first);

#endif
