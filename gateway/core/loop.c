/* SPDX-License-Identifier: Apache-2.0
 *
 * The loop (see loop.h): an epoll, an eventfd that other threads ring, timers, fibers, hooks.
 */
#include "core/loop.h"

#include "core/clock.h"
#include "core/fiber_home.h"
#include "core/loop_inside.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define EVENTS_OF_A_TURN 128
#define LONGEST_SLEEP_MS 60000
#define LOOP_MAX_HOOKS   16

struct loop_watch {
	struct loop *loop;
	struct loop_watch *next_ended;
	loop_event_fn *fn;
	void *arg;
	int fd;
	uint32_t events;
};

struct post {
	struct post *next;
	loop_fn *fn;
	void *arg;
};

struct hook {
	loop_fn *fn;
	void *arg;
};

struct loop {
	int epoll_fd, bell_fd;
	struct loop_watch *bell;
	struct loop_watch *ended; /* freed when no event of this turn can name them */
	struct timer_heap timers;
	struct fiber_home *home;
	struct hook hooks[LOOP_MAX_HOOKS];
	unsigned n_hooks;
	int64_t wake_at_ms; /* INT64_MAX: nobody asked */
	atomic_bool is_stopping;
	bool has_stopped_fibers;

	pthread_mutex_t lock; /* of all that follows */
	struct post *posts, **posts_end;
	bool is_closed;
};

static _Thread_local struct loop *running;

static void bell_ring(struct loop *loop);
static void bell_rang(void *loop, uint32_t events);
static void turn(struct loop *loop);
static int sleep_ms(struct loop *loop);
static void events_run(const struct epoll_event *events, int n);
static void posts_run(struct loop *loop);
static bool posts_are_there(struct loop *loop);
static bool watch_change(struct loop_watch *watch, uint32_t events);
static void ended_free(struct loop *loop);
static bool is_over(struct loop *loop);

struct loop *
loop_new(void)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (loop == NULL)
		return NULL;
	pthread_mutex_init(&loop->lock, NULL);
	loop->posts_end = &loop->posts;
	loop->wake_at_ms = INT64_MAX;
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
	posts_run(loop);
	loop_watch_end(loop->bell);
	ended_free(loop);
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
	int64_t now_ms = clock_mono_ms();

	if (now_ms >= loop->wake_at_ms)
		loop->wake_at_ms = INT64_MAX;
	events_run(events, n);
	posts_run(loop);
	timer_heap_run(&loop->timers, now_ms);
	if (loop_is_stopping(loop) && !loop->has_stopped_fibers) {
		loop->has_stopped_fibers = true;
		fiber_home_stop(loop->home);
	}
	fiber_home_run(loop->home);
	for (unsigned i = 0; i < loop->n_hooks; i++)
		loop->hooks[i].fn(loop->hooks[i].arg);
	ended_free(loop);
}

