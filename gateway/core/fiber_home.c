/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the fibers of one loop are kept: the living, the ready, and the pool of those that ended,
 * each parked at the foot of its stack and used again.
 */
#include "core/fiber_home.h"

#include "core/clock.h"
#include "core/fiber_inside.h"
#include "core/loop_inside.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>

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

static struct fiber *fiber_new(void);
static void fiber_free(struct fiber *fiber);
static struct fiber *pool_take(struct fiber_home *home);
static void pool_put(struct fiber_home *home, struct fiber *fiber);
static void pool_trim(void *home);

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
	if (home == NULL)
		return;
	assert(home->n_living == 0);
	while (home->pool != NULL)
		fiber_free(pool_take(home));
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
			fiber_wake(fiber);
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

struct fiber *
fiber_home_take(struct fiber_home *home)
{
	struct fiber *fiber = pool_take(home);

	fiber->loop = home->loop;
	fiber->newer = NULL;
	fiber->older = home->living;
	if (home->living != NULL)
		home->living->newer = fiber;
	home->living = fiber;
	home->n_living++;
	return fiber;
}

static struct fiber *
pool_take(struct fiber_home *home)
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

void
fiber_home_put(struct fiber_home *home, struct fiber *fiber)
{
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
		fiber_free(pool_take(home));
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
