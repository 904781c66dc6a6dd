/* SPDX-License-Identifier: Apache-2.0
 *
 * The turns of a loop (see loop.h): watches, posts, timers, fibers, hooks, and sleep between.
 */
#include "core/loop.h"

#include "core/clock.h"
#include "core/fiber_home.h"
#include "core/loop_inside.h"
#include "core/metrics.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define EVENTS_OF_A_TURN 128
#define LONGEST_SLEEP_MS 60000

static _Thread_local struct loop *running;

static void bell_rang(void *loop, uint32_t events);
static void turn(struct loop *loop);
static void late_run(struct loop *loop);
static int sleep_ms(struct loop *loop);
static void waits_stop(struct loop *loop);
static bool is_over(struct loop *loop);

struct loop *
loop_new(void)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (loop == NULL)
		return NULL;
	pthread_mutex_init(&loop->lock, NULL);
	loop->posts_end = &loop->posts;
	loop->late_end = &loop->late;
	loop->wake_at_ms = INT64_MAX;
	loop->turns = metric_seconds(
	    "dvara_loop_turn_seconds", "Turns of the loops: long ones make all others wait.", NULL);
	loop->home = fiber_home_new(loop);
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	loop->bell_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (loop->home != NULL && loop->epoll_fd >= 0 && loop->bell_fd >= 0)
		loop->bell = loop_watch(loop, loop->bell_fd, EPOLLIN, bell_rang, loop);
	if (loop->bell == NULL) {
		loop_free(loop);
		return NULL;
	}
	return loop;
}

void
loop_free(struct loop *loop)
{
	int saved = errno;

	if (loop == NULL)
		return;
	assert(running != loop);
	loop_post_run(loop);
	loop_watch_end(loop->bell);
	loop_watch_sweep(loop);
	fiber_home_free(loop->home);
	timer_heap_free(&loop->timers);
	if (loop->bell_fd >= 0)
		close(loop->bell_fd);
	if (loop->epoll_fd >= 0)
		close(loop->epoll_fd);
	pthread_mutex_destroy(&loop->lock);
	free(loop);
	errno = saved;
}

struct loop *
loop_current(void)
{
	return running;
}

void
loop_run(struct loop *loop)
{
	assert(running == NULL);
	running = loop;
	do {
		turn(loop);
	} while (!is_over(loop));
	running = NULL;
}

static void
turn(struct loop *loop)
{
	struct epoll_event events[EVENTS_OF_A_TURN];
	int n = epoll_wait(loop->epoll_fd, events, EVENTS_OF_A_TURN, sleep_ms(loop));
	int64_t begin_us = clock_mono_us();
	int64_t now_ms = begin_us / 1000;

	if (now_ms >= loop->wake_at_ms)
		loop->wake_at_ms = INT64_MAX;
	loop_watch_run(events, n);
	loop_post_run(loop);
	timer_heap_run(&loop->timers, now_ms);
	waits_stop(loop);
	fiber_home_run(loop->home);
	for (unsigned i = 0; i < loop->n_hooks; i++)
		loop->hooks[i].fn(loop->hooks[i].arg);
	late_run(loop);
	loop_watch_sweep(loop);
	metric_time(loop->turns, clock_mono_us() - begin_us);
}

static void
late_run(struct loop *loop)
{
	struct loop_late *late;
	loop_fn *fn;

	while ((late = loop->late) != NULL) {
		loop->late = late->next;
		if (loop->late == NULL)
			loop->late_end = &loop->late;
		fn = late->fn;
		late->fn = NULL;
		fn(late->arg);
	}
}

static int
sleep_ms(struct loop *loop)
{
	int64_t next_ms = timer_heap_next_ms(&loop->timers);
	int64_t left_ms;

	if (fiber_home_is_ready(loop->home) || loop_post_waits(loop) || loop->late != NULL)
		return 0;
	if (loop_is_stopping(loop) && !loop->has_stopped_waits)
		return 0;
	if (loop->wake_at_ms < next_ms)
		next_ms = loop->wake_at_ms;
	if (next_ms == INT64_MAX)
		return -1;
	left_ms = next_ms - clock_mono_ms();
	if (left_ms > LONGEST_SLEEP_MS)
		return LONGEST_SLEEP_MS;
	return left_ms > 0 ? (int)left_ms : 0;
}

static void
bell_rang(void *arg, uint32_t events)
{
	struct loop *loop = arg;
	uint64_t count;
	ssize_t n = read(loop->bell_fd, &count, sizeof(count));

	(void)n, (void)events;
}

bool
loop_is_stopping(const struct loop *loop)
{
	return atomic_load_explicit(&loop->is_stopping, memory_order_acquire);
}

/* Once: a fiber that would wait after this sees by itself that the loop stops. */
static void
waits_stop(struct loop *loop)
{
	if (!loop_is_stopping(loop) || loop->has_stopped_waits)
		return;
	loop->has_stopped_waits = true;
	fiber_home_stop(loop->home);
}

static bool
is_over(struct loop *loop)
{
	return loop_is_stopping(loop) && fiber_home_count(loop->home) == 0 && loop_post_close(loop);
}

void
loop_hook(struct loop *loop, loop_fn *fn, void *arg)
{
	assert(loop->n_hooks < LOOP_MAX_HOOKS);
	loop->hooks[loop->n_hooks++] = (struct hook){fn, arg};
}

void
loop_late(struct loop *loop, struct loop_late *late, loop_fn *fn, void *arg)
{
	if (late->fn != NULL)
		return;
	*late = (struct loop_late){.fn = fn, .arg = arg};
	*loop->late_end = late;
	loop->late_end = &late->next;
}

void
loop_wake_at(struct loop *loop, int64_t at_ms)
{
	if (at_ms < loop->wake_at_ms)
		loop->wake_at_ms = at_ms;
}
