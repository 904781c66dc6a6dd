/* SPDX-License-Identifier: Apache-2.0
 *
 * What a client may ask and why (CONTRACT dvara_purposes): checked when it is registered, read when
 * the client is.
 */
#include "core/settings.h"
#include "core/task.h"
#include "jose/digest.h"
#include "records/client_metadata.h"
#include "records/client_record.h"

#include <stdlib.h>
#include <string.h>

#define PURPOSES_MAX  32
#define CLAIMS_MAX    64
#define ID_MAX_LENGTH 64
#define WHY_MAX_BYTES 1000
#define NAME_LETTERS  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:#"
#define BUILTIN_ID    "sign-in"

/* OpenID Connect Core section 5.4: what the standard scopes ask for. */
static const char *const builtin_claims[] = {"sub", "name", "given_name", "family_name",
    "middle_name", "nickname", "preferred_username", "profile", "picture", "website", "gender",
    "birthdate", "zoneinfo", "locale", "updated_at", "email", "email_verified", "phone_number",
    "phone_number_verified", "address"};
#define N_BUILTIN_CLAIMS (sizeof(builtin_claims) / sizeof(builtin_claims[0]))

static int purpose_check(struct task *task, const json_t *purposes, size_t i);
static int claim_check(struct task *task, const json_t *claims, size_t i);
static const char *only_members(const json_t *object, const char *const *names);
static bool is_name(const char *text, const char *letters);
static bool is_repeated(const json_t *array, size_t i, const char *member);
static struct purpose builtin(struct task *task, struct client_record *record);
static struct purpose of_settings(const struct task *task);
static struct purpose purpose_of(
    struct task *task, struct client_record *record, const json_t *json);

int
client_purposes_check(struct task *task, const json_t *purposes)
{
	size_t n = json_array_size(purposes);

	if (!json_is_array(purposes) || n == 0 || n > PURPOSES_MAX)
		return fail(task, INVALID_CLIENT_METADATA,
		    "dvara_purposes is not an array of 1 to %d purposes", PURPOSES_MAX);
	for (size_t i = 0; i < n; i++) {
		int r = purpose_check(task, purposes, i);

		if (r < 0)
			return r;
	}
	return 0;
}

static int
purpose_check(struct task *task, const json_t *purposes, size_t i)
{
	static const char *const names[] = {"id", "why", "claims", NULL};
	const json_t *purpose = json_array_get(purposes, i);
	const json_t *claims = json_object_get(purpose, "claims");
	const char *stranger = only_members(purpose, names);

	if (!json_is_object(purpose) || stranger != NULL)
		return fail(task, INVALID_CLIENT_METADATA,
		    "dvara_purposes[%zu]: not {id, why, claims}: %.40s", i,
		    stranger == NULL ? "" : stranger);
	if (!is_name(json_get_text(purpose, "id"), NAME_LETTERS "/") ||
	    is_repeated(purposes, i, "id"))
		return fail(task, INVALID_CLIENT_METADATA,
		    "dvara_purposes[%zu]: id is not a name of its own", i);
	if (!client_texts_are_plain(json_object_get(purpose, "why"), WHY_MAX_BYTES))
		return fail(task, INVALID_CLIENT_METADATA,
		    "dvara_purposes[%zu]: why is not {language: text}", i);
	if (!json_is_array(claims) || json_array_size(claims) > CLAIMS_MAX)
		return fail(task, INVALID_CLIENT_METADATA,
		    "dvara_purposes[%zu]: claims is not an array of up to %d", i, CLAIMS_MAX);
	for (size_t k = 0; k < json_array_size(claims); k++) {
		int r = claim_check(task, claims, k);

		if (r < 0)
			return r;
	}
	return 0;
}

static int
claim_check(struct task *task, const json_t *claims, size_t i)
{
	static const char *const names[] = {"name", "essential", "why", NULL};
	const json_t *claim = json_array_get(claims, i);
	const json_t *essential = json_object_get(claim, "essential");
	const json_t *why = json_object_get(claim, "why");
	const char *stranger = only_members(claim, names);

	if (!json_is_object(claim) || stranger != NULL)
		return fail(task, INVALID_CLIENT_METADATA,
		    "dvara_purposes: claims[%zu] is not {name, essential, why}: %.40s", i,
		    stranger == NULL ? "" : stranger);
	if (!is_name(json_get_text(claim, "name"), NAME_LETTERS) || is_repeated(claims, i, "name"))
		return fail(task, INVALID_CLIENT_METADATA,
		    "dvara_purposes: claims[%zu]: name is not a claim's, or comes twice", i);
	if (essential != NULL && !json_is_boolean(essential))
		return fail(task, INVALID_CLIENT_METADATA,
		    "dvara_purposes: claims[%zu]: essential is not true or false", i);
	if (why != NULL && !client_texts_are_plain(why, WHY_MAX_BYTES))
		return fail(task, INVALID_CLIENT_METADATA,
		    "dvara_purposes: claims[%zu]: why is not {language: text}", i);
	return 0;
}

