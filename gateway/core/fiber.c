/* SPDX-License-Identifier: Apache-2.0
 *
 * Fibers (see fiber.h).
 *
 * A fiber is running, waiting or ready; only wake() makes a waiting one ready, and only the loop
 * runs a ready one.  So nothing that calls back can ever find itself inside a fiber's end.  Stacks
 * are kept, with the fiber on them parked at its foot, and used again.
 */
#include "core/fiber.h"

#include "core/clock.h"
#include "core/context.h"
#include "core/fiber_home.h"
#include "core/loop_inside.h"
#include "core/task.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(DVARA_TESTING) && defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif
#endif
#ifndef VALGRIND_STACK_REGISTER
#define VALGRIND_STACK_REGISTER(start, end) 0
#define VALGRIND_STACK_DEREGISTER(id)       (void)(id)
#endif

#ifdef __OPTIMIZE__
#define STACK_BYTES ((size_t)128 << 10)
#else
#define STACK_BYTES ((size_t)256 << 10) /* frames of -O0 and of sanitizers are larger */
#endif
#define GUARD_BYTES ((size_t)64 << 10) /* the largest page of any machine we know */

/* A new stack costs some ten microseconds, most of it page faults: idle ones are kept as long as
 * they come into use.  Each second a quarter of those that did not goes back. */
#define POOL_MAX     4096
#define POOL_KEPT    64
#define POOL_TRIM_MS 1000

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

struct fiber_home {
	struct fiber *ready, **ready_end;
	struct fiber *pool;
	struct fiber *living;
	unsigned n_living, n_pool;
	unsigned n_unused; /* the least that lay in the pool since it was trimmed */
	struct timer trim;
	struct loop *loop;
};

static _Thread_local struct fiber *current;

static struct fiber *fiber_take(struct fiber_home *home);
static struct fiber *fiber_new(void);
static void fiber_free(struct fiber *fiber);
static void fiber_main(void *arg);
static bool fiber_run(struct fiber *fiber);
static void fiber_end(struct fiber *fiber);
static void pool_put(struct fiber_home *home, struct fiber *fiber);
static void pool_trim(void *home);
static void park(struct fiber *fiber, int64_t until_ms);
static void wake(void *fiber);

bool
fiber_start(struct loop *loop, loop_fn *fn, void *arg)
{
	struct fiber_home *home = loop_home(loop);
	struct fiber *fiber = fiber_take(home);

	fiber->loop = loop;
	fiber->fn = fn;
	fiber->arg = arg;
	fiber->newer = NULL;
	fiber->older = home->living;
	if (home->living != NULL)
		home->living->newer = fiber;
	home->living = fiber;
	home->n_living++;
	return fiber_run(fiber);
}

static struct fiber *
fiber_take(struct fiber_home *home)
{
	struct fiber *fiber = home->pool;

	if (fiber == NULL)
		return fiber_new();
	home->pool = fiber->next;
	home->n_pool--;
	if (home->n_pool < home->n_unused)
		home->n_unused = home->n_pool;
	return fiber;
}

/* Like an allocation it cannot fail: connections are bounded, and with them fibers. */
static struct fiber *
fiber_new(void)
{
	struct fiber *fiber = calloc(1, sizeof(*fiber));
	char *memory = mmap(NULL, GUARD_BYTES + STACK_BYTES, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
	char *stack = memory + GUARD_BYTES;

	if (fiber == NULL || memory == MAP_FAILED ||
	    mprotect(stack, STACK_BYTES, PROT_READ | PROT_WRITE) < 0)
		abort();
	fiber->memory = memory;
	fiber->valgrind_id = VALGRIND_STACK_REGISTER(stack, stack + STACK_BYTES);
	context_make(&fiber->context, stack, STACK_BYTES, fiber_main, fiber);
	return fiber;
}

/* Runs fiber until it waits or ends.  True: it has ended. */
static bool
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
	fiber_end(fiber);
	return true;
}

static void
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

