/* SPDX-License-Identifier: Apache-2.0
 *
 * The walk along a chain of hashes (see chain_walk.h).
 */
#include "records/chain_walk.h"

#include "core/task.h"

static int page_walk(
    struct task *task, const struct chain_steps *steps, void *walk, bool *ret_is_end);

int
chain_walk(struct task *task, const struct chain_steps *steps, void *walk)
{
	bool is_end = false;
	int r = 0;

	while (r == 0 && !is_end)
		r = page_walk(task, steps, walk, &is_end);
	return r;
}

static int
page_walk(struct task *task, const struct chain_steps *steps, void *walk, bool *ret_is_end)
{
	struct sql_rows rows = {0};
	struct task page;
	bool holds = true;
	int r;

	task_open(&page, task->loop, task->rooms, task_left_ms(task));
	r = steps->read(&page, walk, &rows);
	if (r < 0)
		task->fault = page.fault;
	for (size_t i = 0; r == 0 && i < rows.n_rows && holds; i++)
		holds = steps->hold(&page, walk, &rows, i);
	*ret_is_end = !holds || rows.n_rows < CHAIN_PAGE_ROWS;
	task_close(&page);
	return r;
}
