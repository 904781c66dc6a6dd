/* SPDX-License-Identifier: Apache-2.0
 *
 * manifest.json, member by member.
 */
#include "services/manifest.h"

#include "core/settings.h"
#include "core/str.h"
#include "core/task.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MANIFEST_MAX_BYTES (64u << 10)

static int text_by_language(struct task *task, const char *path, const json_t *manifest,
    const char *member, const json_t **ret_text);
static int attributes_check(struct task *task, const char *path, const json_t *attributes);
static int callers_read(
    struct task *task, const char *path, const json_t *callers, bool *ret_takes_clients);
static bool is_id(const char *id);

static int
file_parse(struct task *task, const char *path, json_t **ret_json)
{
	char *text = task_alloc(task, MANIFEST_MAX_BYTES);
	FILE *file = fopen(path, "re");
	json_t *json;
	size_t len;

	if (!file)
		return fail(task, MISCONFIGURED, "%s: %s", path, strerror(errno));
	len = fread(text, 1, MANIFEST_MAX_BYTES, file);
	fclose(file);
	if (len == MANIFEST_MAX_BYTES)
		return fail(
		    task, MISCONFIGURED, "%s: longer than %u bytes", path, MANIFEST_MAX_BYTES);
	if (json_parse_object(task, text, len, &json) < 0) {
		fault_as(task, MISCONFIGURED);
		return MISCONFIGURED;
	}
	*ret_json = json_keep(task, json);
	return 0;
}

static int
members_check(struct task *task, const char *path, const json_t *json)
{
	static const char members[] =
	    "id version abi name summary attributes plugin callers basis law data_life network "
	    "timeouts_ms settings owner contact";
	json_t *value;
	const char *name;

	json_object_foreach((json_t *)(uintptr_t)json, name, value)
		if (!str_has_word(members, name))
			return fail(
			    task, MISCONFIGURED, "%s: %s is no member of a manifest", path, name);
	return 0;
}

int
manifest_read(struct task *task, const char *path, struct manifest *ret_manifest)
{
	struct manifest manifest = {0};
	const char *slash = strrchr(path, '/'), *plugin;
	json_t *json;
	int r;

	r = file_parse(task, path, &json);
	if (r < 0)
		return r;
	r = members_check(task, path, json);
	if (r < 0)
		return r;
	manifest.whole = json;
	manifest.id = json_get_text(json, "id");
	manifest.version = json_get_text(json, "version");
	plugin = json_get_text(json, "plugin");
	if (!is_id(manifest.id))
		return fail(task, MISCONFIGURED, "%s: id is not [a-z][a-z0-9-]{1,31}", path);
	if (str_is_empty(manifest.version))
		return fail(task, MISCONFIGURED, "%s: version is missing", path);
	if (str_is_empty(plugin) || strchr(plugin, '/'))
		return fail(task, MISCONFIGURED, "%s: plugin is no name of a file beside it", path);
	manifest.plugin =
	    task_printf(task, "%.*s%s", slash ? (int)(slash - path + 1) : 0, path, plugin);
	r = text_by_language(task, path, json, "name", &manifest.name);
	if (r < 0)
		return r;
	r = text_by_language(task, path, json, "summary", &manifest.summary);
	if (r < 0)
		return r;
	manifest.attributes = json_object_get(json, "attributes");
	r = attributes_check(task, path, manifest.attributes);
	if (r < 0)
		return r;
	r = callers_read(task, path, json_object_get(json, "callers"), &manifest.takes_clients);
	if (r < 0)
		return r;
	*ret_manifest = manifest;
	return 0;
}

/* Left out: people's tokens alone. */
static int
callers_read(struct task *task, const char *path, const json_t *callers, bool *ret_takes_clients)
{
	json_t *caller;
	size_t i;

	if (callers && !json_is_array(callers))
		return fail(task, MISCONFIGURED, "%s: callers is no array", path);
	json_array_foreach(callers, i, caller)
		if (!str_equal(json_string_value(caller), "person") &&
		    !str_equal(json_string_value(caller), "client"))
			return fail(task, MISCONFIGURED,
			    "%s: callers[%zu] is neither person nor client", path, i);
	*ret_takes_clients = json_has_text(callers, "client");
	return 0;
}

static bool
is_id(const char *id)
{
	size_t len = id ? strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") : 0;

	return id && id[len] == '\0' && len >= 2 && len <= 32 && id[0] >= 'a' && id[0] <= 'z';
}

/* English at least: what nobody translated is shown in it, with a mark. */
static int
text_by_language(struct task *task, const char *path, const json_t *manifest, const char *member,
    const json_t **ret_text)
{
	const json_t *text = json_object_get(manifest, member);
	json_t *value;
	const char *language;

	if (!json_get_text(text, "en"))
		return fail(task, MISCONFIGURED, "%s: %s has no en", path, member);
	json_object_foreach((json_t *)(uintptr_t)text, language, value)
		if (!str_has_word("km lo en fr ar", language) || !json_is_string(value))
			return fail(task, MISCONFIGURED,
			    "%s: %s.%s is no text in one of km lo en fr ar", path, member,
			    language);
	*ret_text = text;
	return 0;
}

static int
attributes_check(struct task *task, const char *path, const json_t *attributes)
{
	json_t *attribute;
	size_t i;

	if (!json_is_array(attributes))
		return fail(task, MISCONFIGURED, "%s: attributes is no array", path);
	json_array_foreach(attributes, i, attribute) {
		const json_t *why;

		if (str_is_empty(json_get_text(attribute, "name")))
			return fail(
			    task, MISCONFIGURED, "%s: attributes[%zu] has no name", path, i);
		if (text_by_language(task, path, attribute, "why", &why) < 0)
			return MISCONFIGURED;
	}
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

int
manifest_list(struct task *task, const struct settings *settings, json_t **ret_list)
{
	DIR *folder = settings->services_folder ? opendir(settings->services_folder) : NULL;
	json_t *list = json_array();
	struct dirent *entry;

	while (folder && (entry = readdir(folder))) {
		const char *path = task_printf(
		    task, "%s/%s/manifest.json", settings->services_folder, entry->d_name);
		struct manifest manifest;

		if (entry->d_name[0] == '.')
			continue;
		if (manifest_read(task, path, &manifest) < 0) {
			json_array_append_new(list,
			    json_pack("{s:s, s:s}", "path", path, "refused", task->fault.text));
			fault_clear(task);
			continue;
		}
		json_array_append_new(list, json_pack("{s:s, s:s, s:O, s:b}", "id", manifest.id,
						"version", manifest.version, "name", manifest.name,
						"enabled", is_enabled(settings, manifest.id)));
	}
	if (folder)
		closedir(folder);
	*ret_list = list;
	return 0;
}