static void
fiber_end(struct fiber *fiber)
{
	struct fiber_home *home = loop_home(fiber->loop);

	if (fiber->newer != NULL)
		fiber->newer->older = fiber->older;
	else
		home->living = fiber->older;
	if (fiber->older != NULL)
		fiber->older->newer = fiber->newer;
	home->n_living--;
	pool_put(home, fiber);
}

static void
pool_put(struct fiber_home *home, struct fiber *fiber)
{
	if (home->n_pool >= POOL_MAX) {
		fiber_free(fiber);
		return;
	}
	fiber->next = home->pool;
	home->pool = fiber;
	home->n_pool++;
	if (home->n_pool > POOL_KEPT && home->trim.at_ms == 0) {
		home->n_unused = home->n_pool;
		timer_set(home->loop, &home->trim, clock_mono_ms() + POOL_TRIM_MS, pool_trim, home);
	}
}

static void
pool_trim(void *arg)
{
	struct fiber_home *home = arg;

	for (unsigned n = (home->n_unused + 3) / 4; n > 0 && home->n_pool > POOL_KEPT; n--)
		fiber_free(fiber_take(home));
	home->n_unused = home->n_pool;
	if (home->n_pool > POOL_KEPT)
		timer_set(home->loop, &home->trim, clock_mono_ms() + POOL_TRIM_MS, pool_trim, arg);
}

/* It leaves its stack by itself, so that the sanitizers forget it too. */
static void
fiber_free(struct fiber *fiber)
{
	struct context here;

	context_here(&here);
	fiber->back = &here;
	fiber->fn = NULL;
	context_switch(&here, &fiber->context);
	context_free(&fiber->context);
	VALGRIND_STACK_DEREGISTER(fiber->valgrind_id);
	munmap(fiber->memory, GUARD_BYTES + STACK_BYTES);
	free(fiber);
}

struct fiber *
fiber_current(void)
{
	return current;
}

unsigned
fiber_count(const struct loop *loop)
{
	return loop_home(loop)->n_living;
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
		wake(wait->fiber);
}

/* Until wake(), which comes by itself at until_ms (0: never). */
static void
park(struct fiber *fiber, int64_t until_ms)
{
	if (until_ms != 0)
		timer_set(fiber->loop, &fiber->timer, until_ms, wake, fiber);
	fiber->state = FIBER_WAITING;
	context_switch(&fiber->context, fiber->back);
	timer_end(fiber->loop, &fiber->timer);
}

static void
wake(void *arg)
{
	struct fiber *fiber = arg;
	struct fiber_home *home = loop_home(fiber->loop);

	if (fiber->state != FIBER_WAITING)
		return;
	fiber->state = FIBER_READY;
	fiber->next = NULL;
	*home->ready_end = fiber;
	home->ready_end = &fiber->next;
}

struct fiber_home *
fiber_home_new(struct loop *loop)
{
	struct fiber_home *home = calloc(1, sizeof(*home));

	if (home == NULL)
		return NULL;
	home->ready_end = &home->ready;
	home->loop = loop;
	return home;
}

void
fiber_home_free(struct fiber_home *home)
{
	struct fiber *fiber;

	if (home == NULL)
		return;
	assert(home->n_living == 0);
	while ((fiber = home->pool) != NULL) {
		home->pool = fiber->next;
		fiber_free(fiber);
	}
	timer_end(home->loop, &home->trim);
	free(home);
}

bool
fiber_home_is_ready(const struct fiber_home *home)
{
	return home->ready != NULL;
}

/* Those that become ready meanwhile have their turn in the next one, after the events. */
void
fiber_home_run(struct fiber_home *home)
{
	struct fiber *next, *fiber = home->ready;

	home->ready = NULL;
	home->ready_end = &home->ready;
	for (; fiber != NULL; fiber = next) {
		next = fiber->next;
		fiber_run(fiber);
	}
}

void
fiber_home_stop(struct fiber_home *home)
{
	for (struct fiber *fiber = home->living; fiber != NULL; fiber = fiber->older) {
		if (fiber->may_stop)
			wake(fiber);
	}
}

unsigned
fiber_home_count(const struct fiber_home *home)
{
	return home->n_living;
}

unsigned
fiber_home_idle(const struct fiber_home *home)
{
	return home->n_pool;
}
