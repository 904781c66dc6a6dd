/* SPDX-License-Identifier: Apache-2.0
 *
 * manifest.json, member by member (conf/schema/service.json says the same to people).
 */
#include "manifest/manifest.h"

#include "core/period.h"
#include "core/task.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define MANIFEST_MAX_BYTES (32u << 10)
#define TIMEOUT_MAX_MS     60000

static int members_check(struct task *task, const struct manifest *manifest);
static int names_read(struct task *task, struct manifest *manifest);
static int file_read(struct task *task, struct manifest *manifest);
static int grounds_read(struct task *task, struct manifest *manifest);
static int limits_read(struct task *task, struct manifest *manifest);
static const char *beside(struct task *task, const char *path, const char *name);

int
manifest_read(struct task *task, const char *path, struct manifest *ret_manifest)
{
	struct manifest manifest = {.path = path};
	json_t *json;
	int r;

	r = manifest_file_read(task, path, MANIFEST_MAX_BYTES, &manifest.bytes);
	if (r < 0)
		return r;
	r = json_parse_object(task, (const char *)manifest.bytes.at, manifest.bytes.len, &json);
	if (r < 0) {
		const char *why = task_dup(task, task->fault.text);

		fault_clear(task);
		return fail(task, MISCONFIGURED, "%s: %s", path, why);
	}
	manifest.whole = json_keep(task, json);
	r = members_check(task, &manifest);
	if (r == 0)
		r = names_read(task, &manifest);
	if (r == 0)
		r = file_read(task, &manifest);
	if (r == 0)
		r = grounds_read(task, &manifest);
	if (r == 0)
		r = limits_read(task, &manifest);
	if (r < 0)
		return r;
	*ret_manifest = manifest;
	return 0;
}

int
manifest_file_read(struct task *task, const char *path, size_t max_bytes, struct bytes *ret_bytes)
{
	FILE *file = fopen(path, "re");
	struct stat status;
	size_t len = 0;
	char *text;

	if (!file)
		return fail(task, MISCONFIGURED, "%s: %s", path, strerror(errno));
	if (fstat(fileno(file), &status) < 0 || (uint64_t)status.st_size > max_bytes) {
		fclose(file);
		return fail(task, MISCONFIGURED, "%s: longer than %zu bytes", path, max_bytes);
	}
	text = task_alloc(task, (size_t)status.st_size + 1);
	len = fread(text, 1, (size_t)status.st_size, file);
	fclose(file);
	if (len != (size_t)status.st_size)
		return fail(task, MISCONFIGURED, "%s: cannot be read", path);
	*ret_bytes = (struct bytes){(const uint8_t *)text, len};
	return 0;
}

static int
members_check(struct task *task, const struct manifest *manifest)
{
	static const char members[] = "$schema id version abi name summary attributes events "
				      "plugin program sha256 callers basis "
				      "law data_life network timeout_ms settings owner contact";
	json_t *value;
	const char *name;

	json_object_foreach((json_t *)(uintptr_t)manifest->whole, name, value)
		if (!str_has_word(members, name))
			return fail(task, MISCONFIGURED, "%s: %s is no member of a manifest",
			    manifest->path, name);
	return 0;
}

static int
names_read(struct task *task, struct manifest *manifest)
{
	int r;

	manifest->id = json_get_text(manifest->whole, "id");
	manifest->version = json_get_text(manifest->whole, "version");
	if (!manifest_id_is_good(manifest->id))
		return fail(
		    task, MISCONFIGURED, "%s: id is not [a-z][a-z0-9-]{1,31}", manifest->path);
	if (str_is_empty(manifest->version))
		return fail(task, MISCONFIGURED, "%s: version is missing", manifest->path);
	manifest->name = json_object_get(manifest->whole, "name");
	r = manifest_texts_check(task, manifest, "name", manifest->name);
	if (r < 0)
		return r;
	manifest->summary = json_object_get(manifest->whole, "summary");
	r = manifest_texts_check(task, manifest, "summary", manifest->summary);
	if (r < 0)
		return r;
	manifest->attributes = json_object_get(manifest->whole, "attributes");
	r = manifest_attributes_check(task, manifest);
	if (r < 0)
		return r;
	manifest->events = json_object_get(manifest->whole, "events");
	return manifest_events_check(task, manifest);
}

bool
manifest_id_is_good(const char *id)
{
	size_t len = id ? strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") : 0;

	return id && id[len] == '\0' && len >= 2 && len <= 32 && id[0] >= 'a' && id[0] <= 'z';
}

static int
file_read(struct task *task, struct manifest *manifest)
{
	const char *plugin = json_get_text(manifest->whole, "plugin");
	const char *program = json_get_text(manifest->whole, "program");
	const char *name = plugin ? plugin : program;

	if (!plugin == !program || str_is_empty(name) || strchr(name, '/'))
		return fail(task, MISCONFIGURED,
		    "%s: one of plugin and program is the name of a file beside it",
		    manifest->path);
	if (plugin)
		manifest->plugin = beside(task, manifest->path, name);
	else
		manifest->program = beside(task, manifest->path, name);
	manifest->file_hash = json_get_text(manifest->whole, "sha256");
	return 0;
}

static const char *
beside(struct task *task, const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');

	return task_printf(task, "%.*s%s", slash ? (int)(slash - path + 1) : 0, path, name);
}

/* A duty that nobody can look up is none. */
static int
grounds_read(struct task *task, struct manifest *manifest)
{
	const char *life = json_get_text(manifest->whole, "data_life");
	bool is_duty;

	manifest->basis = json_get_text(manifest->whole, "basis");
	if (!manifest->basis)
		manifest->basis = "consent";
	if (!str_has_word("consent legal_duty public_task", manifest->basis))
		return fail(task, MISCONFIGURED,
		    "%s: basis is none of consent, legal_duty, public_task", manifest->path);
	is_duty = !str_equal(manifest->basis, "consent");
	manifest->law = json_object_get(manifest->whole, "law");
	if (is_duty != (manifest->law != NULL))
		return fail(task, MISCONFIGURED, "%s: law goes with a duty or a public task",
		    manifest->path);
	if (life && !period_parse(life, &manifest->data_life_s))
		return fail(
		    task, MISCONFIGURED, "%s: data_life is no period, as in P90D", manifest->path);
	return is_duty ? manifest_texts_check(task, manifest, "law", manifest->law) : 0;
}

static int
limits_read(struct task *task, struct manifest *manifest)
{
	const json_t *timeout = json_object_get(manifest->whole, "timeout_ms");
	int r;

	r = manifest_callers_check(task, manifest);
	if (r < 0)
		return r;
	manifest->takes_clients =
	    json_has_text(json_object_get(manifest->whole, "callers"), "client");
	manifest->network = json_object_get(manifest->whole, "network");
	r = manifest_network_check(task, manifest);
	if (r < 0)
		return r;
	manifest->timeout_ms = json_integer_value(timeout);
	if (timeout && (manifest->timeout_ms < 1 || manifest->timeout_ms > TIMEOUT_MAX_MS))
		return fail(task, MISCONFIGURED, "%s: timeout_ms is not 1 to %d", manifest->path,
		    TIMEOUT_MAX_MS);
	return 0;
}
