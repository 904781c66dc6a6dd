/* SPDX-License-Identifier: Apache-2.0
 *
 * The loop: watches, timers, hooks, posts, stop.
 */
#include "unit/unit.h"

#include "core/buf.h"
#include "core/clock.h"
#include "core/loop.h"
#include "core/metrics.h"
#include "core/random.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/socket.h>

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
	assert_ptr_equal(loop_current(), loop);
	loop_stop(loop);
}

static void
stopped_before_it_runs_it_ends(void **state)
{
	(void)state;
	loop_stop(loop);
	loop_run(loop);
	assert_null(loop_current());
	assert_false(loop_post(loop, stop, NULL));
}

static void
a_timer_stops_it(void **state)
{
	struct timer timer = {0};
	int64_t begin_ms = clock_mono_ms();

	(void)state;
	timer_set(loop, &timer, begin_ms + 20, stop, NULL);
	loop_run(loop);
	assert_in_range(clock_mono_ms() - begin_ms, 20, 20000);
	assert_int_equal(timer.at_ms, 0);
}

static int64_t last_ms;
static int n_fired;

static void
fired_in_order(void *arg)
{
	int64_t at_ms = *(int64_t *)arg;

	assert_true(at_ms >= last_ms);
	assert_true(clock_mono_ms() >= at_ms);
	last_ms = at_ms;
	n_fired++;
}

static void
timers_fire_in_order_and_ended_ones_never(void **state)
{
	static struct timer timers[2000], end;
	static int64_t at_ms[2000];
	int64_t now_ms = clock_mono_ms();
	int n_ended = 0;

	(void)state;
	last_ms = 0;
	n_fired = 0;
	for (int i = 0; i < 2000; i++) {
		at_ms[i] = now_ms + random_below(60);
		timer_set(loop, &timers[i], at_ms[i], fired_in_order, &at_ms[i]);
	}
	for (int i = 0; i < 2000; i += 3) {
		at_ms[i] = now_ms + random_below(60);
		timer_set(loop, &timers[i], at_ms[i], fired_in_order, &at_ms[i]);
	}
	for (int i = 1; i < 2000; i += 5, n_ended++) {
		timer_end(loop, &timers[i]);
		timer_end(loop, &timers[i]);
	}
	timer_set(loop, &end, now_ms + 80, stop, NULL);
	loop_run(loop);
	assert_int_equal(n_fired, 2000 - n_ended);
}

static struct timer again;
static int n_again;

static void
set_again(void *arg)
{
	(void)arg;
	if (++n_again == 5)
		loop_stop(loop);
	timer_set(loop, &again, 0, set_again, NULL);
}

static void
a_timer_that_sets_itself_does_not_hold_the_turn(void **state)
{
	(void)state;
	n_again = 0;
	timer_set(loop, &again, 1, set_again, NULL);
	loop_run(loop);
	assert_int_equal(n_again, 5);
	timer_end(loop, &again);
}

struct pipe {
	int ends[2];
	struct loop_watch *watch;
	int n_called;
	uint32_t events;
};

static void
pipe_called(void *arg, uint32_t events)
{
	struct pipe *pipe = arg;
	char c;

	pipe->n_called++;
	pipe->events = events;
	if (read(pipe->ends[0], &c, 1) <= 0 || c == 'z')
		loop_stop(loop);
}

static void
pipe_open(struct pipe *pipe)
{
	*pipe = (struct pipe){0};
	assert_int_equal(pipe2(pipe->ends, O_NONBLOCK | O_CLOEXEC), 0);
	pipe->watch = loop_watch(loop, pipe->ends[0], EPOLLIN, pipe_called, pipe);
	assert_non_null(pipe->watch);
}

static void
pipe_close(struct pipe *pipe)
{
	loop_watch_end(pipe->watch);
	close(pipe->ends[0]);
	close(pipe->ends[1]);
}

static void
a_watch_is_called_while_there_is_something(void **state)
{
	struct pipe pipe;

	(void)state;
	pipe_open(&pipe);
	assert_int_equal(write(pipe.ends[1], "abz", 3), 3);
	loop_run(loop);
	assert_int_equal(pipe.n_called, 3);
	assert_int_equal(pipe.events, EPOLLIN);
	pipe_close(&pipe);
}

