/* SPDX-License-Identifier: Apache-2.0
 *
 * Fibers (see fiber.h).
 *
 * A fiber is running, waiting or ready; only fiber_wake() makes a waiting one ready, and only the
 * loop runs a ready one.  So nothing that calls back can ever find itself inside a fiber's end.
 */
#include "core/fiber.h"

#include "core/clock.h"
#include "core/fiber_home.h"
#include "core/fiber_inside.h"
#include "core/loop_inside.h"
#include "core/task.h"

#include <assert.h>

static _Thread_local struct fiber *current;

static void park(struct fiber *fiber, int64_t until_ms);

bool
fiber_start(struct loop *loop, loop_fn *fn, void *arg)
{
	struct fiber *fiber = fiber_home_take(loop->home);

	fiber->fn = fn;
	fiber->arg = arg;
	return fiber_run(fiber);
}

bool
fiber_run(struct fiber *fiber)
{
	struct fiber *before = current;
	struct context here;

	context_here(&here);
	fiber->back = &here;
	fiber->state = FIBER_RUNNING;
	current = fiber;
	context_switch(&here, &fiber->context);
	current = before;
	if (fiber->state != FIBER_IDLE)
		return false;
	fiber_home_put(fiber->loop->home, fiber);
	return true;
}

void
fiber_main(void *arg)
{
	struct fiber *fiber = arg;

	while (fiber->fn != NULL) {
		fiber->fn(fiber->arg);
		fiber->state = FIBER_IDLE;
		context_switch(&fiber->context, fiber->back);
	}
	context_leave(&fiber->context, fiber->back);
}

struct fiber *
fiber_current(void)
{
	return current;
}

unsigned
fiber_count(const struct loop *loop)
{
	return fiber_home_count(loop->home);
}

int
fiber_wait(struct task *task, struct wait *wait)
{
	struct fiber *self = current;

	assert(self != NULL);
	if (wait->done)
		return 0;
	if (!loop_is_stopping(self->loop) && task_left_ms(task) > 0) {
		wait->fiber = self;
		self->may_stop = true;
		park(self, task->deadline_ms);
		wait->fiber = NULL;
	}
	if (wait->done)
		return 0;
	if (loop_is_stopping(self->loop))
		return fail(task, STOPPING, "the gateway stops");
	return fail(task, TIMED_OUT, "a wait reached the deadline");
}

void
fiber_wait_out(struct wait *wait)
{
	struct fiber *self = current;

	assert(self != NULL);
	while (!wait->done) {
		wait->fiber = self;
		self->may_stop = false;
		park(self, 0);
		wait->fiber = NULL;
	}
}

int
fiber_sleep(struct task *task, int64_t ms)
{
	struct fiber *self = current;
	int64_t until_ms = clock_mono_ms() + ms;
	bool is_late = until_ms > task->deadline_ms;

	assert(self != NULL);
	if (!loop_is_stopping(self->loop)) {
		self->may_stop = true;
		park(self, is_late ? task->deadline_ms : until_ms);
	}
	if (loop_is_stopping(self->loop))
		return fail(task, STOPPING, "the gateway stops");
	if (is_late)
		return fail(task, TIMED_OUT, "a sleep reached the deadline");
	return 0;
}

void
wait_done(struct wait *wait)
{
	wait->done = true;
	if (wait->fiber != NULL)
		fiber_wake(wait->fiber);
}

/* Until fiber_wake(), which comes by itself at until_ms (0: never). */
static void
park(struct fiber *fiber, int64_t until_ms)
{
	if (until_ms != 0)
		timer_set(fiber->loop, &fiber->timer, until_ms, fiber_wake, fiber);
	fiber->state = FIBER_WAITING;
	context_switch(&fiber->context, fiber->back);
	timer_end(fiber->loop, &fiber->timer);
}

void
fiber_wake(void *arg)
{
	struct fiber *fiber = arg;
	struct fiber_home *home = fiber->loop->home;

	if (fiber->state != FIBER_WAITING)
		return;
	fiber->state = FIBER_READY;
	fiber->next = NULL;
	*home->ready_end = fiber;
	home->ready_end = &fiber->next;
}
