/* SPDX-License-Identifier: Apache-2.0
 *
 * Small text files that the configuration names (see file.h).
 */
#include "core/file.h"

#include "core/task.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int
file_text(struct task *task, const char *path, bool is_secret, const char **ret_text)
{
	char *text = task_alloc(task, FILE_TEXT_MAX_BYTES + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status = {0};
	ssize_t len = -1;

	if (fd >= 0 && fstat(fd, &status) == 0)
		len = read(fd, text, FILE_TEXT_MAX_BYTES);
	if (fd >= 0)
		close(fd);
	if (len < 0)
		return fail(task, MISCONFIGURED, "%s: %s", path, strerror(errno));
	if (len == FILE_TEXT_MAX_BYTES)
		return fail(task, MISCONFIGURED, "%s: too long", path);
	if (is_secret && (status.st_mode & 077) != 0)
		return fail(task, MISCONFIGURED, "%s: others may read it (chmod 600)", path);
	text[len] = '\0';
	*ret_text = text;
	return 0;
}

const char *
file_beside(struct task *task, const char *file, const char *path)
{
	const char *slash = strrchr(file, '/');

	if (*path == '/' || slash == NULL)
		return path;
	return task_printf(task, "%.*s/%s", (int)(slash - file), file, path);
}
