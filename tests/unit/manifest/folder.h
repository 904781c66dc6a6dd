/* SPDX-License-Identifier: Apache-2.0
 *
 * A folder of a test's own, and files in it.
 */
#ifndef UNIT_MANIFEST_FOLDER_H
#define UNIT_MANIFEST_FOLDER_H

#include "unit/unit.h"

#include <sys/stat.h>

static char folder[] = "/tmp/test-manifest-XXXXXX";

static inline int
folder_make(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static inline const char *
file_write(struct task *task, const char *name, const char *text)
{
	const char *path = task_printf(task, "%s/%s", folder, name);
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	fclose(file);
	return path;
}

static inline int
folder_remove(void **state)
{
	static const char *const names[] = {
	    "manifest.json", "manifest.sig", "a.so", "key.pem", NULL};
	char path[128];

	(void)state;
	for (size_t i = 0; names[i] != NULL; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	return rmdir(folder);
}

#endif
