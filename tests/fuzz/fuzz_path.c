/* SPDX-License-Identifier: Apache-2.0
 *
 * The path of a request: what comes through has one form only.
 */
#include "fuzz.h"

#include "core/buf.h"
#include "core/str.h"
#include "core/task.h"
#include "http/path.h"

static void path_check(struct task *task, const char *path);

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct task task;
	const char *path;
	int r;

	if (len > 8192)
		return 0;
	task_open(&task, NULL, NULL, 0);
	r = path_read(&task, (const char *)at, len, &path);
	FUZZ_MUST(r == 0 || r == BAD_REQUEST || r == NOT_FOUND);
	if (r == 0)
		path_check(&task, path);
	task_close(&task);
	return 0;
}

/* However it is escaped, it means the same. */
static void
path_check(struct task *task, const char *path)
{
	const char *at, *again;
	struct buf buf;

	FUZZ_MUST(path[0] == '/' && strchr(path, '\\') == NULL);
	FUZZ_MUST(strstr(path, "//") == NULL && strstr(path, "/../") == NULL);
	FUZZ_MUST(strstr(path, "/./") == NULL && !str_ends(path, "/..") && !str_ends(path, "/."));
	FUZZ_MUST(str_is_utf8(path, strlen(path)) && !str_has_control(path));
	buf_open(&buf, task, 1 << 16);
	for (at = path; *at != 0; at++)
		buf_printf(&buf, *at == '/' ? "/" : "%%%02x", (unsigned)(unsigned char)*at);
	FUZZ_MUST(path_read(task, buf_text(&buf), buf.len, &again) == 0);
	FUZZ_MUST(strcmp(again, path) == 0);
}
