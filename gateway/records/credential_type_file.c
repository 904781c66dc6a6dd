/* SPDX-License-Identifier: Apache-2.0
 *
 * Files of credential types (see credential_type_file.h).
 */
#include "records/credential_type_file.h"

#include "core/settings.h"
#include "core/task.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX_BYTES (64u << 10)
#define ID_MAX_LENGTH  32
#define TEXT_MAX_BYTES 255
#define LIFE_MAX_DAYS  3660
#define DAY_S          86400
#define BATCH_PRESET   8

#define REFUSE(task, file, ...) refuse((task), (file), task_printf((task), __VA_ARGS__))

static int refuse(struct task *task, const json_t *file, const char *why);
static int names_of(struct task *task, const char *folder, const char ***ret_names, size_t *ret_n);
static int file_read(struct task *task, const char *path, json_t **ret_file);
static int members_check(struct task *task, const json_t *file);
static int texts_check(struct task *task, const json_t *file);
static int by_language_check(
    struct task *task, const json_t *file, const json_t *texts, const char *member);
static int numbers_read(struct task *task, const json_t *file, struct credential_type *type);
static int claims_read(struct task *task, const json_t *file, struct credential_claim *claims);
static int claim_read(
    struct task *task, const json_t *file, const json_t *given, struct credential_claim *ret_claim);
static bool is_id(const char *id);
static bool is_colour(const json_t *colour);

int
credential_type_files(struct task *task, const char *folder, json_t **ret_files)
{
	json_t *files = json_keep(task, json_array()), *file;
	const char **names;
	size_t n;
	int r;

	r = names_of(task, folder, &names, &n);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		r = file_read(task, task_printf(task, "%s/%s", folder, names[i]), &file);
		if (r < 0)
			return r;
		json_array_append_new(files, file);
	}
	*ret_files = files;
	return 0;
}

static int
names_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int
names_of(struct task *task, const char *path, const char ***ret_names, size_t *ret_n)
{
	const char **names = task_new_n(task, const char *, CREDENTIAL_TYPES_MAX);
	DIR *folder = opendir(path);
	struct dirent *entry;
	size_t n = 0;

	if (folder == NULL)
		return fail(task, MISCONFIGURED, "%s: %s", path, strerror(errno));
	while ((entry = readdir(folder)) != NULL && n < CREDENTIAL_TYPES_MAX) {
		const char *dot = strrchr(entry->d_name, '.');

		if (entry->d_name[0] != '.' && str_equal(dot, ".json"))
			names[n++] = task_dup(task, entry->d_name);
	}
	closedir(folder);
	if (entry != NULL)
		return fail(
		    task, MISCONFIGURED, "%s: over %d files", path, CREDENTIAL_TYPES_MAX - 1);
	qsort(names, n, sizeof(names[0]), names_compare);
	*ret_names = names;
	*ret_n = n;
	return 0;
}

static int
file_read(struct task *task, const char *path, json_t **ret_file)
{
	char *text = task_alloc(task, FILE_MAX_BYTES);
	FILE *stream = fopen(path, "re");
	json_t *file;
	size_t len;

	if (stream == NULL)
		return fail(task, MISCONFIGURED, "%s: %s", path, strerror(errno));
	len = fread(text, 1, FILE_MAX_BYTES, stream);
	fclose(stream);
	if (len == FILE_MAX_BYTES || json_parse_object(task, text, len, &file) < 0) {
		fault_clear(task);
		return fail(task, MISCONFIGURED, "%s: is no JSON object of up to %u bytes", path,
		    FILE_MAX_BYTES);
	}
	json_set_text(file, "path", path);
	*ret_file = file;
	return 0;
}

int
credential_type_parse(struct task *task, const json_t *file, struct credential_type *ret_type)
{
	struct credential_type type = {
	    .id = json_get_text(file, "id"),
	    .vct = json_get_text(file, "vct"),
	    .name = json_object_get(file, "name"),
	    .description = json_object_get(file, "description"),
	    .background = json_get_text(file, "background_color"),
	    .colour = json_get_text(file, "text_color"),
	    .acr = json_get_text(file, "acr"),
	    .expires_from = json_get_text(file, "expires_from"),
	    .n_claims = json_array_size(json_object_get(file, "claims")),
	};
	struct credential_claim claims[CREDENTIAL_TYPE_CLAIMS], *kept;
	int r;

	r = members_check(task, file);
	if (r < 0)
		return r;
	r = texts_check(task, file);
	if (r < 0)
		return r;
	r = numbers_read(task, file, &type);
	if (r < 0)
		return r;
	r = claims_read(task, file, claims);
	if (r < 0)
		return r;
	kept = calloc(type.n_claims, sizeof(*kept));
	memcpy(kept, claims, type.n_claims * sizeof(*kept));
	type.claims = kept;
	*ret_type = type;
	return 0;
}

static int
refuse(struct task *task, const json_t *file, const char *why)
{
	const char *path = json_get_text(file, "path");

	return fail(task, MISCONFIGURED, "%s: %s", path == NULL ? "built-in type" : path, why);
}

static int
members_check(struct task *task, const json_t *file)
{
	static const char members[] = "$schema path id vct name description background_color "
				      "text_color acr expires_from life_days batch claims";
	json_t *value;
	const char *name;

	json_object_foreach((json_t *)(uintptr_t)file, name, value)
		if (!str_has_word(members, name))
			return REFUSE(task, file, "%.40s is no member of a type", name);
	return 0;
}

