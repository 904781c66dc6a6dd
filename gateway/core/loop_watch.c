/* SPDX-License-Identifier: Apache-2.0
 *
 * File descriptors that a loop watches.
 */
#include "core/loop_inside.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/epoll.h>

struct loop_watch {
	struct loop *loop;
	struct loop_watch *next_ended;
	loop_event_fn *fn;
	void *arg;
	int fd;
	uint32_t events;
};

static bool change(struct loop_watch *watch, uint32_t events);

struct loop_watch *
loop_watch(struct loop *loop, int fd, uint32_t events, loop_event_fn *fn, void *arg)
{
	struct loop_watch *watch = calloc(1, sizeof(*watch));

	if (watch == NULL)
		abort();
	*watch = (struct loop_watch){.loop = loop, .fn = fn, .arg = arg, .fd = fd};
	if (!change(watch, events)) {
		free(watch);
		return NULL;
	}
	return watch;
}

void
loop_watch_change(struct loop_watch *watch, uint32_t events)
{
	bool changed = change(watch, events);

	assert(changed);
}

/* A watch asleep is out of the epoll, which would tell of EPOLLHUP whatever is asked. */
static bool
change(struct loop_watch *watch, uint32_t events)
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

/* An event of this turn may still name it: it is freed at the end of the turn. */
void
loop_watch_end(struct loop_watch *watch)
{
	if (watch == NULL)
		return;
	/* a file descriptor closed too early is out of the epoll already */
	if (!change(watch, 0))
		watch->events = 0;
	watch->next_ended = watch->loop->ended;
	watch->loop->ended = watch;
}

void
loop_watch_run(const struct epoll_event *events, int n)
{
	for (int i = 0; i < n; i++) {
		struct loop_watch *watch = events[i].data.ptr;

		/* an earlier callback of this turn may have ended it or put it to sleep */
		if (watch->events != 0)
			watch->fn(watch->arg, events[i].events);
	}
}

void
loop_watch_sweep(struct loop *loop)
{
	struct loop_watch *watch;

	while ((watch = loop->ended) != NULL) {
		loop->ended = watch->next_ended;
		free(watch);
	}
}