/* The first member that is not among names, or NULL. */
static const char *
only_members(const json_t *object, const char *const *names)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)object, name, value) {
		size_t i = 0;

		while (names[i] != NULL && strcmp(names[i], name) != 0)
			i++;
		if (names[i] == NULL)
			return name;
	}
	return NULL;
}

static bool
is_name(const char *text, const char *letters)
{
	return text != NULL && *text != '\0' && strlen(text) <= ID_MAX_LENGTH &&
	       strspn(text, letters) == strlen(text);
}

static bool
is_repeated(const json_t *array, size_t i, const char *member)
{
	const char *text = json_get_text(json_array_get(array, i), member);

	for (size_t k = 0; k < i; k++) {
		if (str_equal(json_get_text(json_array_get(array, k), member), text))
			return true;
	}
	return false;
}

void
client_purposes_read(struct task *task, struct client_record *record, const json_t *purposes)
{
	size_t n = purposes == NULL ? 1 : json_array_size(purposes);
	struct purpose *all = client_record_alloc(record, n * sizeof(*all));

	for (size_t i = 0; i < n; i++) {
		all[i] = purposes == NULL ? builtin(task, record)
					  : purpose_of(task, record, json_array_get(purposes, i));
	}
	record->client.purposes = all;
	record->client.n_purposes = n;
}

/* Where the answers go is part of what was agreed: with another origin the person is asked anew. */
static const char *
version_of(struct task *task, struct client_record *record, const char *canonical)
{
	const char *origins = str_join(task, record->client.origins, " ");

	return client_record_dup(
	    record, digest_b64u(task, task_printf(task, "%s\n%s", canonical, origins)));
}

static struct purpose
builtin(struct task *task, struct client_record *record)
{
	json_auto_t *names = json_array();
	struct purpose_claim *claims =
	    client_record_alloc(record, N_BUILTIN_CLAIMS * sizeof(*claims));
	struct purpose purpose = of_settings(task);

	for (size_t i = 0; i < N_BUILTIN_CLAIMS; i++) {
		claims[i].name = builtin_claims[i];
		claims[i].is_essential = strcmp(builtin_claims[i], "sub") == 0;
		json_array_append_new(names, json_string(builtin_claims[i]));
	}
	purpose.id = BUILTIN_ID;
	purpose.claims = claims;
	purpose.n_claims = N_BUILTIN_CLAIMS;
	purpose.version = version_of(task, record, json_text(task, names));
	purpose.is_builtin = true;
	return purpose;
}

/* What an inline purpose does not say. */
static struct purpose
of_settings(const struct task *task)
{
	int64_t life_s = task->rooms->settings->consent_life;

	return (struct purpose){
	    .number = 1,
	    .basis = BASIS_CONSENT,
	    .mode = ACCESS_UNTIL,
	    .valid_s = life_s < PURPOSE_VALID_MAX_S ? life_s : PURPOSE_VALID_MAX_S,
	    .data_life_s = PURPOSE_DATA_LIFE_S,
	};
}

static struct purpose
purpose_of(struct task *task, struct client_record *record, const json_t *json)
{
	const json_t *array = json_object_get(json, "claims");
	size_t n = json_array_size(array);
	struct purpose_claim *claims = client_record_alloc(record, n * sizeof(*claims));
	char *canonical = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
	struct purpose purpose = of_settings(task);

	for (size_t i = 0; i < n; i++) {
		const json_t *claim = json_array_get(array, i);

		claims[i].name = json_get_text(claim, "name");
		claims[i].is_essential = json_get_bool(claim, "essential");
		claims[i].why = json_object_get(claim, "why");
	}
	purpose.id = json_get_text(json, "id");
	purpose.why = json_object_get(json, "why");
	purpose.claims = claims;
	purpose.n_claims = n;
	purpose.version = version_of(task, record, canonical);
	free(canonical);
	return purpose;
}
