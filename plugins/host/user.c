/* SPDX-License-Identifier: Apache-2.0
 *
 * A service that was started by root goes on as a user of its own: a number without a name, by its
 * id, of the 1000 from DVARA_FIRST_UID on (settings services.first_uid).  Its state is given to
 * that user.  Where the user could not reach its folders it stays root without any of root's
 * powers.
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

#define N_USERS       1000
#define PROCESSES_MAX 256

static uid_t user_of(const char *id, uid_t first);
static bool reaches(uid_t user, const char *folder);
static void state_give(const char *state, uid_t user);
static bool processes_limit(void);
static bool powers_drop(void);

bool
host_user_leave_root(const struct dvara_host *host, const char *state, char ret_why[256])
{
	const char *first = getenv("DVARA_FIRST_UID");
	uid_t user;

	if (geteuid() != 0)
		return true;
	user = user_of(host->manifest.id, first ? (uid_t)strtoul(first, NULL, 10) : 0);
	if (user != 0 && state)
		state_give(state, user);
	if (user != 0 && reaches(user, host->folder) && (!state || reaches(user, state))) {
		if (setgroups(0, NULL) == 0 && setresgid(user, user, user) == 0 &&
		    setresuid(user, user, user) == 0)
			return processes_limit();
		snprintf(ret_why, 256, "user %u: %s", user, strerror(errno));
		return false;
	}
	if (state)
		state_give(state, 0);
	log_line(LOG_WARNING, "start",
	    "%s stays root, without its powers: user %u cannot reach its folders",
	    host->manifest.id, user);
	if (powers_drop())
		return true;
	snprintf(ret_why, 256, "capabilities: %s", strerror(errno));
	return false;
}

/* 0: no user of its own. */
static uid_t
user_of(const char *id, uid_t first)
{
	uint32_t hash = 0x811c9dc5u; /* FNV-1a */

	for (; *id; id++)
		hash = (hash ^ (uint8_t)*id) * 0x01000193u;
	return first == 0 ? 0 : first + hash % N_USERS;
}

/* By its whole path, as SQLite will go. */
static bool
reaches(uid_t user, const char *folder)
{
	char *whole = realpath(folder, NULL);
	bool is_reached = false;

	if (whole && setegid(user) == 0 && seteuid(user) == 0)
		is_reached = faccessat(AT_FDCWD, whole, R_OK | X_OK, AT_EACCESS) == 0;
	if (seteuid(0) < 0 || setegid(0) < 0)
		abort();
	free(whole);
	return is_reached;
}

static void
state_give(const char *state, uid_t user)
{
	DIR *folder = opendir(state);
	const struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		if (strcmp(entry->d_name, "..") != 0 &&
		    fchownat(dirfd(folder), entry->d_name, user, user, AT_SYMLINK_NOFOLLOW) < 0)
			break;
	if (folder)
		closedir(folder);
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