static int
sleep_ms(struct loop *loop)
{
	int64_t next_ms = timer_heap_next_ms(&loop->timers);
	int64_t left_ms;

	if (fiber_home_is_ready(loop->home) || posts_are_there(loop))
		return 0;
	if (loop_is_stopping(loop) && !loop->has_stopped_fibers)
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
events_run(const struct epoll_event *events, int n)
{
	for (int i = 0; i < n; i++) {
		struct loop_watch *watch = events[i].data.ptr;

		/* an earlier callback of this turn may have ended it or put it to sleep */
		if (watch->events != 0)
			watch->fn(watch->arg, events[i].events);
	}
}

static bool
is_over(struct loop *loop)
{
	bool over;

	if (!loop_is_stopping(loop) || fiber_home_count(loop->home) > 0)
		return false;
	pthread_mutex_lock(&loop->lock);
	over = loop->is_closed = loop->posts == NULL;
	pthread_mutex_unlock(&loop->lock);
	return over;
}

void
loop_stop(struct loop *loop)
{
	atomic_store(&loop->is_stopping, true);
	bell_ring(loop);
}

bool
loop_is_stopping(const struct loop *loop)
{
	return atomic_load_explicit(&loop->is_stopping, memory_order_acquire);
}

static void
bell_ring(struct loop *loop)
{
	uint64_t one = 1;
	int saved = errno; /* signal handlers come here */
	ssize_t n = write(loop->bell_fd, &one, sizeof(one));

	(void)n; /* only a bell that rings already refuses */
	errno = saved;
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
loop_post(struct loop *loop, loop_fn *fn, void *arg)
{
	struct post *post = malloc(sizeof(*post));
	bool was_empty, is_closed;

	if (post == NULL)
		abort();
	*post = (struct post){NULL, fn, arg};
	pthread_mutex_lock(&loop->lock);
	was_empty = loop->posts == NULL;
	is_closed = loop->is_closed;
	if (!is_closed) {
		*loop->posts_end = post;
		loop->posts_end = &post->next;
		/* inside the lock: once it is let go the loop may end and be freed */
		if (was_empty && running != loop)
			bell_ring(loop);
	}
	pthread_mutex_unlock(&loop->lock);
	if (is_closed)
		free(post);
	return !is_closed;
}

/* Those that are there now; what they post comes in the next turn. */
static void
posts_run(struct loop *loop)
{
	struct post *post, *next;

	pthread_mutex_lock(&loop->lock);
	post = loop->posts;
	loop->posts = NULL;
	loop->posts_end = &loop->posts;
	pthread_mutex_unlock(&loop->lock);
	for (; post != NULL; post = next) {
		next = post->next;
		post->fn(post->arg);
		free(post);
	}
}

static bool
posts_are_there(struct loop *loop)
{
	bool there;

	pthread_mutex_lock(&loop->lock);
	there = loop->posts != NULL;
	pthread_mutex_unlock(&loop->lock);
	return there;
}

struct loop_watch *
loop_watch(struct loop *loop, int fd, uint32_t events, loop_event_fn *fn, void *arg)
{
	struct loop_watch *watch = calloc(1, sizeof(*watch));

	if (watch == NULL)
		abort();
	*watch = (struct loop_watch){.loop = loop, .fn = fn, .arg = arg, .fd = fd};
	if (!watch_change(watch, events)) {
		free(watch);
		return NULL;
	}
	return watch;
}

void
loop_watch_change(struct loop_watch *watch, uint32_t events)
{
	bool changed = watch_change(watch, events);

	assert(changed);
}

/* A watch asleep is out of the epoll, which would tell of EPOLLHUP whatever is asked. */
static bool
watch_change(struct loop_watch *watch, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = watch};
	int how = EPOLL_CTL_MOD;

	if (events == watch->events)
		return true;
	if (watch->events == 0)
		how = EPOLL_CTL_ADD;
	else if (events == 0)
		how = EPOLL_CTL_DEL;
	if (epoll_ctl(watch->loop->epoll_fd, how, watch->fd, &event) < 0)
		return false;
	watch->events = events;
	return true;
}

void
loop_watch_end(struct loop_watch *watch)
{
	if (watch == NULL)
		return;
	/* a file descriptor closed too early is out of the epoll already */
	if (!watch_change(watch, 0))
		watch->events = 0;
	watch->next_ended = watch->loop->ended;
	watch->loop->ended = watch;
}

static void
ended_free(struct loop *loop)
{
	struct loop_watch *watch;

	while ((watch = loop->ended) != NULL) {
		loop->ended = watch->next_ended;
		free(watch);
	}
}

void
loop_hook(struct loop *loop, loop_fn *fn, void *arg)
{
	assert(loop->n_hooks < LOOP_MAX_HOOKS);
	loop->hooks[loop->n_hooks++] = (struct hook){fn, arg};
}

void
loop_wake_at(struct loop *loop, int64_t at_ms)
{
	if (at_ms < loop->wake_at_ms)
		loop->wake_at_ms = at_ms;
}

struct fiber_home *
loop_home(const struct loop *loop)
{
	return loop->home;
}

struct timer_heap *
loop_timers(struct loop *loop)
{
	return &loop->timers;
}
