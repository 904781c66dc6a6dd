/* SPDX-License-Identifier: Apache-2.0
 *
 * `dvara service new NAME`: a service that builds, tests and answers, in a folder of its own: the
 * files of plugins/skeleton, in which NAME stands for that word.
 */
#include "admin/admin.h"
#include "core/buf.h"
#include "core/task.h"
#include "manifest/manifest.h"

#include <errno.h>
#include <skeleton_files.h>
#include <string.h>
#include <sys/stat.h>

#define NAME_IN_FILES  "skeleton"
#define FILE_MAX_BYTES (64u << 10)
#define N_FILES        (sizeof(skeleton_files) / sizeof(skeleton_files[0]))

static const char *renamed(struct task *task, const char *text, const char *name);
static int file_make(struct task *task, const char *path, const char *text);

int
admin_service_new(struct admin_call *call)
{
	struct task *task = call->task;
	const char *name = call->args[0];
	json_t *files, *answer;

	if (!manifest_id_is_good(name))
		return ADMIN_WRONG_WORD(call, "%s: a service's name is [a-z][a-z0-9-]{1,31}", name);
	if (mkdir(name, 0755) < 0)
		return fail(task, errno == EEXIST ? CONFLICT : MISCONFIGURED, "%s: %s", name,
		    strerror(errno));
	files = json_array();
	answer = json_keep(task, json_pack("{s:s, s:o}", "folder", name, "files", files));
	for (size_t i = 0; i < N_FILES; i++) {
		const char *file = renamed(task, skeleton_files[i].name, name);
		int r = file_make(task, task_printf(task, "%s/%s", name, file),
		    renamed(task, skeleton_files[i].text, name));

		if (r < 0)
			return r;
		json_array_append_new(files, json_string(file));
	}
	return admin_done(call, json_incref(answer), "cd %s && make && make test", name);
}

static const char *
renamed(struct task *task, const char *text, const char *name)
{
	struct buf out;
	const char *at;

	buf_open(&out, task, FILE_MAX_BYTES);
	for (; (at = strstr(text, NAME_IN_FILES)); text = at + strlen(NAME_IN_FILES)) {
		buf_add(&out, text, (size_t)(at - text));
		buf_text_add(&out, name);
	}
	buf_text_add(&out, text);
	return buf_text(&out);
}

static int
file_make(struct task *task, const char *path, const char *text)
{
	FILE *file = fopen(path, "wxe");
	bool is_written;

	if (!file)
		return fail(task, MISCONFIGURED, "%s: %s", path, strerror(errno));
	is_written = fputs(text, file) >= 0;
	if (fclose(file) != 0 || !is_written)
		return fail(task, MISCONFIGURED, "%s: could not be written", path);
	return 0;
}
