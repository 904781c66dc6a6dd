/* SPDX-License-Identifier: Apache-2.0
 *
 * Fibers by the thousand: wakes, time-outs, sleeps and ends at random, a stop in the middle, and
 * wakes that come from other threads and other loops.
 */
#include "unit/unit.h"

#include "core/clock.h"
#include "core/fiber.h"
#include "core/random.h"

#include <pthread.h>
#include <stdatomic.h>

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

#define N_FIBERS 1500
#define N_ROUNDS 8

struct member {
	struct wait wait;
};

static struct member crowd[N_FIBERS];
static unsigned n_left, n_timed_out, n_woken, n_stopped, n_early;
static struct timer crowd_timer;

static void
crowd_wake_some(void *arg)
{
	(void)arg;
	for (int i = 0; i < N_FIBERS / 4; i++)
		wait_done(&crowd[random_below(N_FIBERS)].wait);
	timer_set(loop, &crowd_timer, clock_mono_ms() + 2, crowd_wake_some, NULL);
}

static void
child_run(void *arg)
{
	struct task task;

	task_open(&task, loop, NULL, 5);
	if (random_below(2) == 0)
		(void)fiber_sleep(&task, random_below(10));
	++*(unsigned *)arg;
	task_close(&task);
}

static void
crowd_round(struct member *member, struct task *task, unsigned *n_children)
{
	int r;

	member->wait.done = false;
	if (random_below(8) == 0)
		r = fiber_sleep(task, random_below(8));
	else
		r = fiber_wait(task, &member->wait);
	n_woken += r == 0;
	n_timed_out += r == TIMED_OUT;
	n_stopped += r == STOPPING;
	fault_clear(task);
	task->deadline_ms = clock_mono_ms() + random_below(12);
	if (random_below(6) == 0)
		fiber_start(loop, child_run, n_children);
	if (random_below(6) == 0)
		wait_done(&crowd[random_below(N_FIBERS)].wait);
}

static unsigned n_children;

static void
crowd_run(void *arg)
{
	struct member *member = arg;
	struct task task;

	task_open(&task, loop, NULL, random_below(12));
	for (int i = 0; i < N_ROUNDS; i++)
		crowd_round(member, &task, &n_children);
	n_early += !loop_is_stopping(loop);
	task_close(&task);
	if (--n_left == 0)
		loop_stop(loop);
}

static void
crowd_start(void)
{
	n_left = N_FIBERS;
	n_timed_out = n_woken = n_stopped = n_early = n_children = 0;
	memset(crowd, 0, sizeof(crowd));
	for (int i = 0; i < N_FIBERS; i++)
		fiber_start(loop, crowd_run, &crowd[i]);
	timer_set(loop, &crowd_timer, clock_mono_ms() + 1, crowd_wake_some, NULL);
}

static void
a_crowd_wakes_waits_and_ends_at_random(void **state)
{
	(void)state;
	crowd_start();
	loop_run(loop);
	timer_end(loop, &crowd_timer);
	assert_int_equal(n_left, 0);
	assert_int_equal(n_woken + n_timed_out + n_stopped, N_FIBERS * N_ROUNDS);
	assert_true(n_woken > 0 && n_timed_out > 0);
	assert_int_equal(fiber_count(loop), 0);
}

static void
a_crowd_is_stopped_in_the_middle(void **state)
{
	struct timer timer = {0};

	(void)state;
	crowd_start();
	timer_set(loop, &timer, clock_mono_ms() + 15, stop, NULL);
	loop_run(loop);
	timer_end(loop, &crowd_timer);
	timer_end(loop, &timer);
	assert_int_equal(n_left, 0);
	assert_int_equal(n_woken + n_timed_out + n_stopped, N_FIBERS * N_ROUNDS);
	assert_true(n_stopped > 0);
	assert_int_equal(fiber_count(loop), 0);
}

/* Threads that post wakes, as the writer of SQL does, on a loop that runs on a thread of its own.
 */
