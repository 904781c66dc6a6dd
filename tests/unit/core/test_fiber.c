/* SPDX-License-Identifier: Apache-2.0
 *
 * Fibers: waits, time-outs, ends in callbacks, stop.
 */
#include "unit/unit.h"

#include "core/clock.h"
#include "core/fiber.h"
#include "core/fiber_home.h"
#include "core/loop_inside.h"

static struct loop *loop;

static int
loop_open(void **state)
{
	(void)state;
	loop = loop_new();
	return loop == NULL;
}

static int
loop_close(void **state)
{
	(void)state;
	loop_free(loop);
	return 0;
}

static void
stop(void *arg)
{
	(void)arg;
	loop_stop(loop);
}

/* One fiber with a task and a wait that outlives it. */
struct story {
	struct wait wait;
	int64_t ttl_ms, sleep_ms;
	int r, steps;
	bool stops;
	struct story *other;
	struct timer timer;
};

static void
wait_once(void *arg)
{
	struct story *story = arg;
	struct task task;

	task_open(&task, loop, NULL, story->ttl_ms);
	story->steps = 1;
	story->r = fiber_wait(&task, &story->wait);
	assert_int_equal(task.fault.code, story->r);
	story->steps = 2;
	task_close(&task);
	if (story->stops)
		loop_stop(loop);
}

static void
done(void *arg)
{
	struct story *story = arg;

	wait_done(&story->wait);
}

static void
it_runs_at_once_until_its_first_wait(void **state)
{
	struct story story = {.ttl_ms = 60000, .stops = true};

	(void)state;
	assert_null(fiber_current());
	assert_false(fiber_start(loop, wait_once, &story));
	assert_int_equal(story.steps, 1);
	assert_int_equal(fiber_count(loop), 1);
	wait_done(&story.wait);
	assert_int_equal(story.steps, 1); /* ready only */
	loop_run(loop);
	assert_int_equal(story.steps, 2);
	assert_int_equal(story.r, 0);
	assert_int_equal(fiber_count(loop), 0);
}

static void
done_before_the_wait_it_does_not_wait(void **state)
{
	struct story story = {.ttl_ms = 0, .wait.done = true};

	(void)state;
	assert_true(fiber_start(loop, wait_once, &story));
	assert_int_equal(story.steps, 2);
	assert_int_equal(story.r, 0);
}

static void
the_deadline_ends_a_wait(void **state)
{
	struct story story = {.ttl_ms = 20, .stops = true};
	int64_t begin_ms = clock_mono_ms();

	(void)state;
	fiber_start(loop, wait_once, &story);
	loop_run(loop);
	assert_int_equal(story.r, TIMED_OUT);
	assert_in_range(clock_mono_ms() - begin_ms, 20, 30000);
	/* the other side comes late, to nobody */
	assert_null(story.wait.fiber);
	wait_done(&story.wait);
}

static void
past_the_deadline_it_does_not_wait(void **state)
{
	struct story story = {.ttl_ms = -1};

	(void)state;
	assert_true(fiber_start(loop, wait_once, &story));
	assert_int_equal(story.r, TIMED_OUT);
}

static void
stop_ends_all_waits(void **state)
{
	struct story stories[100] = {0};
	struct timer timer = {0};

	(void)state;
	for (int i = 0; i < 100; i++) {
		stories[i].ttl_ms = 60000;
		fiber_start(loop, wait_once, &stories[i]);
	}
	timer_set(loop, &timer, clock_mono_ms() + 10, stop, NULL);
	loop_run(loop);
	for (int i = 0; i < 100; i++)
		assert_int_equal(stories[i].r, STOPPING);
}

static void
wait_twice(void *arg)
{
	struct story *story = arg;
	struct task task;

	task_open(&task, loop, NULL, 60000);
	story->r = fiber_wait(&task, &story->wait);
	story->steps++;
	story->r += fiber_wait(&task, &story->wait);
	story->steps++;
	story->r += fiber_sleep(&task, 60000);
	task_close(&task);
}

static void
after_stop_every_wait_ends_at_once(void **state)
{
	struct story story = {0};

	(void)state;
	fiber_start(loop, wait_twice, &story);
	loop_stop(loop);
	loop_run(loop);
	assert_int_equal(story.steps, 2);
	assert_int_equal(story.r, 3 * STOPPING);
}

