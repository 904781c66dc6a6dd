/* SPDX-License-Identifier: Apache-2.0
 *
 * The offload pool: a fiber waits, the loop does not.
 */
#include "unit/unit.h"

#include "core/clock.h"
#include "core/fiber.h"
#include "core/offload.h"

#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

static struct loop *loop;
static unsigned n_left, n_begun, stop_at, open_at;
static sem_t gate;

static int
pool_open(void **state)
{
	(void)state;
	n_begun = stop_at = 0;
	open_at = UINT_MAX;
	sem_init(&gate, 0, 0);
	offload_open(2);
	loop = loop_new();
	return loop == NULL;
}

static int
pool_close(void **state)
{
	(void)state;
	loop_free(loop);
	offload_close();
	sem_destroy(&gate);
	return 0;
}

/* A fiber that has work done: at once, or through the gate. */
struct story {
	int64_t ttl_ms;
	bool has_gate, has_fault;
	pthread_t thread;
	atomic_bool ran;
	int r;
};

static void
gate_open(void *arg)
{
	for (uintptr_t n = (uintptr_t)arg; n > 0; n--)
		sem_post(&gate);
}

static void
has_begun(void *arg)
{
	(void)arg;
	if (++n_begun == stop_at)
		loop_stop(loop);
}

static void
work(void *arg)
{
	struct story *story = arg;

	story->thread = pthread_self();
	if (story->has_gate) {
		if (!loop_post(loop, has_begun, NULL))
			abort();
		while (sem_wait(&gate) < 0)
			continue;
	}
	atomic_store(&story->ran, true);
}

static void
story_run(void *arg)
{
	struct story *story = arg;
	struct task task;

	task_open(&task, loop, NULL, story->ttl_ms);
	if (story->has_fault)
		fail(&task, INVALID_GRANT, "before");
	story->r = offload(&task, work, story);
	assert_int_equal(task.fault.code, story->has_fault ? INVALID_GRANT : story->r);
	task_close(&task);
	if (--n_left == open_at)
		gate_open((void *)2);
	if (n_left == 0)
		loop_stop(loop);
}

static void
stories_start(struct story *stories, unsigned n)
{
	n_left = n;
	for (unsigned i = 0; i < n; i++)
		fiber_start(loop, story_run, &stories[i]);
}

static void
work_runs_on_another_thread(void **state)
{
	struct story story = {.ttl_ms = 5000};

	(void)state;
	stories_start(&story, 1);
	loop_run(loop);
	assert_int_equal(story.r, 0);
	assert_true(story.ran);
	assert_false(pthread_equal(story.thread, pthread_self()));
}

static void
outside_of_a_fiber_it_is_called(void **state)
{
	struct story story = {0};
	struct task task;

	(void)state;
	task_open(&task, loop, NULL, 0);
	assert_int_equal(offload(&task, work, &story), 0);
	assert_true(story.ran);
	assert_true(pthread_equal(story.thread, pthread_self()));
	task_close(&task);
}

/* And what the deadline did to the wait leaves no mark on the task, which keeps the fault that it
 * had, or has none.  It begins long before the deadline on a busy machine too. */
static void
work_under_way_is_waited_out(void **state)
{
	struct story stories[2] = {{.ttl_ms = 2000, .has_gate = true, .has_fault = true},
	    {.ttl_ms = 2000, .has_gate = true}};
	struct timer timer = {0};
	int64_t begin_ms = clock_mono_ms();

	(void)state;
	stories_start(stories, 2);
	timer_set(loop, &timer, clock_mono_ms() + 2050, gate_open, (void *)2);
	loop_run(loop);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(stories[i].r, 0);
		assert_true(stories[i].ran);
	}
	assert_true(clock_mono_ms() - begin_ms >= 2050);
}

/* Two hold the threads until the others are told that their deadline is over. */
static void
work_not_begun_is_taken_back(void **state)
{
	struct story stories[6] = {0};

	(void)state;
	for (int i = 0; i < 6; i++) {
		stories[i].ttl_ms = i < 2 ? 60000 : 30;
		stories[i].has_gate = true;
	}
	open_at = 2;
	stories_start(stories, 6);
	loop_run(loop);
	for (int i = 0; i < 2; i++)
		assert_int_equal(stories[i].r, 0);
	for (int i = 2; i < 6; i++) {
		assert_int_equal(stories[i].r, TIMED_OUT);
		assert_false(stories[i].ran);
	}
}

static void
open_when_stopping(void *arg)
{
	static bool is_open;

	(void)arg;
	if (loop_is_stopping(loop) && fiber_count(loop) == 2 && !is_open) {
		is_open = true;
		gate_open((void *)2);
	}
}

static void
stop_takes_back_what_has_not_begun(void **state)
{
	static struct story stories[10];
	int n_done = 0, n_stopped = 0;

	(void)state;
	for (int i = 0; i < 10; i++)
		stories[i] = (struct story){.ttl_ms = 60000, .has_gate = true};
	stop_at = 2;
	stories_start(stories, 10);
	loop_hook(loop, open_when_stopping, NULL);
	loop_run(loop);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(stories[i].ran, stories[i].r == 0);
		n_done += stories[i].r == 0;
		n_stopped += stories[i].r == STOPPING;
	}
	assert_int_equal(n_done, 2);
	assert_int_equal(n_stopped, 8);
}

/* Two threads hold one job each, 256 wait, the others are turned away at once. */
static void
a_full_queue_is_busy(void **state)
{
	static struct story stories[400];
	int n_busy = 0, n_done = 0;

	(void)state;
	for (int i = 0; i < 400; i++)
		stories[i] = (struct story){.ttl_ms = 60000, .has_gate = true};
	stories_start(stories, 400);
	for (int i = 0; i < 400; i++)
		n_busy += stories[i].r == BUSY;
	gate_open((void *)400);
	loop_run(loop);
	for (int i = 0; i < 400; i++)
		n_done += stories[i].r == 0 && stories[i].ran;
	assert_in_range(n_busy, 400 - 256 - 2, 400 - 256);
	assert_int_equal(n_busy + n_done, 400);
}

#define pool_test(fn) cmocka_unit_test_setup_teardown(fn, pool_open, pool_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    pool_test(work_runs_on_another_thread),
	    pool_test(outside_of_a_fiber_it_is_called),
	    pool_test(work_under_way_is_waited_out),
	    pool_test(work_not_begun_is_taken_back),
	    pool_test(stop_takes_back_what_has_not_begun),
	    pool_test(a_full_queue_is_busy),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
