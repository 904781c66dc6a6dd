/* SPDX-License-Identifier: Apache-2.0
 *
 * What templates write: no text of any kind ends its context, no URL is a script's.
 */
#include "fuzz.h"

#include "core/str.h"
#include "core/task.h"
#include "pages/out.h"

#include <strings.h>

static const char *
written(struct task *task, void (*write)(struct out *, const json_t *), const json_t *value)
{
	struct out out = {.task = task};

	buf_open(&out.html, task, 1u << 20);
	write(&out, value);
	return buf_text(&out.html);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct task task;
	const char *url;
	json_t *value;

	if (len > 4096 || memchr(at, 0, len) || !str_is_utf8((const char *)at, len))
		return 0;
	task_open(&task, NULL, NULL, 0);
	value = json_keep(&task, json_stringn((const char *)at, len));
	FUZZ_MUST(!strpbrk(written(&task, out_text, value), "<>\"'"));
	FUZZ_MUST(!strpbrk(written(&task, out_attribute, value), "<>\"'"));
	FUZZ_MUST(
	    str_is_utf8(written(&task, out_text, value), strlen(written(&task, out_text, value))));
	FUZZ_MUST(!strpbrk(written(&task, out_url_part, value), "<>\"'&:/?# \t\n"));
	url = written(&task, out_url, value);
	FUZZ_MUST(!strpbrk(url, "<>\"' \t\n"));
	FUZZ_MUST(*url == '#' || *url == '/' || *url == '?' || strchr(url, ':'));
	FUZZ_MUST(strncmp(url, "//", 2) != 0 && strncmp(url, "/\\", 2) != 0);
	FUZZ_MUST(strncasecmp(url, "javascript", 10) != 0 && strncasecmp(url, "data", 4) != 0);
	task_close(&task);
	return 0;
}
