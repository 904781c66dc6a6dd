/* SPDX-License-Identifier: Apache-2.0
 *
 * Parameters of a query or a form.
 */
#include "fuzz.h"

#include "core/task.h"
#include "http/form.h"

static void form_check(struct task *task, const struct form *form);

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct form form;
	struct task task;
	int r;

	if (len > 65536)
		return 0;
	task_open(&task, NULL, NULL, 0);
	r = form_read(&task, (struct bytes){at, len}, "claim", &form);
	FUZZ_MUST(r == 0 || r == BAD_REQUEST);
	FUZZ_MUST(r == task.fault.code);
	if (r == 0)
		form_check(&task, &form);
	task_close(&task);
	return 0;
}

static void
form_check(struct task *task, const struct form *form)
{
	size_t i, n_seen = 0;

	(void)task;
	FUZZ_MUST(form->pairs.n <= FORM_MAX_PARAMS);
	for (i = 0; i < form->pairs.n; i++) {
		FUZZ_MUST(!str_has_control(form->pairs.at[i].name));
		FUZZ_MUST(str_is_utf8(form->pairs.at[i].name, strlen(form->pairs.at[i].name)));
		FUZZ_MUST(str_is_utf8(form->pairs.at[i].value, strlen(form->pairs.at[i].value)));
		if (form->duplicate != NULL && strcmp(form->pairs.at[i].name, form->duplicate) == 0)
			n_seen++;
	}
	FUZZ_MUST(form->duplicate == NULL || n_seen >= 2);
	FUZZ_MUST(form->duplicate == NULL || strcmp(form->duplicate, "claim") != 0);
}
