/* SPDX-License-Identifier: Apache-2.0
 *
 * Which files there are for a service (Landlock, Linux 5.13): the system's libraries and its own
 * folder to be read, its state to be written, and nothing else.  Since Linux 6.12 whom it may
 * signal as well: itself and what it started; and whose abstract sockets it reaches: their own.
 */
#include "host.h"

#include "core/log.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define RUN  (READ | LANDLOCK_ACCESS_FS_EXECUTE)
#define KEEP \
	(READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | \
	    LANDLOCK_ACCESS_FS_REMOVE_FILE | TRUNCATE)
/* Of one file: what does not speak of folders. */
#define OF_A_FILE \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | \
	    LANDLOCK_ACCESS_FS_EXECUTE | TRUNCATE)
#define ALL_OF_1 ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)
#define TRUNCATE (UINT64_C(1) << 14) /* since version 3 of Landlock */
#define SCOPES   UINT64_C(3)         /* abstract sockets, signals: since version 6 */

/* As <linux/landlock.h> has it since version 6. */
struct rules {
	uint64_t handled_access_fs, handled_access_net, scoped;
};

static void allow(int rules, const char *path, uint64_t access);
static void system_allow(int rules);

bool
host_files_confine(const struct dvara_host *host, char ret_why[256])
{
	struct rules all = {.handled_access_fs = ALL_OF_1};
	size_t known_bytes = sizeof(all.handled_access_fs);
	long version =
	    syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	json_t *value;
	const char *name;
	int rules;

	if (version < 1) {
		log_line(LOG_WARNING, "start",
		    "this kernel has no Landlock: only permissions guard files from %s",
		    host->manifest.id);
		return true;
	}
	if (version >= 3)
		all.handled_access_fs |= TRUNCATE;
	if (version >= 6) {
		all.scoped = SCOPES;
		known_bytes = sizeof(all);
	}
	rules = (int)syscall(SYS_landlock_create_ruleset, &all, known_bytes, 0);
	if (rules >= 0) {
		system_allow(rules);
		allow(rules, host->folder.path, RUN & all.handled_access_fs);
		allow(rules, host->state.path, KEEP & all.handled_access_fs);
		allow(rules, host->ca_file.path, READ);
		allow(rules, host->test_clock.path, READ);
		/* What the operator names in settings.json is meant to be read. */
		json_object_foreach(host->values, name, value)
			if (json_string_length(value) > 0 && *json_string_value(value) == '/')
				allow(rules, json_string_value(value), READ);
	}
	if (rules < 0 || syscall(SYS_landlock_restrict_self, rules, 0) < 0) {
		snprintf(ret_why, 256, "landlock: %s", strerror(errno));
		return false;
	}
	close(rules);
	return true;
}

static void
system_allow(int rules)
{
	static const char *const libraries[] = {"/usr", "/lib", "/lib64", "/bin", NULL};
	static const char *const read[] = {"/etc/ld.so.cache", "/etc/ssl", "/etc/ca-certificates",
	    "/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/gai.conf",
	    "/etc/nsswitch.conf", "/etc/localtime", "/dev/urandom", "/dev/random", NULL};

	for (size_t i = 0; libraries[i]; i++)
		allow(rules, libraries[i], RUN);
	for (size_t i = 0; read[i]; i++)
		allow(rules, read[i], READ);
	allow(rules, "/dev/null", READ | LANDLOCK_ACCESS_FS_WRITE_FILE);
	if (HOST_IS_SANITIZED)
		allow(rules, "/proc", READ);
}

/* What is not there needs no rule. */
static void
allow(int rules, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr rule = {.allowed_access = access};
	struct stat st;

	rule.parent_fd = path ? open(path, O_PATH | O_CLOEXEC) : -1;
	if (rule.parent_fd < 0)
		return;
	if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed_access &= OF_A_FILE;
	(void)syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	close(rule.parent_fd);
}
