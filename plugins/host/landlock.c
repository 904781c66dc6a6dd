/* SPDX-License-Identifier: Apache-2.0
 *
 * Which files there are for a service (Landlock, Linux 5.13): the system's libraries and its own
 * folder to be read, its state to be written, and nothing else.  Since Linux 6.7 which TCP ports it
 * connects to: those of its manifest, the gateway's, and that of names (53).  Since Linux 6.12 whom
 * it may signal as well: itself and what it started; and whose abstract sockets it reaches: their
 * own.
 */
#include "host.h"

#include "core/log.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stddef.h>
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
#define PORTS    UINT64_C(3)         /* bound and connected to over TCP: since version 4 */
#define CONNECT  UINT64_C(2)         /* of PORTS */
#define SCOPES   UINT64_C(3)         /* abstract sockets, signals: since version 6 */

#define VERSION_OF_TRUNCATE 3
#define VERSION_OF_PORTS    4
#define VERSION_OF_SCOPES   6
#define RULE_OF_PORT        2 /* LANDLOCK_RULE_NET_PORT */
#define PORT_OF_NAMES       53

/* As <linux/landlock.h> has it since version 6. */
struct rules {
	uint64_t handled_access_fs, handled_access_net, scoped;
};
/* As it has it since version 4. */
struct rule_of_port {
	uint64_t allowed_access, port;
};

static long version_of_landlock(void);
static int rules_make(long version, struct rules *all);
static void files_allow(int rules, const struct dvara_host *host, const struct rules *all);
static void system_allow(int rules);
static void allow(int rules, const char *path, uint64_t access);
static void ports_allow(int rules, const struct dvara_host *host);

bool
host_landlock_keeps_signals(void)
{
	return version_of_landlock() >= VERSION_OF_SCOPES;
}

bool
host_landlock_confine(const struct dvara_host *host, const struct walls *walls, char ret_why[256])
{
	long version = version_of_landlock();
	struct rules all;
	int rules;

	if (version < 1) {
		log_line(LOG_WARNING, "start",
		    "this kernel has no Landlock: only permissions guard files from %s",
		    host->manifest.id);
		return true;
	}
	if (walls->has_network && version < VERSION_OF_PORTS)
		log_line(LOG_WARNING, "start",
		    "this kernel limits no ports (Linux 6.7): %s may connect to any",
		    host->manifest.id);
	rules = rules_make(version, &all);
	if (rules >= 0)
		files_allow(rules, host, &all);
	if (rules >= 0 && all.handled_access_net && walls->has_network)
		ports_allow(rules, host);
	if (rules < 0 || syscall(SYS_landlock_restrict_self, rules, 0) < 0) {
		snprintf(ret_why, 256, "landlock: %s", strerror(errno));
		return false;
	}
	close(rules);
	return true;
}

/* A test is on the kernel that there is, and looks at what older ones do without. */
static long
version_of_landlock(void)
{
	long version =
	    syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
#ifdef DVARA_TESTING
	const char *most = getenv("DVARA_TEST_LANDLOCK");

	if (most && strtol(most, NULL, 10) < version)
		version = strtol(most, NULL, 10);
#endif
	return version;
}

static int
rules_make(long version, struct rules *all)
{
	size_t known_bytes = offsetof(struct rules, handled_access_net);

	*all = (struct rules){.handled_access_fs = ALL_OF_1};
	if (version >= VERSION_OF_TRUNCATE)
		all->handled_access_fs |= TRUNCATE;
	if (version >= VERSION_OF_PORTS) {
		all->handled_access_net = PORTS;
		known_bytes = offsetof(struct rules, scoped);
	}
	if (version >= VERSION_OF_SCOPES) {
		all->scoped = SCOPES;
		known_bytes = sizeof(*all);
	}
	return (int)syscall(SYS_landlock_create_ruleset, all, known_bytes, 0);
}

static void
files_allow(int rules, const struct dvara_host *host, const struct rules *all)
{
	json_t *value;
	const char *name;

	system_allow(rules);
	allow(rules, host->folder.path, RUN & all->handled_access_fs);
	allow(rules, host->state.path, KEEP & all->handled_access_fs);
	allow(rules, host->ca_file.path, READ);
	allow(rules, host->test_clock.path, READ);
	/* What the operator names in settings.json is meant to be read. */
	json_object_foreach(host->values, name, value)
		if (json_string_length(value) > 0 && *json_string_value(value) == '/')
			allow(rules, json_string_value(value), READ);
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

static void
port_allow(int rules, int port)
{
	const struct rule_of_port rule = {CONNECT, (uint64_t)port};

	if (port > 0)
		(void)syscall(SYS_landlock_add_rule, rules, RULE_OF_PORT, &rule, 0);
}

static void
ports_allow(int rules, const struct dvara_host *host)
{
	json_t *place;
	size_t i;

	port_allow(rules, PORT_OF_NAMES);
	port_allow(rules, manifest_port_of_url(host->gateway));
	json_array_foreach(host->manifest.network, i, place)
		port_allow(rules, manifest_port(json_string_value(place)));
}
