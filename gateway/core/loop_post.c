/* SPDX-License-Identifier: Apache-2.0
 *
 * What other threads ask a loop to call, and the bell that wakes it.
 */
#include "core/loop_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct post {
	struct post *next;
	loop_fn *fn;
	void *arg;
};

static void bell_ring(struct loop *loop);

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
		if (was_empty && loop_current() != loop)
			bell_ring(loop);
	}
	pthread_mutex_unlock(&loop->lock);
	if (is_closed)
		free(post);
	return !is_closed;
}

void
loop_stop(struct loop *loop)
{
	atomic_store(&loop->is_stopping, true);
	bell_ring(loop);
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

/* What these post comes in the next turn. */
void
loop_post_run(struct loop *loop)
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

bool
loop_post_waits(struct loop *loop)
{
	bool waits;

	pthread_mutex_lock(&loop->lock);
	waits = loop->posts != NULL;
	pthread_mutex_unlock(&loop->lock);
	return waits;
}

bool
loop_post_close(struct loop *loop)
{
	bool is_closed;

	pthread_mutex_lock(&loop->lock);
	is_closed = loop->is_closed = loop->posts == NULL;
	pthread_mutex_unlock(&loop->lock);
	return is_closed;
}
