/* SPDX-License-Identifier: Apache-2.0
 *
 * The shared object: where it may lie, what it must export.
 *
 * It is refused where anybody but root or the user of this process could have put it there: a
 * symbolic link, a file or folder that group or others may write to, another owner.
 */
#include "host.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SETTINGS_MAX_BYTES (64u << 10)
#define SIZE_OF_1_0        offsetof(struct dvara_service, migrations)

static bool refuse(char why[256], const char *path, const char *what);
static bool place_is_safe(const char *path, char why[256]);
static bool abi_fits(const struct dvara_service *service, const char *path, char why[256]);

bool
host_load(struct dvara_host *host, const char *path, char ret_why[256])
{
	char whole[PATH_MAX], *slash;
	void *object;

	if (!realpath(path, whole))
		return refuse(ret_why, path, strerror(errno));
	if (!place_is_safe(path, ret_why) || !place_is_safe(whole, ret_why))
		return false;
	object = dlopen(whole, RTLD_NOW | RTLD_LOCAL);
	if (!object)
		return refuse(ret_why, path, dlerror());
	host->service = dlsym(object, "dvara_service");
	if (!host->service)
		return refuse(ret_why, path, "exports no dvara_service");
	if (!abi_fits(host->service, path, ret_why))
		return false;
	slash = strrchr(whole, '/');
	*slash = '\0';
	host->folder = strdup(whole);
	return true;
}

static bool
refuse(char why[256], const char *path, const char *what)
{
	snprintf(why, 256, "plugin %s: %s", path, what);
	return false;
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
place_is_safe(const char *path, char why[256])
{
	char part[PATH_MAX];
	struct stat st;

	if (lstat(path, &st) < 0)
		return refuse(why, path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return refuse(why, path, "is a symbolic link or no regular file");
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return refuse(why, path, "belongs to another user");
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return refuse(why, path, "may be written by group or others");
	snprintf(part, sizeof(part), "%s", path);
	for (char *slash = strrchr(part, '/'); slash; slash = strrchr(part, '/')) {
		*slash = '\0';
		if (stat(part[0] ? part : "/", &st) < 0 || !folder_is_safe(&st))
			return refuse(why, path, "lies in a folder that others may write to");
	}
	return true;
}

static bool
abi_fits(const struct dvara_service *service, const char *path, char why[256])
{
	if (service->abi_major != DVARA_ABI_MAJOR || service->abi_minor > DVARA_ABI_MINOR) {
		snprintf(why, 256, "plugin %s: is built for ABI %u.%u, this host speaks %u.%u",
		    path, service->abi_major, service->abi_minor, DVARA_ABI_MAJOR, DVARA_ABI_MINOR);
		return false;
	}
	if (service->size < SIZE_OF_1_0 || service->size > sizeof(struct dvara_service))
		return refuse(why, path, "says it is smaller than ABI 1.0, or larger than its ABI");
	if (!service->id || !service->version || !service->handle)
		return refuse(why, path, "lacks id, version or handle");
	return true;
}

/* Every name must be one of the plugin's settings, every setting without a default must be there.
 */
static bool
settings_fit(const struct dvara_host *host, char why[256])
{
	const struct dvara_setting *settings = host->service->settings, *setting;
	json_t *value;
	const char *name;

	json_object_foreach(host->values, name, value) {
		for (setting = settings; setting && setting->name; setting++)
			if (strcmp(setting->name, name) == 0)
				break;
		if (!setting || !setting->name || !json_is_string(value)) {
			snprintf(why, 256, "settings.json: %s is no setting of %s, or no text",
			    name, host->service->id);
			return false;
		}
	}
	for (setting = settings; setting && setting->name; setting++)
		if (!setting->preset && !json_object_get(host->values, setting->name)) {
			snprintf(why, 256, "settings.json: %s is missing (%s)", setting->name,
			    setting->help);
			return false;
		}
	return true;
}

bool
host_open(struct dvara_host *host, char ret_why[256])
{
	char path[PATH_MAX + 32], *text;
	json_error_t error;

	snprintf(path, sizeof(path), "%s/settings.json", host->folder);
	text = host_text_file(path, SETTINGS_MAX_BYTES);
	host->values = text ? json_loads(text, JSON_REJECT_DUPLICATES, &error) : json_object();
	free(text);
	if (!json_is_object(host->values))
		return refuse(ret_why, path, "is not a JSON object");
	if (!settings_fit(host, ret_why))
		return false;
	if (host->service->open && host->service->open(host, &host->self) != DVARA_OK)
		return refuse(ret_why, host->service->id, "open() failed; the log says why");
	return true;
}