static void
a_watch_asleep_is_not_called_even_at_hang_up(void **state)
{
	struct timer timer = {0};
	struct pipe pipe;

	(void)state;
	pipe_open(&pipe);
	loop_watch_change(pipe.watch, 0);
	assert_int_equal(write(pipe.ends[1], "a", 1), 1);
	close(pipe.ends[1]);
	timer_set(loop, &timer, clock_mono_ms() + 10, stop, NULL);
	loop_run(loop);
	assert_int_equal(pipe.n_called, 0);
	pipe.ends[1] = dup(pipe.ends[0]);
	pipe_close(&pipe);
}

static void
a_watch_awake_again_is_called(void **state)
{
	struct pipe pipe;

	(void)state;
	pipe_open(&pipe);
	assert_int_equal(write(pipe.ends[1], "z", 1), 1);
	loop_watch_change(pipe.watch, 0);
	loop_watch_change(pipe.watch, EPOLLIN);
	loop_run(loop);
	assert_int_equal(pipe.n_called, 1);
	pipe_close(&pipe);
}

static struct pipe pair[2];

static void
end_both(void *arg, uint32_t events)
{
	(void)arg, (void)events;
	pair[0].n_called++;
	for (int i = 0; i < 2; i++) {
		loop_watch_end(pair[i].watch);
		pair[i].watch = NULL;
	}
	loop_stop(loop);
}

static void
a_watch_may_end_itself_and_the_next(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		pair[i].n_called = 0;
		assert_int_equal(pipe2(pair[i].ends, O_NONBLOCK | O_CLOEXEC), 0);
		pair[i].watch = loop_watch(loop, pair[i].ends[0], EPOLLIN, end_both, NULL);
		assert_int_equal(write(pair[i].ends[1], "a", 1), 1);
	}
	loop_run(loop);
	assert_int_equal(pair[0].n_called, 1);
	for (int i = 0; i < 2; i++)
		pipe_close(&pair[i]);
}

static void
a_file_cannot_be_watched(void **state)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	assert_null(loop_watch(loop, fd, EPOLLIN, pipe_called, NULL));
	assert_int_equal(errno, EPERM);
	close(fd);
}

static int hook_order[100], n_hooked;

static void
hook(void *arg)
{
	if (n_hooked < 100)
		hook_order[n_hooked++] = *(int *)arg;
}

static void
stop_at_third(void *arg)
{
	int *n = arg;

	if (++*n == 3)
		loop_stop(loop);
	loop_wake_at(loop, clock_mono_ms());
}

static void
hooks_run_each_turn_in_order(void **state)
{
	static int one = 1, two = 2, n;

	(void)state;
	n_hooked = n = 0;
	loop_hook(loop, hook, &one);
	loop_hook(loop, hook, &two);
	loop_hook(loop, stop_at_third, &n);
	loop_wake_at(loop, clock_mono_ms());
	loop_run(loop);
	assert_int_equal(n, 3);
	assert_int_equal(n_hooked, 6);
	for (int i = 0; i < 6; i++)
		assert_int_equal(hook_order[i], i % 2 + 1);
}

static struct loop_late late_one, late_two;

static void
late(void *arg)
{
	hook(arg);
	if (n_hooked == 6)
		loop_stop(loop);
}

/* A hook that leaves something behind, as the HTTP daemon's fibers do. */
static void
hook_leaves(void *arg)
{
	static int five = 5, six = 6;

	hook(arg);
	loop_late(loop, &late_two, late, &six);
	loop_late(loop, &late_one, late, &five); /* set already, but in the second turn */
	loop_wake_at(loop, clock_mono_ms());
}

static void
late_comes_once_after_all_hooks(void **state)
{
	static int one = 1, two = 2;
	static const int wanted[] = {1, 2, 6, 1, 6, 5};

	(void)state;
	n_hooked = 0;
	loop_late(loop, &late_one, late, &two); /* before the loop runs: in its first turn */
	loop_hook(loop, hook_leaves, &one);
	loop_run(loop);
	assert_int_equal(n_hooked, 6);
	for (int i = 0; i < 6; i++)
		assert_int_equal(hook_order[i], wanted[i]);
}

static void
wake_at_is_the_earliest_asked(void **state)
{
	static int n;
	int64_t begin_ms = clock_mono_ms();

	(void)state;
	n = 2;
	loop_hook(loop, stop_at_third, &n);
	loop_wake_at(loop, begin_ms + 30);
	loop_wake_at(loop, begin_ms + 60000);
	loop_run(loop);
	assert_in_range(clock_mono_ms() - begin_ms, 30, 30000);
}

