/* SPDX-License-Identifier: Apache-2.0
 *
 * The files that commands are given.
 */
#include "admin/admin.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX_BYTES (1u << 20)

int
admin_file_find(struct task *task, const char *path)
{
	if (access(path, F_OK) == 0)
		return 0;
	return fail(task, NOT_FOUND, "%s: %s", path, strerror(errno));
}

int
admin_read_file(struct task *task, const char *path, size_t max_bytes, struct bytes *ret_bytes)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	char *text = task_alloc(task, max_bytes + 2);
	int error;
	size_t len;

	if (!file)
		return fail(task, errno == ENOENT ? NOT_FOUND : INVALID_REQUEST, "%s: %s", path,
		    strerror(errno));
	errno = 0;
	len = fread(text, 1, max_bytes + 1, file);
	error = ferror(file) ? errno : 0;
	if (file != stdin)
		fclose(file);
	if (error != 0)
		return fail(task, INVALID_REQUEST, "%s: %s", path, strerror(error));
	if (len > max_bytes)
		return fail(task, TOO_LARGE, "%s: longer than %zu bytes", path, max_bytes);
	*ret_bytes = (struct bytes){(const uint8_t *)text, len};
	return 0;
}

int
admin_read_json(struct task *task, const char *path, json_t **ret_json)
{
	struct bytes text = {0};
	json_error_t error;
	json_t *json;
	int r;

	r = admin_read_file(task, path, FILE_MAX_BYTES, &text);
	if (r < 0)
		return r;
	json = json_loadb((const char *)text.at, text.len, JSON_REJECT_DUPLICATES, &error);
	if (!json)
		return fail(task, INVALID_REQUEST, "%s:%d: %s", path, error.line, error.text);
	*ret_json = json_keep(task, json);
	return 0;
}
