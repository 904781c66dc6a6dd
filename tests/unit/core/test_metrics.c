/* SPDX-License-Identifier: Apache-2.0
 *
 * Metrics: what is counted by many threads comes out once, as Prometheus reads it.
 */
#include "unit/unit.h"

#include "core/buf.h"
#include "core/metrics.h"

#include <math.h>
#include <pthread.h>
#include <time.h>

static const char *
text_of(struct task *task)
{
	struct buf buf;

	buf_open(&buf, task, 4 << 20);
	metrics_write(&buf);
	assert_non_null(buf_text(&buf));
	return buf_text(&buf);
}

static void
assert_line(struct task *task, const char *line)
{
	const char *text = text_of(task);
	const char *with_ends = task_printf(task, "\n%s\n", line);

	if (strstr(task_printf(task, "\n%s", text), with_ends) == NULL)
		fail_msg("no line %s in:\n%s", line, text);
}

static void
a_series_is_made_once(void **state)
{
	struct metric *a = metric_counter("dvara_a_total", "First.", "x=\"1\"");

	assert_ptr_equal(a, metric_counter("dvara_a_total", "First.", "x=\"1\""));
	assert_ptr_not_equal(a, metric_counter("dvara_a_total", "First.", "x=\"2\""));
	assert_ptr_not_equal(a, metric_counter("dvara_a_total", "First.", NULL));
	metric_add(a, 3);
	metric_add(a, 4);
	assert_line(*state, "# HELP dvara_a_total First.");
	assert_line(*state, "# TYPE dvara_a_total counter");
	assert_line(*state, "dvara_a_total{x=\"1\"} 7");
	assert_line(*state, "dvara_a_total{x=\"2\"} 0");
	assert_line(*state, "dvara_a_total 0");
}

static void
a_family_stands_together_under_one_head(void **state)
{
	const char *text, *head;

	metric_counter("dvara_z_total", "Last.", "a=\"1\"");
	metric_counter("dvara_b_total", "Between.", NULL);
	metric_counter("dvara_z_total", "Last.", "a=\"0\"");
	text = text_of(*state);
	head = strstr(text, "# TYPE dvara_z_total");
	assert_non_null(head);
	assert_null(strstr(head + 1, "# TYPE dvara_z_total"));
	assert_non_null(
	    strstr(head, "counter\ndvara_z_total{a=\"0\"} 0\ndvara_z_total{a=\"1\"} 0\n"));
}

static void
gauges(void **state)
{
	struct metric *gauge = metric_gauge("dvara_up", "With \\ and \n.", NULL);

	metric_set(gauge, 1.5);
	assert_line(*state, "# HELP dvara_up With \\\\ and \\n.");
	assert_line(*state, "dvara_up 1.5");
	metric_set(gauge, INFINITY);
	assert_line(*state, "dvara_up +Inf");
	metric_set(gauge, -INFINITY);
	assert_line(*state, "dvara_up -Inf");
	metric_set(gauge, NAN);
	assert_line(*state, "dvara_up NaN");
	metric_set(gauge, 1754000000.25);
	assert_line(*state, "dvara_up 1754000000.25");
}

static void
histograms_are_cumulative(void **state)
{
	struct metric *time = metric_seconds("dvara_t_seconds", "Time.", "route=\"token\"");

	metric_time(time, -5);
	metric_time(time, 100);
	metric_time(time, 101);
	metric_time(time, 1000000);
	metric_time(time, 99000000);
	assert_line(*state, "# TYPE dvara_t_seconds histogram");
	assert_line(*state, "dvara_t_seconds_bucket{route=\"token\",le=\"0.0001\"} 2");
	assert_line(*state, "dvara_t_seconds_bucket{route=\"token\",le=\"0.00025\"} 3");
	assert_line(*state, "dvara_t_seconds_bucket{route=\"token\",le=\"0.5\"} 3");
	assert_line(*state, "dvara_t_seconds_bucket{route=\"token\",le=\"1\"} 4");
	assert_line(*state, "dvara_t_seconds_bucket{route=\"token\",le=\"10\"} 4");
	assert_line(*state, "dvara_t_seconds_bucket{route=\"token\",le=\"+Inf\"} 5");
	assert_line(*state, "dvara_t_seconds_sum{route=\"token\"} 100.000201");
	assert_line(*state, "dvara_t_seconds_count{route=\"token\"} 5");
	metric_seconds("dvara_bare_seconds", "Time.", NULL);
	assert_line(*state, "dvara_bare_seconds_bucket{le=\"+Inf\"} 0");
}