#define N_POSTERS 4
#define N_POSTS   5000

static unsigned n_posted[N_POSTERS], n_threads_done;

static void
posted(void *arg)
{
	unsigned *number = arg;

	assert_int_equal(number[1], n_posted[number[0]]);
	n_posted[number[0]]++;
	free(number);
}

static void
thread_done(void *arg)
{
	(void)arg;
	if (++n_threads_done == N_POSTERS)
		loop_stop(loop);
}

static void *
post_many(void *arg)
{
	for (unsigned i = 0; i < N_POSTS; i++) {
		unsigned *number = malloc(2 * sizeof(*number));

		number[0] = *(unsigned *)arg;
		number[1] = i;
		if (!loop_post(loop, posted, number))
			abort();
	}
	if (!loop_post(loop, thread_done, NULL))
		abort();
	return NULL;
}

static void
posts_of_many_threads_come_all_and_in_order(void **state)
{
	pthread_t threads[N_POSTERS];
	unsigned numbers[N_POSTERS];

	(void)state;
	n_threads_done = 0;
	memset(n_posted, 0, sizeof(n_posted));
	for (unsigned i = 0; i < N_POSTERS; i++) {
		numbers[i] = i;
		pthread_create(&threads[i], NULL, post_many, &numbers[i]);
	}
	loop_run(loop);
	for (unsigned i = 0; i < N_POSTERS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(n_posted[i], N_POSTS);
	}
}

static int n_chained;

static void
post_again(void *arg)
{
	assert_ptr_equal(loop_current(), loop);
	if (++n_chained < 10)
		assert_true(loop_post(loop, post_again, arg));
	else
		loop_stop(loop);
}

static void
a_post_may_post(void **state)
{
	(void)state;
	n_chained = 0;
	assert_true(loop_post(loop, post_again, NULL));
	loop_run(loop);
	assert_int_equal(n_chained, 10);
}

static void
count_post(void *arg)
{
	++*(int *)arg;
}

static void
posts_before_the_end_are_run(void **state)
{
	int n = 0;

	(void)state;
	loop_stop(loop);
	for (int i = 0; i < 10; i++)
		assert_true(loop_post(loop, count_post, &n));
	loop_run(loop);
	assert_int_equal(n, 10);
	assert_false(loop_post(loop, count_post, &n));
	assert_int_equal(n, 10);
}

static void
block(void *arg)
{
	(void)arg;
	usleep(30000);
	loop_stop(loop);
}

static void
a_long_turn_is_measured(void **state)
{
	struct task task;
	struct buf buf;
	const char *sum;

	(void)state;
	task_open(&task, NULL, NULL, 0);
	loop_post(loop, block, NULL);
	loop_run(loop);
	buf_open(&buf, &task, 1 << 20);
	metrics_write(&buf);
	sum = strstr(buf_text(&buf), "dvara_loop_turn_seconds_sum ");
	assert_non_null(sum);
	assert_true(strtod(strchr(sum, ' '), NULL) >= 0.03);
	task_close(&task);
}

static void
on_alarm(int signal)
{
	(void)signal;
	loop_stop(loop);
}

static void
a_signal_handler_may_stop_it(void **state)
{
	(void)state;
	signal(SIGALRM, on_alarm);
	ualarm(20000, 0);
	loop_run(loop);
	signal(SIGALRM, SIG_DFL);
}

#define loop_test(fn) cmocka_unit_test_setup_teardown(fn, loop_open, loop_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    loop_test(stopped_before_it_runs_it_ends),
	    loop_test(a_timer_stops_it),
	    loop_test(timers_fire_in_order_and_ended_ones_never),
	    loop_test(a_timer_that_sets_itself_does_not_hold_the_turn),
	    loop_test(a_watch_is_called_while_there_is_something),
	    loop_test(a_watch_asleep_is_not_called_even_at_hang_up),
	    loop_test(a_watch_awake_again_is_called),
	    loop_test(a_watch_may_end_itself_and_the_next),
	    loop_test(a_file_cannot_be_watched),
	    loop_test(hooks_run_each_turn_in_order),
	    loop_test(late_comes_once_after_all_hooks),
	    loop_test(wake_at_is_the_earliest_asked),
	    loop_test(posts_of_many_threads_come_all_and_in_order),
	    loop_test(a_post_may_post),
	    loop_test(posts_before_the_end_are_run),
	    loop_test(a_long_turn_is_measured),
	    loop_test(a_signal_handler_may_stop_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
