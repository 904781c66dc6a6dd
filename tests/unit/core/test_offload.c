/* SPDX-License-Identifier: Apache-2.0
 *
 * The offload pool: a fiber waits, the loop does not.
 */
#include "unit/unit.h"

#include "core/clock.h"
#include "core/fiber.h"
#include "core/offload.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

static struct loop *loop;
static unsigned n_left;

static int
pool_open(void **state)
{
	(void)state;
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
	return 0;
}

struct job_story {
	int64_t ttl_ms;
	useconds_t work_us;
	pthread_t thread;
	atomic_bool ran;
	int r;
};

static void
work(void *arg)
{
	struct job_story *story = arg;

	story->thread = pthread_self();
	usleep(story->work_us);
	atomic_store(&story->ran, true);
}

static void
run_story(void *arg)
{
	struct job_story *story = arg;
	struct task task;

	task_open(&task, loop, NULL, story->ttl_ms);
	story->r = offload(&task, work, story);
	assert_int_equal(task.fault.code, story->r);
	task_close(&task);
	if (--n_left == 0)
		loop_stop(loop);
}

static void
stories_run(struct job_story *stories, unsigned n)
{
	n_left = n;
	for (unsigned i = 0; i < n; i++)
		fiber_start(loop, run_story, &stories[i]);
	loop_run(loop);
}

static void
work_runs_on_another_thread(void **state)
{
	struct job_story story = {.ttl_ms = 5000};

	(void)state;
	stories_run(&story, 1);
	assert_int_equal(story.r, 0);
	assert_true(story.ran);
	assert_false(pthread_equal(story.thread, pthread_self()));
}

static void
outside_of_a_fiber_it_is_called(void **state)
{
	struct job_story story = {0};
	struct task task;

	(void)state;
	task_open(&task, loop, NULL, 0);
	assert_int_equal(offload(&task, work, &story), 0);
	assert_true(story.ran);
	assert_true(pthread_equal(story.thread, pthread_self()));
	task_close(&task);
}

static void
work_under_way_is_waited_out(void **state)
{
	struct job_story story = {.ttl_ms = 20, .work_us = 80000};

	(void)state;
	stories_run(&story, 1);
	assert_int_equal(story.r, 0);
	assert_true(story.ran);
}

static void
work_not_begun_is_taken_back(void **state)
{
	struct job_story stories[6] = {0};

	(void)state;
	for (int i = 0; i < 6; i++) {
		stories[i].ttl_ms = i < 2 ? 5000 : 30;
		stories[i].work_us = 150000;
	}
	stories_run(stories, 6);
	for (int i = 0; i < 2; i++)
		assert_int_equal(stories[i].r, 0);
	for (int i = 2; i < 6; i++) {
		assert_int_equal(stories[i].r, TIMED_OUT);
		assert_false(stories[i].ran);
	}
}

static void
stop_soon(void *arg)
{
	(void)arg;
	loop_stop(loop);
}

static void
stop_takes_back_what_has_not_begun(void **state)
{
	static struct job_story stories[10];
	struct timer timer = {0};
	int n_done = 0, n_stopped = 0;

	(void)state;
	for (int i = 0; i < 10; i++)
		stories[i] = (struct job_story){.ttl_ms = 60000, .work_us = 60000};
	timer_set(loop, &timer, clock_mono_ms() + 20, stop_soon, NULL);
	stories_run(stories, 10);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(stories[i].ran, stories[i].r == 0);
		n_done += stories[i].r == 0;
		n_stopped += stories[i].r == STOPPING;
	}
	assert_int_equal(n_done + n_stopped, 10);
	assert_true(n_done >= 2 && n_stopped >= 6);
}

static sem_t gate;

static void
pass_gate(void *arg)
{
	while (sem_wait(&gate) < 0)
		continue;
	atomic_store((atomic_bool *)arg, true);
}

struct gate_story {
	atomic_bool ran;
	int r;
};

static void
run_to_gate(void *arg)
{
	struct gate_story *story = arg;
	struct task task;

	task_open(&task, loop, NULL, 60000);
	story->r = offload(&task, pass_gate, &story->ran);
	task_close(&task);
	if (--n_left == 0)
		loop_stop(loop);
}

/* Two threads hold one job each, 256 wait, the others are turned away at once. */
static void
a_full_queue_is_busy(void **state)
{
	static struct gate_story stories[400];
	int n_busy = 0, n_done = 0;

	(void)state;
	sem_init(&gate, 0, 0);
	n_left = 400;
	for (int i = 0; i < 400; i++)
		fiber_start(loop, run_to_gate, &stories[i]);
	for (int i = 0; i < 400; i++) {
		n_busy += stories[i].r == BUSY;
		sem_post(&gate);
	}
	loop_run(loop);
	for (int i = 0; i < 400; i++)
		n_done += stories[i].r == 0 && stories[i].ran;
	assert_in_range(n_busy, 400 - 256 - 2, 400 - 256);
	assert_int_equal(n_busy + n_done, 400);
	sem_destroy(&gate);
}

static void
a_fault_of_before_stays(void *arg)
{
	struct job_story *story = arg;
	struct task task;

	task_open(&task, loop, NULL, 10);
	fail(&task, INVALID_GRANT, "before");
	story->r = offload(&task, work, story);
	assert_int_equal(task.fault.code, INVALID_GRANT);
	task_close(&task);
	loop_stop(loop);
}

static void
waiting_out_does_not_touch_the_fault(void **state)
{
	struct job_story story = {.work_us = 50000};

	(void)state;
	fiber_start(loop, a_fault_of_before_stays, &story);
	loop_run(loop);
	assert_int_equal(story.r, 0);
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
	    pool_test(waiting_out_does_not_touch_the_fault),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
