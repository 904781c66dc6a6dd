/* SPDX-License-Identifier: Apache-2.0
 *
 * Folders of JSON files (see json_folder.h).
 */
#include "core/json_folder.h"

#include "core/str.h"
#include "core/task.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LENGTH 32
#define SUFFIX          ".json"

static int names_read(struct task *task, const char *folder, struct dirent ***ret_entries);
static int file_add(struct task *task, const char *folder, const char *file, json_t *objects);
static int object_read(struct task *task, const char *path, json_t **ret_object);

int
json_folder_read(struct task *task, const char *folder, json_t **ret_objects)
{
	json_t *objects = json_keep(task, json_object());
	struct dirent **entries;
	int n, r = 0;

	n = names_read(task, folder, &entries);
	if (n < 0)
		return n;
	for (int i = 0; i < n; i++) {
		if (r == 0)
			r = file_add(task, folder, entries[i]->d_name, objects);
		free(entries[i]);
	}
	free(entries);
	if (r < 0)
		return r;
	*ret_objects = objects;
	return 0;
}

static int
is_json(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && str_ends(entry->d_name, SUFFIX);
}

/* How many there are, or a fault. */
static int
names_read(struct task *task, const char *folder, struct dirent ***ret_entries)
{
	struct dirent **entries;
	int n = scandir(folder, &entries, is_json, alphasort);

	if (n < 0)
		return fail(task, MISCONFIGURED, "%s: %s", folder, strerror(errno));
	if (n > JSON_FOLDER_MAX) {
		for (int i = 0; i < n; i++)
			free(entries[i]);
		free(entries);
		return fail(task, MISCONFIGURED, "%s: over %d files", folder, JSON_FOLDER_MAX);
	}
	*ret_entries = entries;
	return n;
}

static int
file_add(struct task *task, const char *folder, const char *file, json_t *objects)
{
	size_t len = strlen(file) - strlen(SUFFIX);
	const char *name = task_dup_n(task, file, len);
	json_t *object;
	int r;

	if (len == 0 || len > NAME_MAX_LENGTH ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != len)
		return fail(task, MISCONFIGURED,
		    "%s/%s: the name is not of a-z, 0-9 and -, up to %d letters", folder, file,
		    NAME_MAX_LENGTH);
	r = object_read(task, task_printf(task, "%s/%s", folder, file), &object);
	if (r < 0)
		return r;
	json_object_set_new(objects, name, object);
	return 0;
}

static int
object_read(struct task *task, const char *path, json_t **ret_object)
{
	char *text = task_alloc(task, JSON_MAX_BYTES + 1);
	FILE *file = fopen(path, "re");
	struct fault why;
	size_t len;

	if (file == NULL)
		return fail(task, MISCONFIGURED, "%s: %s", path, strerror(errno));
	len = fread(text, 1, JSON_MAX_BYTES + 1, file);
	fclose(file);
	if (json_parse_object(task, text, len, ret_object) == 0)
		return 0;
	why = task->fault;
	fault_clear(task);
	return fail(task, MISCONFIGURED, "%s: %s", path, why.text);
}

bool
json_has_only(const json_t *object, const char *const *names, const char **ret_other)
{
	json_t *scan = json_incref((json_t *)(uintptr_t)object), *value;
	const char *member, *other = NULL;

	json_object_foreach(scan, member, value) {
		const char *const *name = names;

		while (*name != NULL && !str_equal(*name, member))
			name++;
		if (*name == NULL)
			other = member;
	}
	json_decref(scan);
	if (other != NULL)
		*ret_other = other;
	return other == NULL;
}