static void
wait_it_out(void *arg)
{
	struct story *story = arg;

	story->steps = 1;
	fiber_wait_out(&story->wait);
	story->steps = 2;
}

static unsigned n_hooks;

static void
count_hook(void *arg)
{
	(void)arg;
	n_hooks++;
}

static void
a_wait_out_outlasts_stop_and_hooks_still_run(void **state)
{
	struct story story = {0};
	struct timer timer = {0};
	int64_t begin_ms = clock_mono_ms();

	(void)state;
	n_hooks = 0;
	loop_hook(loop, count_hook, NULL);
	fiber_start(loop, wait_it_out, &story);
	timer_set(loop, &timer, begin_ms + 30, done, &story);
	loop_stop(loop);
	loop_run(loop);
	assert_int_equal(story.steps, 2);
	assert_in_range(clock_mono_ms() - begin_ms, 30, 30000);
	assert_true(n_hooks >= 2);
}

static void
sleep_once(void *arg)
{
	struct story *story = arg;
	struct task task;

	task_open(&task, loop, NULL, story->ttl_ms);
	story->r = fiber_sleep(&task, story->sleep_ms);
	assert_int_equal(task.fault.code, story->r);
	task_close(&task);
	loop_stop(loop);
}

static int64_t
sleep_story(int64_t ttl_ms, int64_t sleep_ms, int *ret_r)
{
	struct story story = {.ttl_ms = ttl_ms, .sleep_ms = sleep_ms, .r = 99};
	int64_t begin_ms = clock_mono_ms();

	fiber_start(loop, sleep_once, &story);
	loop_run(loop);
	*ret_r = story.r;
	return clock_mono_ms() - begin_ms;
}

static void
a_sleep_takes_its_time(void **state)
{
	int r;

	(void)state;
	assert_in_range(sleep_story(60000, 25, &r), 25, 30000);
	assert_int_equal(r, 0);
}

static void
a_sleep_ends_at_the_deadline(void **state)
{
	int r;

	(void)state;
	assert_in_range(sleep_story(25, 60000, &r), 25, 30000);
	assert_int_equal(r, TIMED_OUT);
}

/* Deadline and done in the same turn: what is there is taken. */
static void
done_after_the_time_out_but_before_it_runs(void **state)
{
	struct story story = {.ttl_ms = 300, .stops = true};

	(void)state;
	fiber_start(loop, wait_once, &story);
	usleep(310000);
	timer_set(loop, &story.timer, clock_mono_ms(), done, &story);
	loop_run(loop);
	assert_int_equal(story.r, 0);
}

static int depth_reached;

static void
start_deeper(void *arg)
{
	int depth = *(int *)arg + 1;
	struct fiber *self = fiber_current();

	assert_non_null(self);
	depth_reached = depth;
	if (depth < 50)
		assert_true(fiber_start(loop, start_deeper, &depth));
	assert_ptr_equal(fiber_current(), self);
}

static void
fibers_start_fibers(void **state)
{
	int depth = 0;

	(void)state;
	assert_true(fiber_start(loop, start_deeper, &depth));
	assert_int_equal(depth_reached, 50);
	assert_null(fiber_current());
	assert_int_equal(fiber_count(loop), 0);
}

static void
start_a_waiter_then_wait(void *arg)
{
	struct story *story = arg;

	assert_false(fiber_start(loop, wait_once, story->other));
	assert_int_equal(story->other->steps, 1);
	wait_once(story);
	wait_done(&story->other->wait);
}

static void
a_fiber_starts_another_and_wakes_it(void **state)
{
	struct story inner = {.ttl_ms = 60000, .stops = true};
	struct story outer = {.ttl_ms = 60000, .other = &inner};

	(void)state;
	assert_false(fiber_start(loop, start_a_waiter_then_wait, &outer));
	assert_int_equal(fiber_count(loop), 2);
	assert_true(loop_post(loop, done, &outer));
	loop_run(loop);
	assert_int_equal(outer.r, 0);
	assert_int_equal(inner.r, 0);
	assert_int_equal(inner.steps, 2);
}

