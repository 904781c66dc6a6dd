/* SPDX-License-Identifier: Apache-2.0
 *
 * Which manifests are believed: those that a key of [services] trust signed, and with [services]
 * allow_unsigned any that lies in the folder, which is said each time.
 */
#include "core/settings.h"
#include "core/task.h"
#include "services/service.h"
#include "services/services.h"

#include <dirent.h>

static int seal_weigh(struct task *task, const struct manifest *manifest, bool *ret_is_signed);
static json_t *row_of(struct task *task, const char *path);

int
service_admit(struct task *task, const char *id, struct manifest *ret_manifest, bool *ret_is_signed)
{
	const struct settings *settings = task->rooms->settings;
	int r;

	if (!settings->services_folder)
		return fail(task, MISCONFIGURED, "settings services.folder is not set");
	r = manifest_read(task,
	    task_printf(task, "%s/%s/manifest.json", settings->services_folder, id), ret_manifest);
	if (r < 0)
		return r;
	if (!str_equal(ret_manifest->id, id))
		return fail(task, MISCONFIGURED, "its manifest says it is %s", ret_manifest->id);
	r = seal_weigh(task, ret_manifest, ret_is_signed);
	if (r < 0 || *ret_is_signed || settings->services_allow_unsigned)
		return r;
	return fail(task, MISCONFIGURED,
	    "its manifest is not signed by a key of [services] trust (`dvara service sign`), and "
	    "[services] allow_unsigned is no");
}

int
services_check(struct task *task, json_t *warnings)
{
	for (setting_words id = task->rooms->settings->services_enabled; *id; id++) {
		struct manifest manifest;
		bool is_signed;

		if (service_admit(task, *id, &manifest, &is_signed) < 0) {
			const char *why = task_dup(task, task->fault.text);

			fault_clear(task);
			return fail(task, MISCONFIGURED, "service %s is refused: %s", *id, why);
		}
		if (!is_signed)
			json_array_append_new(warnings,
			    json_string(task_printf(task,
				"service %s is not signed: [services] allow_unsigned is yes",
				*id)));
	}
	return 0;
}

static int
seal_weigh(struct task *task, const struct manifest *manifest, bool *ret_is_signed)
{
	const char *path = task->rooms->settings->services_trust;
	struct jwks trust = {0};
	int r;

	if (!path)
		return manifest_seal_check(task, manifest, NULL, ret_is_signed);
	r = manifest_trust_read(task, path, &trust);
	if (r < 0)
		return r;
	r = manifest_seal_check(task, manifest, &trust, ret_is_signed);
	jwks_close(&trust);
	return r;
}

int
services_list(struct task *task, json_t **ret_list)
{
	const struct settings *settings = task->rooms->settings;
	DIR *folder = settings->services_folder ? opendir(settings->services_folder) : NULL;
	json_t *list = json_array();
	const struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			json_array_append_new(
			    list, row_of(task, task_printf(task, "%s/%s/manifest.json",
						   settings->services_folder, entry->d_name)));
	if (folder)
		closedir(folder);
	*ret_list = list;
	return 0;
}

static bool
is_enabled(const struct settings *settings, const char *id)
{
	for (setting_words word = settings->services_enabled; *word; word++)
		if (str_equal(*word, id))
			return true;
	return false;
}

static json_t *
row_of(struct task *task, const char *path)
{
	struct manifest manifest;
	bool is_signed = false;
	json_t *row;

	if (manifest_read(task, path, &manifest) < 0 ||
	    seal_weigh(task, &manifest, &is_signed) < 0) {
		row = json_pack("{s:s, s:s}", "path", path, "refused", task->fault.text);
		fault_clear(task);
		return row;
	}
	return json_pack("{s:s, s:s, s:O, s:b, s:b}", "id", manifest.id, "version",
	    manifest.version, "name", manifest.name, "enabled",
	    is_enabled(task->rooms->settings, manifest.id), "signed", is_signed);
}
