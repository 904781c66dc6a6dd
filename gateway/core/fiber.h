/* SPDX-License-Identifier: Apache-2.0
 *
 * A fiber is a function that may wait in the middle: handlers read top to bottom.
 *
 * A fiber runs on one loop, on a stack of its own with a guard page below it, and always runs to
 * its end: it is never killed, so cleanup attributes always run.  To wait, put a struct wait where
 * the other side finds it and call fiber_wait(); the other side calls wait_done(), which only makes
 * the fiber ready (so it is legal inside any callback).
 */
#ifndef CORE_FIBER_H
#define CORE_FIBER_H

#include "core/loop.h"

struct fiber;
struct task;

/* Runs fn(arg) at once, until its first wait; the rest when it is woken.  True when fn has ended
 * already.  May be called from a callback, a hook, or another fiber. */
bool fiber_start(struct loop *loop, loop_fn *fn, void *arg);

struct fiber *fiber_current(void); /* NULL outside of one */
unsigned fiber_count(const struct loop *loop);

struct wait {
	struct fiber *fiber; /* who waits now, or NULL */
	bool done;
};

/* Waits until wait_done(), at most until the task's deadline.  Returns 0; TIMED_OUT at the
 * deadline; STOPPING when the loop stops.  After anything but 0 the other side may still hold the
 * struct wait: what it holds must outlive the wait, so it lives in something the other side owns,
 * not on the stack, unless the other side can be told to forget it first. */
int fiber_wait(struct task *task, struct wait *wait);

/* As fiber_wait(), but until done, whatever the deadline: for another thread's work that uses our
 * memory. */
void fiber_wait_out(struct wait *wait);

void wait_done(struct wait *wait); /* on the loop's thread */

/* Lets the task rest; 0, TIMED_OUT or STOPPING. */
int fiber_sleep(struct task *task, int64_t ms);

#endif
