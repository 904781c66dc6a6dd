/* SPDX-License-Identifier: Apache-2.0
 *
 * The files that commands are given.
 */
#include "admin/admin.h"

#include <errno.h>
#include <string.h>

#define FILE_MAX_BYTES (1u << 20)

int
admin_read_json(struct task *task, const char *path, json_t **ret_json)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	json_error_t error;
	json_t *json;
	size_t len;
	char *text;

	if (!file)
		return fail(task, NOT_FOUND, "%s: %s", path, strerror(errno));
	text = task_alloc(task, FILE_MAX_BYTES + 1);
	len = fread(text, 1, FILE_MAX_BYTES + 1, file);
	if (file != stdin)
		fclose(file);
	if (len > FILE_MAX_BYTES)
		return fail(task, TOO_LARGE, "%s: longer than %u bytes", path, FILE_MAX_BYTES);
	json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	if (!json)
		return fail(task, INVALID_REQUEST, "%s:%d: %s", path, error.line, error.text);
	*ret_json = json_keep(task, json);
	return 0;
}
