/* SPDX-License-Identifier: Apache-2.0
 *
 * Kinds of credentials (see credential_type.h).
 */
#include "records/credential_type.h"

#include "core/settings.h"
#include "core/task.h"
#include "records/credential_type_file.h"
#include "records/grant.h"

#include <stdlib.h>

struct credential_types {
	json_t *files; /* array of what was read: every text of the types stands in it */
	struct credential_type types[CREDENTIAL_TYPES_MAX];
	size_t n;
};

static int fill(struct task *task, struct credential_types *types);
static int add(struct task *task, struct credential_types *types, json_t *file);
static json_t *built_in(const struct settings *settings);

int
credential_types_open(struct task *task, struct credential_types **ret_types)
{
	struct credential_types *types = calloc(1, sizeof(*types));
	int r;

	types->files = json_array();
	r = fill(task, types);
	if (r < 0) {
		credential_types_close(types);
		return r;
	}
	*ret_types = types;
	return 0;
}

void
credential_types_close(struct credential_types *types)
{
	if (types == NULL)
		return;
	for (size_t i = 0; i < types->n; i++)
		free((void *)(uintptr_t)types->types[i].claims);
	json_decref(types->files);
	free(types);
}

static int
fill(struct task *task, struct credential_types *types)
{
	const struct settings *settings = task->rooms->settings;
	json_t *files, *file;
	size_t i;
	int r;

	if (settings->issue_certificate_file == NULL)
		return 0;
	if (settings->issue_types_folder == NULL)
		return add(task, types, json_keep(task, built_in(settings)));
	r = credential_type_files(task, settings->issue_types_folder, &files);
	if (r < 0)
		return r;
	json_array_foreach(files, i, file) {
		r = add(task, types, file);
		if (r < 0)
			return r;
	}
	if (types->n == 0)
		return fail(task, MISCONFIGURED, "%s: holds no type of credential, NAME.json",
		    settings->issue_types_folder);
	return 0;
}

static int
add(struct task *task, struct credential_types *types, json_t *file)
{
	struct credential_type type;
	int r;

	if (types->n == CREDENTIAL_TYPES_MAX)
		return fail(task, MISCONFIGURED, "[issue] types_folder: over %d types",
		    CREDENTIAL_TYPES_MAX);
	r = credential_type_parse(task, file, &type);
	if (r < 0)
		return r;
	for (size_t i = 0; i < types->n; i++)
		if (str_equal(types->types[i].id, type.id) ||
		    str_equal(types->types[i].vct, type.vct)) {
			free((void *)(uintptr_t)type.claims);
			return fail(task, MISCONFIGURED,
			    "[issue] types_folder: two types have the id or the vct of %s",
			    type.id);
		}
	json_array_append(types->files, file);
	types->types[types->n++] = type;
	return 0;
}

/* What every gateway can issue from a register: the credential that its own login asks for. */
static json_t *
built_in(const struct settings *settings)
{
	static const char *const from_register[] = {
	    "name", "given_name", "family_name", "birthdate", "gender"};
	json_t *claims = json_pack("[{s:s, s:s, s:b}]", "name", settings->wallet_subject_claim,
	    "from", CREDENTIAL_FROM_KEY, "mandatory", 1);

	for (size_t i = 0; i < sizeof(from_register) / sizeof(from_register[0]); i++)
		json_array_append_new(claims, json_pack("{s:s}", "name", from_register[i]));
	return json_pack("{s:s, s:s, s:{s:s, s:s, s:s, s:s, s:s}, s:o}", "id", "pid", "vct",
	    settings->wallet_vct, "name", "en", "Digital identity", "km", "អត្តសញ្ញាណឌីជីថល", "lo",
	    "ຕົວຕົນດິຈິຕອນ", "fr", "Identité numérique", "ar", "الهوية الرقمية", "claims", claims);
}

const struct credential_type *
credential_type_at(const struct task *task, size_t i)
{
	const struct credential_types *types = task->rooms->credential_types;

	return types != NULL && i < types->n ? &types->types[i] : NULL;
}

const struct credential_type *
credential_type_find(const struct task *task, const char *id)
{
	const struct credential_type *type;

	for (size_t i = 0; (type = credential_type_at(task, i)) != NULL; i++)
		if (str_equal(type->id, id))
			return type;
	return NULL;
}

bool
credential_type_is_asked(const struct task *task, const char *scope)
{
	const struct credential_type *type;

	for (size_t i = 0; (type = credential_type_at(task, i)) != NULL; i++)
		if (str_has_word(scope, type->id))
			return true;
	return false;
}

bool
credential_type_is_granted(const struct task *task, const struct grant *grant)
{
	const json_t *first = json_array_get(grant->authorization_details, 0);

	return str_equal(json_get_text(first, "type"), CREDENTIAL_DETAILS_TYPE) ||
	       credential_type_is_asked(task, grant->scope);
}

const struct credential_type *
credential_type_usual(const struct task *task)
{
	const struct credential_type *type;

	for (size_t i = 0; (type = credential_type_at(task, i)) != NULL; i++)
		if (str_equal(type->vct, task->rooms->settings->wallet_vct))
			return type;
	return credential_type_at(task, 0);
}
