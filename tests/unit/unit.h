/* SPDX-License-Identifier: Apache-2.0
 *
 * What every unit test starts with: cmocka, and a task.  cmocka's fail() gives way to the one of
 * core/fault.h; fail_msg() stays.
 */
#ifndef UNIT_UNIT_H
#define UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail
#undef fail_msg
#define fail_msg(...) \
	do { \
		print_error(__VA_ARGS__); \
		print_error("\n"); \
		_fail(__FILE__, __LINE__); \
	} while (0)

#include "core/task.h"

static inline int
unit_task_open(void **state)
{
	struct task *task = malloc(sizeof(*task));

	if (task == NULL)
		return -1;
	task_open(task, NULL, NULL, 60000);
	*state = task;
	return 0;
}

static inline int
unit_task_close(void **state)
{
	task_close(*state);
	free(*state);
	return 0;
}

/* A test with a task of its own in *state. */
#define task_test(fn) cmocka_unit_test_setup_teardown(fn, unit_task_open, unit_task_close)

/* Runs call in a child and says whether it aborted. */
#define UNIT_ABORTS(call) \
	({ \
		pid_t child_ = fork(); \
		int status_ = 0; \
		if (child_ == 0) { \
			close(STDERR_FILENO); \
			call; \
			_exit(0); \
		} \
		waitpid(child_, &status_, 0); \
		WIFSIGNALED(status_) && WTERMSIG(status_) == SIGABRT; \
	})

#endif