static void
free_at_the_end(void *arg)
{
	struct story *story = arg;

	wait_once(story);
	free(story);
}

/* As a store does: it keeps a pointer to the wait and forgets it when it has called. */
static void
what_a_fiber_frees_at_its_end_nobody_touches(void **state)
{
	struct timer end = {0};

	(void)state;
	for (int i = 0; i < 100; i++) {
		struct story *story = calloc(1, sizeof(*story));
		bool is_over;

		story->ttl_ms = i % 2 == 0 ? 5 : 60000;
		is_over = fiber_start(loop, free_at_the_end, story);
		/* On a busy machine 5 ms may pass before the wait. */
		if (i % 2 == 0)
			continue;
		assert_false(is_over);
		loop_post(loop, done, story);
	}
	timer_set(loop, &end, clock_mono_ms() + 40, stop, NULL);
	loop_run(loop);
	assert_int_equal(fiber_count(loop), 0);
}

static struct timer look_again;

static void
stop_when_trimmed(void *arg)
{
	(void)arg;
	if (fiber_home_idle(loop->home) <= 390)
		loop_stop(loop);
	else
		timer_set(loop, &look_again, clock_mono_ms() + 20, stop_when_trimmed, NULL);
}

static void
stacks_that_lie_idle_go_back(void **state)
{
	static struct story stories[400];

	(void)state;
	for (int i = 0; i < 400; i++) {
		stories[i] = (struct story){.ttl_ms = 1};
		fiber_start(loop, wait_once, &stories[i]);
	}
	timer_set(loop, &look_again, clock_mono_ms() + 500, stop_when_trimmed, NULL);
	loop_run(loop);
	assert_in_range(fiber_home_idle(loop->home), 64, 390);
}

static void
use_stack(void *arg)
{
	volatile char room[64 << 10];

	for (size_t i = 0; i < sizeof(room); i += 1024)
		room[i] = (char)i;
	*(int *)arg += room[1024] == 0;
}

static void
a_stack_holds_64_kib(void **state)
{
	int n = 0;

	(void)state;
	for (int i = 0; i < 600; i++)
		assert_true(fiber_start(loop, use_stack, &n));
	assert_int_equal(n, 600);
}

static unsigned
overflow(unsigned n)
{
	volatile char room[4096];

	room[0] = (char)n;
	return n == 0 ? 0 : overflow(n - 1) + (unsigned)room[0];
}

static void
overflow_start(void *arg)
{
	signal(SIGSEGV, SIG_DFL);
	*(unsigned *)arg = overflow(200);
}

static void
an_overflow_hits_the_guard(void **state)
{
	unsigned result = 0;
	int status = 0;
	pid_t child;

	(void)state;
#if defined(__SANITIZE_THREAD__)
	puts("skipped: ThreadSanitizer takes the signal of the guard page for its own");
	skip();
#endif
	child = fork();
	if (child == 0) {
		close(STDERR_FILENO);
		fiber_start(loop, overflow_start, &result);
		_exit(0);
	}
	waitpid(child, &status, 0);
	assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

#define loop_test(fn) cmocka_unit_test_setup_teardown(fn, loop_open, loop_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    loop_test(it_runs_at_once_until_its_first_wait),
	    loop_test(done_before_the_wait_it_does_not_wait),
	    loop_test(the_deadline_ends_a_wait),
	    loop_test(past_the_deadline_it_does_not_wait),
	    loop_test(stop_ends_all_waits),
	    loop_test(after_stop_every_wait_ends_at_once),
	    loop_test(a_wait_out_outlasts_stop_and_hooks_still_run),
	    loop_test(a_sleep_takes_its_time),
	    loop_test(a_sleep_ends_at_the_deadline),
	    loop_test(done_after_the_time_out_but_before_it_runs),
	    loop_test(fibers_start_fibers),
	    loop_test(a_fiber_starts_another_and_wakes_it),
	    loop_test(what_a_fiber_frees_at_its_end_nobody_touches),
	    loop_test(stacks_that_lie_idle_go_back),
	    loop_test(a_stack_holds_64_kib),
	    loop_test(an_overflow_hits_the_guard),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
