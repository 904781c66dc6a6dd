/* SPDX-License-Identifier: Apache-2.0
 *
 * The service: its manifest, then its shared object.
 *
 * host_read() looks at files and runs nothing of theirs: the manifest and its signature, then the
 * object's bytes, copied into memory that nobody can change any more and held against the hash in
 * the manifest.  host_load() maps those bytes, when the process is confined (confine.c).
 */
#include "host.h"

#include "core/log.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define SETTINGS_MAX_BYTES (64u << 10)
#define PLUGIN_MAX_BYTES   (64 << 20)
#define SIZE_OF_1_0        offsetof(struct dvara_service, migrations)
#define SEALS              (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static bool folder_find(struct dvara_host *host, const char *path, char why[256]);
static bool manifest_open(
    struct dvara_host *host, struct task *task, const struct words *words, char why[256]);
static bool seal_weigh(
    struct dvara_host *host, struct task *task, const struct words *words, char why[256]);
static bool file_hold(struct dvara_host *host, struct task *task, const char *path, char why[256]);
static int copy_sealed(int from, size_t len);
static bool values_read(struct dvara_host *host, char why[256]);
static bool abi_fits(const struct dvara_service *service, const char *path, char why[256]);
static bool settings_fit(const struct dvara_host *host, char why[256]);

bool
host_read(struct dvara_host *host, struct task *task, const struct words *words, char ret_why[256])
{
	const char *path = words->plugin ? words->plugin : words->program;

	return folder_find(host, path, ret_why) && manifest_open(host, task, words, ret_why) &&
	       file_hold(host, task, path, ret_why) && values_read(host, ret_why);
}

static bool
folder_find(struct dvara_host *host, const char *path, char why[256])
{
	char given[PATH_MAX], whole[PATH_MAX], *slash, *file;
	int fd = host_file_open(path, why);

	if (fd < 0)
		return false;
	close(fd);
	snprintf(given, sizeof(given), "%s%s", strchr(path, '/') ? "" : "./", path);
	slash = strrchr(given, '/');
	*slash = '\0';
	if (!realpath(given[0] ? given : "/", whole))
		return host_refuse(why, path, strerror(errno));
	if (asprintf(&file, "%s/%s", whole, slash + 1) < 0)
		abort();
	host->folder.path = strdup(whole);
	host->file = file;
	return true;
}

static bool
manifest_open(struct dvara_host *host, struct task *task, const struct words *words, char why[256])
{
	const char *path = task_printf(task, "%s/manifest.json", host->folder.path);
	const char *plugin;
	int fd = host_file_open(path, why);

	if (fd < 0)
		return false;
	close(fd);
	if (manifest_read(task, path, &host->manifest) < 0) {
		snprintf(why, 256, "%s", task->fault.text);
		return false;
	}
	plugin = words->plugin ? host->manifest.plugin : host->manifest.program;
	if (!plugin || strcmp(strrchr(plugin, '/'), strrchr(host->file, '/')) != 0)
		return host_refuse(why, host->file, "is not what its manifest names");
	return seal_weigh(host, task, words, why);
}

/* Started by hand without --trust, nobody has said who signs. */
static bool
seal_weigh(struct dvara_host *host, struct task *task, const struct words *words, char why[256])
{
	struct jwks trust = {0};
	bool is_signed = false;
	int r = 0;

	if (words->trust)
		r = manifest_trust_read(task, words->trust, &trust);
	if (r == 0)
		r = manifest_seal_check(
		    task, &host->manifest, words->trust ? &trust : NULL, &is_signed);
	jwks_close(&trust);
	if (r < 0) {
		snprintf(why, 256, "%s", task->fault.text);
		return false;
	}
	if (!is_signed && words->trust && !words->allow_unsigned)
		return host_refuse(
		    why, host->file, "its manifest is not signed by a key of --trust");
	if (!is_signed)
		log_line(LOG_WARNING, "start", "%s is NOT SIGNED", host->manifest.id);
	return true;
}

static bool
file_hold(struct dvara_host *host, struct task *task, const char *path, char why[256])
{
	int fd = host_file_open(path, why);
	struct stat st;
	void *at;
	int r;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) < 0 || st.st_size == 0 || st.st_size > PLUGIN_MAX_BYTES) {
		close(fd);
		return host_refuse(why, path, "file too short, or longer than 64 MiB");
	}
	host->file_fd = copy_sealed(fd, (size_t)st.st_size);
	close(fd);
	if (host->file_fd < 0)
		return host_refuse(why, path, strerror(errno));
	at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, host->file_fd, 0);
	if (at == MAP_FAILED)
		return host_refuse(why, path, strerror(errno));
	r = manifest_file_check(task, &host->manifest, (struct bytes){at, (size_t)st.st_size});
	munmap(at, (size_t)st.st_size);
	if (r < 0)
		snprintf(why, 256, "%s", task->fault.text);
	return r == 0;
}

/* What was checked is what is run, whatever happens to the file meanwhile. */
static int
copy_sealed(int from, size_t len)
{
	int fd = memfd_create("service", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	while (fd >= 0 && len > 0) {
		ssize_t n = sendfile(fd, from, NULL, len);

		if (n <= 0)
			break;
		len -= (size_t)n;
	}
	if (fd >= 0 && len == 0 && fcntl(fd, F_ADD_SEALS, SEALS) == 0)
		return fd;
	close(fd);
	return -1;
}

char *
host_text_file(const char *path, size_t max_bytes)
{
	FILE *file = fopen(path, "re");
	char *text;
	size_t len;

	if (!file)
		return NULL;
	text = calloc(1, max_bytes + 1);
	len = fread(text, 1, max_bytes, file);
	if (ferror(file) || len == max_bytes) {
		free(text);
		text = NULL;
	}
	fclose(file);
	return text;
}

static bool
values_read(struct dvara_host *host, char why[256])
{
	char path[PATH_MAX + 32], *text = NULL;
	json_error_t error;
	int fd;

	snprintf(path, sizeof(path), "%s/settings.json", host->folder.path);
	if (access(path, F_OK) < 0) {
		host->values = json_object();
		return true;
	}
	fd = host_file_open(path, why);
	if (fd < 0)
		return false;
	close(fd);
	text = host_text_file(path, SETTINGS_MAX_BYTES);
	host->values = text ? json_loads(text, JSON_REJECT_DUPLICATES, &error) : NULL;
	free(text);
	if (!json_is_object(host->values))
		return host_refuse(why, path, "is not a JSON object");
	return true;
}

bool
host_load(struct dvara_host *host, char ret_why[256])
{
	char path[64];
	void *object;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", host->file_fd);
	object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!object)
		return host_refuse(ret_why, host->file, dlerror());
	close(host->file_fd);
	host->service = dlsym(object, "dvara_service");
	if (!host->service)
		return host_refuse(ret_why, host->file, "exports no dvara_service");
	if (!abi_fits(host->service, host->file, ret_why))
		return false;
	if (strcmp(host->service->id, host->manifest.id) != 0) {
		snprintf(ret_why, 256, "%s is of %s, the plugin says it is %s", host->manifest.path,
		    host->manifest.id, host->service->id);
		return false;
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
		return host_refuse(
		    why, path, "says it is smaller than ABI 1.0, or larger than its ABI");
	if (!service->id || !service->version || !service->handle)
		return host_refuse(why, path, "lacks id, version or handle");
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
	if (!settings_fit(host, ret_why))
		return false;
	if (host->service->open && host->service->open(host, &host->self) != DVARA_OK)
		return host_refuse(ret_why, host->service->id, "open() failed; the log says why");
	return true;
}
