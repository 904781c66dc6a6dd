/* SPDX-License-Identifier: Apache-2.0
 *
 * A file of a service is refused where anybody but root or the user of this process could have put
 * it there: a symbolic link, a file or folder that group or others may write to, another owner.
 * Called by load.c.
 */
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool place_is_safe(const char *path, char why[256]);
static bool file_is_safe(const char *path, const struct stat *st, char why[256]);

bool
host_refuse(char why[256], const char *path, const char *what)
{
	snprintf(why, 256, "plugin %s: %s", path, what);
	return false;
}

/* The name as given, and where it leads: each by itself. */
int
host_file_open(const char *path, char ret_why[256])
{
	char whole[PATH_MAX];
	struct stat st;
	int fd;

	if (!realpath(path, whole)) {
		host_refuse(ret_why, path, strerror(errno));
		return -1;
	}
	if (!place_is_safe(path, ret_why) || !place_is_safe(whole, ret_why))
		return -1;
	fd = open(whole, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd >= 0 && fstat(fd, &st) == 0 && file_is_safe(path, &st, ret_why))
		return fd;
	if (fd < 0)
		host_refuse(ret_why, path, strerror(errno));
	else
		close(fd);
	return -1;
}

/* A sticky folder of root (/tmp) lets others add files, not replace ours. */
static bool
folder_is_safe(const struct stat *st)
{
	bool is_ours = st->st_uid == 0 || st->st_uid == geteuid();
	bool is_shared = st->st_mode & (S_IWGRP | S_IWOTH);

	return is_ours && (!is_shared || (st->st_mode & S_ISVTX && st->st_uid == 0));
}

static bool
file_is_safe(const char *path, const struct stat *st, char why[256])
{
	if (!S_ISREG(st->st_mode))
		return host_refuse(why, path, "is a symbolic link or no regular file");
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return host_refuse(why, path, "belongs to another user");
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return host_refuse(why, path, "may be written by group or others");
	return true;
}

static bool
place_is_safe(const char *path, char why[256])
{
	char part[PATH_MAX];
	struct stat st;

	if (lstat(path, &st) < 0)
		return host_refuse(why, path, strerror(errno));
	if (!file_is_safe(path, &st, why))
		return false;
	snprintf(part, sizeof(part), "%s", path);
	for (char *slash = strrchr(part, '/'); slash; slash = strrchr(part, '/')) {
		*slash = '\0';
		if (stat(part[0] ? part : "/", &st) < 0 || !folder_is_safe(&st))
			return host_refuse(why, path, "lies in a folder that others may write to");
	}
	return true;
}