static int
texts_check(struct task *task, const json_t *file)
{
	static const char *const optional[] = {"acr", "expires_from"};
	const char *vct = json_get_text(file, "vct");
	int r;

	if (!is_id(json_get_text(file, "id")))
		return REFUSE(task, file,
		    "id is not [a-z][a-z0-9-]{1,31}, or the name of a scope of OpenID Connect");
	if (str_is_empty(vct) || strlen(vct) > TEXT_MAX_BYTES || !str_is_printable_ascii(vct))
		return REFUSE(task, file, "vct is not 1 to %d ASCII letters", TEXT_MAX_BYTES);
	if (!is_colour(json_object_get(file, "background_color")) ||
	    !is_colour(json_object_get(file, "text_color")))
		return REFUSE(task, file, "a colour is not #rrggbb");
	for (size_t i = 0; i < sizeof(optional) / sizeof(optional[0]); i++)
		if (json_object_get(file, optional[i]) != NULL &&
		    str_is_empty(json_get_text(file, optional[i])))
			return REFUSE(task, file, "%s is no text", optional[i]);
	r = by_language_check(task, file, json_object_get(file, "name"), "name");
	if (r < 0 || json_object_get(file, "description") == NULL)
		return r;
	return by_language_check(task, file, json_object_get(file, "description"), "description");
}

/* English at least: what nobody translated is shown in it. */
static int
by_language_check(struct task *task, const json_t *file, const json_t *texts, const char *member)
{
	json_t *text;
	const char *language;

	if (str_is_empty(json_get_text(texts, "en")))
		return REFUSE(task, file, "%s has no en", member);
	json_object_foreach((json_t *)(uintptr_t)texts, language, text)
		if (!str_has_word("km lo en fr ar", language) || !json_is_string(text))
			return REFUSE(task, file, "%s.%.8s is no text in one of km lo en fr ar",
			    member, language);
	return 0;
}

static int
numbers_read(struct task *task, const json_t *file, struct credential_type *type)
{
	const json_t *days = json_object_get(file, "life_days");
	const json_t *batch = json_object_get(file, "batch");

	type->life_s = days == NULL ? task->rooms->settings->issue_life
				    : (int64_t)json_integer_value(days) * DAY_S;
	if (days != NULL && (type->life_s < DAY_S || type->life_s > LIFE_MAX_DAYS * (int64_t)DAY_S))
		return REFUSE(task, file, "life_days is not 1 to %d", LIFE_MAX_DAYS);
	type->batch = batch == NULL ? BATCH_PRESET : (int)json_integer_value(batch);
	if (type->batch < 1 || type->batch > CREDENTIAL_TYPE_BATCH_MAX)
		return REFUSE(task, file, "batch is not 1 to %d", CREDENTIAL_TYPE_BATCH_MAX);
	return 0;
}

static int
claims_read(struct task *task, const json_t *file, struct credential_claim *claims)
{
	const json_t *given = json_object_get(file, "claims");
	size_t n = json_array_size(given);

	if (n < 1 || n > CREDENTIAL_TYPE_CLAIMS)
		return REFUSE(task, file, "claims is no array of 1 to %d", CREDENTIAL_TYPE_CLAIMS);
	for (size_t i = 0; i < n; i++) {
		int r = claim_read(task, file, json_array_get(given, i), &claims[i]);

		if (r < 0)
			return r;
		for (size_t k = 0; k < i; k++)
			if (str_equal(claims[i].name, claims[k].name))
				return REFUSE(
				    task, file, "claims: %s stands twice", claims[i].name);
	}
	return 0;
}

static int
claim_read(
    struct task *task, const json_t *file, const json_t *given, struct credential_claim *ret_claim)
{
	/* SD-JWT VC section 3.2.2.2, RFC 9901 section 4.1 */
	static const char ours[] =
	    "iss nbf exp iat cnf vct vct#integrity status sub _sd _sd_alg ...";
	struct credential_claim claim = {
	    .name = json_get_text(given, "name"),
	    .from = json_get_text(given, "from"),
	    .label = json_object_get(given, "label"),
	    .is_mandatory = json_get_bool(given, "mandatory"),
	};
	json_t *value;
	const char *member;

	if (str_is_empty(claim.name) || strlen(claim.name) > TEXT_MAX_BYTES ||
	    str_has_word(ours, claim.name))
		return REFUSE(task, file, "claims: a name is missing, or means something else");
	json_object_foreach((json_t *)(uintptr_t)given, member, value)
		if (!str_has_word("name from label mandatory", member))
			return REFUSE(
			    task, file, "claims: %s: %.40s is no member", claim.name, member);
	if (claim.from == NULL)
		claim.from = claim.name;
	*ret_claim = claim;
	return claim.label == NULL ? 0 : by_language_check(task, file, claim.label, claim.name);
}

static bool
is_id(const char *id)
{
	size_t len = id == NULL ? 0 : strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return len >= 2 && id[len] == '\0' && len <= ID_MAX_LENGTH && id[0] >= 'a' &&
	       id[0] <= 'z' && !str_has_word("openid profile email phone address", id);
}

static bool
is_colour(const json_t *colour)
{
	const char *text = json_string_value(colour);

	return colour == NULL || (text != NULL && strlen(text) == 7 && text[0] == '#' &&
				     strspn(text + 1, "0123456789abcdefABCDEF") == 6);
}