/* The number of one sample without labels. */
static double
value_of(const char *text, const char *name)
{
	char *at = strstr(text, name);

	while (at != NULL && (at[-1] != '\n' || at[strlen(name)] != ' '))
		at = strstr(at + 1, name);
	if (at == NULL)
		fail_msg("no %s in:\n%s", name, text);
	return strtod(at + strlen(name), NULL);
}

static void
the_process_itself(void **state)
{
	const char *text = text_of(*state);
	double fds = value_of(text, "process_open_fds");
	int fd = dup(0);

	assert_true(value_of(text, "process_resident_memory_bytes") > 100000);
	assert_true(fabs(value_of(text, "process_start_time_seconds") - (double)time(NULL)) < 60);
	assert_true(value_of(text, "process_cpu_seconds_total") < 100);
	assert_true(value_of(text, "process_max_fds") >= fds);
	assert_true(value_of(text_of(*state), "process_open_fds") == fds + 1);
	assert_non_null(strstr(text, "\ndvara_build_info{version=\""));
	close(fd);
}

#define N_THREADS 4
#define N_COUNTS  20000

static void *
count(void *arg)
{
	struct metric *mine = metric_counter("dvara_threads_total", "T.", NULL);
	struct metric *time = metric_seconds("dvara_threads_seconds", "T.", NULL);

	(void)arg;
	for (int i = 0; i < N_COUNTS; i++) {
		metric_add(mine, 1);
		metric_time(time, 1);
	}
	return NULL;
}

static void
nothing_is_lost_between_threads_nor_at_their_end(void **state)
{
	pthread_t threads[N_THREADS];

	for (int i = 0; i < N_THREADS; i++)
		pthread_create(&threads[i], NULL, count, NULL);
	for (int i = 0; i < 10; i++)
		text_of(*state);
	for (int i = 0; i < N_THREADS; i++)
		pthread_join(threads[i], NULL);
	count(NULL);
	assert_line(*state, "dvara_threads_total 100000");
	assert_line(*state, "dvara_threads_seconds_count 100000");
	assert_line(*state, "dvara_threads_seconds_sum 0.1");
}

/* Last: it fills the table. */
static void
one_series_too_many_counts_nowhere(void **state)
{
	struct metric *metric = NULL;
	const char *text;

	for (int i = 0; i < 5000; i++) {
		metric =
		    metric_counter("dvara_many_total", "M.", task_printf(*state, "n=\"%d\"", i));
		metric_add(metric, (uint64_t)i);
	}
	metric_time(metric_seconds("dvara_late_seconds", "L.", NULL), 5);
	text = text_of(*state);
	assert_null(strstr(text, "n=\"4999\""));
	assert_null(strstr(text, "dvara_late_seconds"));
	assert_line(*state, "dvara_many_total{n=\"4000\"} 4000");
	assert_line(*state, "dvara_threads_total 100000");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(a_series_is_made_once),
	    task_test(a_family_stands_together_under_one_head),
	    task_test(gauges),
	    task_test(histograms_are_cumulative),
	    task_test(the_process_itself),
	    task_test(nothing_is_lost_between_threads_nor_at_their_end),
	    task_test(one_series_too_many_counts_nowhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
