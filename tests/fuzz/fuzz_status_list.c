/* SPDX-License-Identifier: Apache-2.0
 *
 * A status list: as JSON, or the deflated bytes alone.  What inflates is within its bounds, and no
 * index reads past it.
 */
#include "fuzz.h"

#include "core/task.h"
#include "jose/status_bits.h"
#include "jose/status_list.h"

static void
list_check(struct task *task, const struct status_list *list)
{
	int64_t n = (int64_t)list->list.len * 8 / list->bits;
	const int64_t inside[] = {0, n - 1, n / 2},
		      outside[] = {-1, n, n + 1, INT64_MAX, INT64_MIN};
	int status;

	FUZZ_MUST(list->list.len > 0 && list->list.len <= STATUS_LIST_MAX_BYTES);
	for (size_t i = 0; i < 3; i++) {
		FUZZ_MUST(status_list_get(task, list, inside[i], &status) == 0);
		FUZZ_MUST(status >= 0 && status < 1 << list->bits);
	}
	for (size_t i = 0; i < 5; i++) {
		FUZZ_MUST(status_list_get(task, list, outside[i], &status) == INVALID_REQUEST);
		fault_clear(task);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct status_list list = {0};
	json_auto_t *json = NULL;
	struct task task;
	int r;

	task_open(&task, NULL, NULL, 0);
	if (len > 0 && at[0] == '{') {
		r = json_parse_object(&task, (const char *)at, len, &json);
		if (r == 0)
			r = status_list_decode(&task, json, &list);
	} else {
		list.bits = 8;
		r = status_bits_inflate(&task, (struct bytes){at, len}, &list.list);
	}
	if (r == 0)
		list_check(&task, &list);
	else
		FUZZ_MUST(r == INVALID_REQUEST);
	task_close(&task);
	return 0;
}
