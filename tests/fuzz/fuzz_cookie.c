/* SPDX-License-Identifier: Apache-2.0
 *
 * The Cookie header: the first line is the name that is looked for.
 */
#include "fuzz.h"

#include "core/task.h"
#include "http/cookie.h"

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	const char *name, *header, *value;
	struct task task;
	char *text;

	if (len > 16384)
		return 0;
	task_open(&task, NULL, NULL, 0);
	text = task_dup_n(&task, (const char *)at, len);
	name = "session";
	header = text;
	if (strchr(text, '\n') != NULL && text[0] != '\n') {
		header = strchr(text, '\n') + 1;
		name = task_dup_n(&task, text, (size_t)(header - text) - 1);
	}
	value = cookie_find(&task, header, name);
	if (value != NULL) {
		FUZZ_MUST(strchr(value, ';') == NULL);
		FUZZ_MUST(strstr(header, task_printf(&task, "%s=%s", name, value)) != NULL);
	}
	task_close(&task);
	return 0;
}
