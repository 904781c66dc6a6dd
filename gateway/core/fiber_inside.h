/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of fibers share: fiber.c runs, waits and wakes, fiber_home.c keeps them.
 */
#ifndef CORE_FIBER_INSIDE_H
#define CORE_FIBER_INSIDE_H

#include "core/context.h"
#include "core/fiber.h"

enum fiber_state { FIBER_IDLE, FIBER_RUNNING, FIBER_WAITING, FIBER_READY };

struct fiber {
	struct context context;
	struct context *back; /* what runs on when this one waits or ends */
	struct loop *loop;
	struct fiber *next;          /* in the pool or among the ready */
	struct fiber *older, *newer; /* among the living */
	loop_fn *fn;
	void *arg;
	struct timer timer;
	enum fiber_state state;
	bool may_stop;
	void *memory; /* guard, then stack */
	unsigned valgrind_id;
};

/* All of one loop. */
struct fiber_home {
	struct fiber *ready, **ready_end;
	struct fiber *pool;
	struct fiber *living;
	unsigned n_living, n_pool;
	unsigned n_unused; /* the least that lay in the pool since it was trimmed */
	struct timer trim;
	struct loop *loop;
};

/* Runs fiber until it waits or ends.  True: it has ended, and lies in the pool. */
bool fiber_run(struct fiber *fiber);
void fiber_wake(void *fiber); /* makes one that waits ready */
void fiber_main(void *fiber); /* the foot of every stack */

struct fiber *fiber_home_take(struct fiber_home *home); /* one to start */
void fiber_home_put(struct fiber_home *home, struct fiber *fiber);

#endif
