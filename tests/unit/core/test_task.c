/* SPDX-License-Identifier: Apache-2.0
 *
 * A task: ids, deadline, memory.
 */
#include "unit/unit.h"

#include "core/str.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void
ids_are_fresh(void **state)
{
	struct task *task = *state, other;

	task_open(&other, NULL, NULL, 0);
	assert_int_equal(strlen(task->request_id), 24);
	assert_int_equal(strlen(task->trace_id), 32);
	assert_int_equal(strspn(task->request_id, "0123456789abcdef"), 24);
	assert_string_not_equal(task->request_id, other.request_id);
	assert_string_not_equal(task->trace_id, other.trace_id);
	assert_string_equal(task->language, "en");
	task_close(&other);
}

static void
a_deadline_passes_and_stays_past(void **state)
{
	struct task *task = *state;

	assert_in_range(task_left_ms(task), 1, 60000);
	task->deadline_ms -= 60000;
	assert_int_equal(task_left_ms(task), 0);
}

static void
text_is_copied(void **state)
{
	struct task *task = *state;
	char source[] = "abc";
	char *copy = task_dup(task, source);

	source[0] = 'x';
	assert_string_equal(copy, "abc");
	assert_string_equal(task_dup_n(task, "abcdef", 3), "abc");
	assert_string_equal(task_dup_n(task, NULL, 0), "");
	assert_string_equal(task_printf(task, "%s-%d", "a", 5), "a-5");
	for (int len = 250; len < 260; len++) {
		const char *text = task_printf(task, "%0*d", len, 1);

		assert_int_equal(strlen(text), len);
		assert_int_equal(text[len - 1], '1');
	}
}

static void
an_array_too_large_to_count_aborts(void **state)
{
	struct task *task = *state;

	assert_non_null(task_new_n(task, uint64_t, 10));
	assert_true(UNIT_ABORTS(task_alloc_n(task, SIZE_MAX / 4, 8)));
}

static int order[3], n_ran;

static void
note(void *arg)
{
	order[n_ran++] = *(int *)arg;
}

static void
deferred_work_runs_last_first(void **state)
{
	static int numbers[3] = {1, 2, 3};
	struct task task;

	(void)state;
	task_open(&task, NULL, NULL, 0);
	for (int i = 0; i < 3; i++)
		task_defer(&task, note, &numbers[i]);
	assert_int_equal(n_ran, 0);
	task_close(&task);
	assert_int_equal(n_ran, 3);
	assert_int_equal(order[0], 3);
	assert_int_equal(order[2], 1);
}

static void
what_is_aside_is_given_back(void **state)
{
	static int numbers[2] = {1, 2};
	struct task task;
	char *kept;

	(void)state;
	n_ran = 0;
	task_open(&task, NULL, NULL, 0);
	kept = task_dup(&task, "kept");
	task_defer(&task, note, &numbers[0]);
	for (int i = 0; i < 10; i++) {
		struct task_aside aside;

		task_aside_begin(&task, &aside);
		assert_non_null(task_alloc(&task, ARENA_MAX_BYTES / 2));
		if (i == 0)
			task_defer(&task, note, &numbers[1]);
		assert_int_equal(fail(&task, NOT_FOUND, "page %d", i), NOT_FOUND);
		task_aside_end(&task, &aside);
		assert_int_equal(n_ran, 1);
	}
	assert_int_equal(order[0], 2);
	assert_string_equal(task.fault.text, "page 0");
	assert_string_equal(kept, "kept");
	task_close(&task);
	assert_int_equal(n_ran, 2);
	assert_int_equal(order[1], 1);
}

static int n_retired;

static void
retire(struct rooms *rooms)
{
	assert_int_equal(rooms->n_tasks, 0);
	n_retired++;
}

static void
rooms_retire_with_their_last_task(void **state)
{
	struct rooms rooms = {0};
	struct task a, b;

	(void)state;
	task_open(&a, NULL, &rooms, 0);
	task_close(&a);
	assert_int_equal(n_retired, 0);
	task_open(&a, NULL, &rooms, 0);
	task_open(&b, NULL, &rooms, 0);
	rooms.retired = retire;
	task_close(&a);
	assert_int_equal(n_retired, 0);
	task_close(&b);
	assert_int_equal(n_retired, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(ids_are_fresh),
	    task_test(a_deadline_passes_and_stays_past),
	    task_test(text_is_copied),
	    cmocka_unit_test(deferred_work_runs_last_first),
	    cmocka_unit_test(what_is_aside_is_given_back),
	    cmocka_unit_test(rooms_retire_with_their_last_task),
	    task_test(an_array_too_large_to_count_aborts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
