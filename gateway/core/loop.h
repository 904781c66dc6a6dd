/* SPDX-License-Identifier: Apache-2.0
 *
 * One loop per core: an epoll, its timers, its fibers.  Nothing on it blocks.
 *
 * A turn: events and timers call back (they only wake fibers); the ready fibers run; then the hooks
 * run, which send what the fibers left behind (answers of the HTTP daemon; Redis commands, all in
 * one write).  Everything here is called on the loop's own thread, except loop_post() and
 * loop_stop().
 */
#ifndef CORE_LOOP_H
#define CORE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct loop_watch;
typedef void loop_fn(void *arg);
typedef void loop_event_fn(void *arg, uint32_t events); /* EPOLLIN, EPOLLOUT, … */

struct loop *loop_new(void); /* NULL: errno says why */
void loop_free(struct loop *loop);
struct loop *loop_current(void); /* of this thread, while it runs; or NULL */

/* Runs until loop_stop(); then waits end with STOPPING, and it returns when no fiber is left. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop); /* any thread, and signal handlers */
bool loop_is_stopping(const struct loop *loop);

/* Calls fn on the loop's thread, soon.  Any thread.  False once the loop has stopped.  As long as
 * a fiber of the loop is there the loop is, and takes posts. */
bool loop_post(struct loop *loop, loop_fn *fn, void *arg);

/* One watch per file descriptor; events 0 keeps it, asleep.  The fd stays the caller's, who ends
 * the watch before closing it.  NULL where epoll refuses the fd (errno). */
struct loop_watch *loop_watch(
    struct loop *loop, int fd, uint32_t events, loop_event_fn *fn, void *arg);
void loop_watch_change(struct loop_watch *watch, uint32_t events);
void loop_watch_end(struct loop_watch *watch); /* legal inside any callback; NULL is legal */

/* Called at the end of every turn, in order of registration, until the loop ends; at most 16. */
void loop_hook(struct loop *loop, loop_fn *fn, void *arg);

/* Calls fn once at the end of this turn, after all hooks, for sending in one piece what many fibers
 * leave behind: also those that a hook started.  Outside of a turn: of the next.  The struct is the
 * caller's, zero at first, and stays until fn is called; where it is set already nothing happens.
 */
struct loop_late {
	struct loop_late *next;
	loop_fn *fn; /* NULL: not set */
	void *arg;
};
void loop_late(struct loop *loop, struct loop_late *late, loop_fn *fn, void *arg);

/* Asks for another turn no later than at_ms of clock_mono_ms(); for hooks that have a time-out of
 * their own (libmicrohttpd). */
void loop_wake_at(struct loop *loop, int64_t at_ms);

struct timer {
	int64_t at_ms; /* 0: not set */
	loop_fn *fn;
	void *arg;
	unsigned place; /* in the loop's heap */
};
void timer_set(struct loop *loop, struct timer *timer, int64_t at_ms, loop_fn *fn, void *arg);
void timer_end(struct loop *loop, struct timer *timer); /* legal when not set */

#endif