struct remote {
	struct wait wait;
	int r;
};

static struct remote remotes[400];
static unsigned n_remotes_left;

static void
remote_done(void *arg)
{
	wait_done(&((struct remote *)arg)->wait);
}

static void *
remote_thread(void *arg)
{
	for (size_t i = (size_t)(uintptr_t)arg; i < 400; i += 2) {
		if (!loop_post(loop, remote_done, &remotes[i]))
			abort();
	}
	return NULL;
}

static void
remote_run(void *arg)
{
	struct remote *remote = arg;

	fiber_wait_out(&remote->wait);
	remote->r = 1;
	if (--n_remotes_left == 0)
		loop_stop(loop);
}

static void
start_remotes(void *arg)
{
	(void)arg;
	for (int i = 0; i < 400; i++)
		fiber_start(loop, remote_run, &remotes[i]);
}

static void *
loop_thread(void *arg)
{
	loop_run(arg);
	return NULL;
}

static void
wakes_come_from_other_threads(void **state)
{
	pthread_t threads[3];

	(void)state;
	memset(remotes, 0, sizeof(remotes));
	n_remotes_left = 400;
	assert_true(loop_post(loop, start_remotes, NULL));
	pthread_create(&threads[2], NULL, loop_thread, loop);
	for (uintptr_t i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, remote_thread, (void *)i);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < 400; i++)
		assert_int_equal(remotes[i].r, 1);
}

/* Two loops, each on a thread: fibers of one ask the other and wait for its answer, and one of them
 * stops in the middle. */
#define N_ASKERS 200
#define N_ASKS   20

static struct loop *two[2];
static atomic_uint n_answered, n_refused;
static unsigned n_asking[2];

struct asker {
	struct wait wait;
	unsigned side;
};

static struct asker askers[2][N_ASKERS];

static void
answer(void *arg)
{
	struct asker *asker = arg;

	/* the asker's loop takes posts as long as the asker is there */
	if (!loop_post(two[asker->side], remote_done, &asker->wait))
		abort();
}

static void
ask(void *arg)
{
	struct asker *asker = arg;

	for (int i = 0; i < N_ASKS; i++) {
		asker->wait = (struct wait){0};
		if (!loop_post(two[!asker->side], answer, asker)) {
			atomic_fetch_add(&n_refused, 1);
			continue;
		}
		fiber_wait_out(&asker->wait);
		atomic_fetch_add(&n_answered, 1);
	}
	if (--n_asking[asker->side] == 0)
		loop_stop(two[asker->side]);
}

static void
start_askers(void *arg)
{
	struct asker *first = arg;

	for (int i = 0; i < N_ASKERS; i++)
		fiber_start(two[first->side], ask, &first[i]);
}

static void
two_loops_ask_each_other(void **state)
{
	pthread_t threads[2];

	(void)state;
	atomic_store(&n_answered, 0);
	atomic_store(&n_refused, 0);
	for (unsigned side = 0; side < 2; side++) {
		two[side] = loop_new();
		n_asking[side] = N_ASKERS;
		for (int i = 0; i < N_ASKERS; i++)
			askers[side][i].side = side;
		loop_post(two[side], start_askers, askers[side]);
	}
	for (int side = 0; side < 2; side++)
		pthread_create(&threads[side], NULL, loop_thread, two[side]);
	for (int side = 0; side < 2; side++)
		pthread_join(threads[side], NULL);
	assert_int_equal(n_answered + n_refused, 2 * N_ASKERS * N_ASKS);
	assert_true(n_answered >= N_ASKERS * N_ASKS);
	for (int side = 0; side < 2; side++)
		loop_free(two[side]);
}

#define loop_test(fn) cmocka_unit_test_setup_teardown(fn, loop_open, loop_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    loop_test(a_crowd_wakes_waits_and_ends_at_random),
	    loop_test(a_crowd_is_stopped_in_the_middle),
	    loop_test(wakes_come_from_other_threads),
	    loop_test(two_loops_ask_each_other),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
