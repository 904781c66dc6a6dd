/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the loop share: loop.c turns, loop_watch.c and loop_post.c are two of its ears,
 * timer.c and fiber.c keep their own part of it.
 */
#ifndef CORE_LOOP_INSIDE_H
#define CORE_LOOP_INSIDE_H

#include "core/loop.h"

#include <pthread.h>
#include <stdatomic.h>

#define LOOP_MAX_HOOKS 16

struct epoll_event;
struct fiber_home;
struct metric;
struct post;

struct timer_heap {
	struct timer **at; /* at[0] is the next one */
	unsigned n, size;
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
	struct loop_late *late, **late_end;
	int64_t wake_at_ms; /* INT64_MAX: nobody asked */
	atomic_bool is_stopping;
	bool has_stopped_waits;
	struct metric *turns; /* how long the loop was not asleep */

	pthread_mutex_t lock; /* of all that follows */
	struct post *posts, **posts_end;
	bool is_closed;
};

void loop_watch_run(const struct epoll_event *events, int n); /* calls back */
void loop_watch_sweep(struct loop *loop);                     /* frees those that ended */

void loop_post_run(struct loop *loop); /* those that are there now */
bool loop_post_waits(struct loop *loop);
bool loop_post_close(struct loop *loop); /* false: one has come meanwhile */

int64_t timer_heap_next_ms(const struct timer_heap *heap); /* INT64_MAX: none */
void timer_heap_run(struct timer_heap *heap, int64_t now_ms);
void timer_heap_free(struct timer_heap *heap);

#endif
