/* SPDX-License-Identifier: Apache-2.0
 *
 * A service that was started by root goes on as the user that --uid names (the gateway's choice:
 * services/user.c), and its state is given to that user.  It never stays root because something
 * does not fit: then it does not start.  Only --uid 0, which an operator has to ask for, leaves it
 * root, without any of root's powers.
 */
#include "host.h"

#include "core/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PROCESSES_MAX 256

static bool root_keep(const struct dvara_host *host, char why[256]);
static bool user_become(uid_t user, char why[256]);
static bool state_give(const char *state, uid_t user);
static bool file_give(int folder, const char *name, uid_t user);
static bool processes_limit(void);
static bool powers_drop(void);

bool
host_user_leave_root(const struct dvara_host *host, const struct words *words, char ret_why[256])
{
	uid_t user;

	if (geteuid() != 0)
		return true;
	if (!words->uid) {
		snprintf(ret_why, 256, "started by root: --uid has to say whom it becomes");
		return false;
	}
	user = (uid_t)strtoul(words->uid, NULL, 10);
	if (words->state && !state_give(words->state, user)) {
		snprintf(ret_why, 256, "%s: %s", words->state, strerror(errno));
		return false;
	}
	return user == 0 ? root_keep(host, ret_why) : user_become(user, ret_why);
}

static bool
root_keep(const struct dvara_host *host, char why[256])
{
	log_line(LOG_WARNING, "start",
	    "%s stays root, without its powers: it was told to ([services] first_uid is 0)",
	    host->manifest.id);
	if (powers_drop())
		return true;
	snprintf(why, 256, "capabilities: %s", strerror(errno));
	return false;
}

static bool
user_become(uid_t user, char why[256])
{
	if (setgroups(0, NULL) == 0 && setresgid(user, user, user) == 0 &&
	    setresuid(user, user, user) == 0)
		return processes_limit();
	snprintf(why, 256, "user %u: %s%s", user, strerror(errno),
	    errno == EINVAL ? ": it is not among those of this container: [services] first_uid "
			      "has to be (/proc/self/uid_map)"
			    : "");
	return false;
}

static bool
state_give(const char *state, uid_t user)
{
	DIR *folder = opendir(state);
	const struct dirent *entry;
	bool is_given = folder != NULL;

	while (is_given && (entry = readdir(folder)))
		if (strcmp(entry->d_name, "..") != 0)
			is_given = file_give(dirfd(folder), entry->d_name, user);
	if (folder)
		closedir(folder);
	return is_given;
}

/* A file with another name elsewhere could be anybody's. */
static bool
file_give(int folder, const char *name, uid_t user)
{
	int fd = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	bool is_given = true;
	struct stat st;

	if (fd < 0)
		return errno == ENOENT;
	if (fstat(fd, &st) == 0 &&
	    (S_ISDIR(st.st_mode) || (S_ISREG(st.st_mode) && st.st_nlink == 1)))
		is_given = fchownat(fd, "", user, user, AT_EMPTY_PATH) == 0;
	close(fd);
	return is_given;
}

/* Threads count; those of a user that is the gateway's too would be counted with the gateway's. */
static bool
processes_limit(void)
{
	return setrlimit(RLIMIT_NPROC, &(struct rlimit){PROCESSES_MAX, PROCESSES_MAX}) == 0;
}

static bool
powers_drop(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2] = {0};

	for (int power = 0; prctl(PR_CAPBSET_READ, power, 0, 0, 0) >= 0; power++)
		if (prctl(PR_CAPBSET_DROP, power, 0, 0, 0) < 0 && errno != EPERM)
			return false;
	return syscall(SYS_capset, &header, none) == 0;
}
