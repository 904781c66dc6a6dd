/* SPDX-License-Identifier: Apache-2.0
 *
 * One generation of a loop's rooms: what the settings and the states of the keys make.  A reload
 * makes another; the one before lives until the last task on it has ended.
 */
#ifndef GENERATION_H
#define GENERATION_H

#include "core/task.h"

struct generation {
	struct rooms rooms;
	char *keys_print; /* of the records the keys were loaded from */
};

/* From base: its settings (held anew), and the stores, services and outbound calls that it shares.
 * Makes the first keys where there are none.  Blocks on files; waits for SQL.  NULL: the task's
 * fault says why. */
struct generation *generation_new(struct task *task, const struct rooms *base);

/* Whether the keys' states, or trusted issuers, have changed since; false where that cannot be told
 * now. */
bool generation_is_stale(struct task *task, const struct generation *generation);

/* Freed now, or when its last task closes.  NULL is legal. */
void generation_retire(struct generation *generation);

#endif
