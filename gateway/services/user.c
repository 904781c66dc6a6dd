/* SPDX-License-Identifier: Apache-2.0
 *
 * Whom a service becomes where the gateway is root: one of 400 numbers without a name, from
 * settings services.first_uid on.  The default lies where systemd hands no numbers out (its
 * UIDS-GIDS: 60706 to 61183 are unused), and below 65536, where the numbers of most containers end.
 *
 * The number stands as the owner of the service's folder, so that it is the same after a restart
 * and for a second gateway, and no two services have one.
 */
#include "core/settings.h"
#include "core/task.h"
#include "services/service.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define N_USERS 400

/* Owners of the folders beside each other. */
struct owners {
	int64_t own, others[N_USERS];
	size_t n_others;
};

static int owners_read(int folder_fd, const char *id, struct owners *owners);
static bool is_free(const struct owners *owners, int64_t uid);
static int64_t uid_of(const struct owners *owners, const char *id, int64_t first);

int
service_user(struct task *task, int folder_fd, const char *id, int64_t *ret_uid)
{
	int64_t first = task->rooms->settings->services_first_uid, uid = first;
	struct owners owners = {0};

	if (geteuid() != 0) {
		*ret_uid = -1;
		return 0;
	}
	if (first > INT32_MAX - N_USERS)
		return fail(task, MISCONFIGURED, "[services] first_uid is too large for a user");
	if (owners_read(folder_fd, id, &owners) < 0)
		return fail(task, MISCONFIGURED, "the folder of services: %s", strerror(errno));
	if (first > 0)
		uid = uid_of(&owners, id, first);
	if (uid < 0)
		return fail(task, MISCONFIGURED,
		    "there are more than %d folders of services: remove those that are no more",
		    N_USERS);
	if (fchownat(folder_fd, id, (uid_t)uid, (gid_t)uid, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(task, MISCONFIGURED,
		    "user %lld cannot be given its folder: %s; [services] first_uid has to be "
		    "among /proc/self/uid_map",
		    (long long)uid, strerror(errno));
	*ret_uid = uid;
	return 0;
}

static int
owners_read(int folder_fd, const char *id, struct owners *owners)
{
	int fd = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	struct stat status;

	if (folder == NULL)
		return -1;
	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.' ||
		    fstatat(folder_fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISDIR(status.st_mode))
			continue;
		if (str_equal(entry->d_name, id))
			owners->own = status.st_uid;
		else if (owners->n_others < N_USERS)
			owners->others[owners->n_others++] = status.st_uid;
	}
	closedir(folder);
	return 0;
}

/* -1: none is free.  A new one begins where its name points to, so that it has the same number on
 * another machine too, as long as nobody stands there. */
static int64_t
uid_of(const struct owners *owners, const char *id, int64_t first)
{
	uint32_t hash = 0x811c9dc5u; /* FNV-1a */
	int64_t uid = owners->own;

	if (uid >= first && uid < first + N_USERS && is_free(owners, uid))
		return uid;
	for (; *id; id++)
		hash = (hash ^ (uint8_t)*id) * 0x01000193u;
	for (unsigned i = 0; i < N_USERS; i++) {
		uid = first + (hash + i) % N_USERS;
		if (is_free(owners, uid))
			return uid;
	}
	return -1;
}

static bool
is_free(const struct owners *owners, int64_t uid)
{
	for (size_t i = 0; i < owners->n_others; i++)
		if (owners->others[i] == uid)
			return false;
	return true;
}
