/* SPDX-License-Identifier: Apache-2.0
 *
 * What any text becomes: cleaned for a fault, a JSON string, a part of a URL.
 */
#include "fuzz.h"

#include "core/buf.h"
#include "core/json.h"
#include "core/str.h"
#include "core/task.h"

static void clean_check(struct task *task, const char *text);
static void json_check(struct task *task, const char *text);
static void url_check(struct task *task, const char *text);

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct task task;
	const char *text;

	if (len > 8192)
		return 0;
	task_open(&task, NULL, NULL, 0);
	text = task_dup_n(&task, (const char *)at, len);
	clean_check(&task, text);
	json_check(&task, text);
	url_check(&task, text);
	FUZZ_MUST(fail(&task, BROKEN, "%s", text) == BROKEN);
	FUZZ_MUST(str_is_utf8(task.fault.text, strlen(task.fault.text)));
	FUZZ_MUST(!str_has_control(task.fault.text));
	task_close(&task);
	return 0;
}

static void
clean_check(struct task *task, const char *text)
{
	char *clean = task_dup(task, text);

	str_clean(clean);
	FUZZ_MUST(strlen(clean) <= strlen(text));
	FUZZ_MUST(str_is_utf8(clean, strlen(clean)));
	FUZZ_MUST(!str_has_control(clean));
	if (str_is_utf8(text, strlen(text)) && !str_has_control(text))
		FUZZ_MUST(strcmp(clean, text) == 0);
}

static void
json_check(struct task *task, const char *text)
{
	json_auto_t *json = NULL;
	struct buf buf;

	buf_open(&buf, task, JSON_MAX_BYTES);
	buf_json_add(&buf, text);
	FUZZ_MUST(json_parse(task, buf_text(&buf), buf.len, &json) == 0);
	if (str_is_utf8(text, strlen(text)))
		FUZZ_MUST(strcmp(json_string_value(json), text) == 0);
}

static void
url_check(struct task *task, const char *text)
{
	struct buf buf;

	buf_open(&buf, task, 1 << 20);
	buf_url_add(&buf, text);
	FUZZ_MUST(str_is_printable_ascii(buf_text(&buf)));
	FUZZ_MUST(strpbrk(buf_text(&buf), " &=+#?/\"'<>") == NULL);
}
