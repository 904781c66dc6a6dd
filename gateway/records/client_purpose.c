/* SPDX-License-Identifier: Apache-2.0
 *
 * What a client may ask and why: dvara_purposes of its metadata (CONTRACT), checked when it is
 * applied; and those with the registered ones, read when the client is.
 */
#include "core/task.h"
#include "jose/digest.h"
#include "records/attribute.h"
#include "records/client_metadata.h"
#include "records/client_record.h"
#include "records/policy_text.h"
#include "records/purpose_document.h"
#include "records/purpose_predicate.h"

#include <stdlib.h>
#include <string.h>

#define PURPOSES_MAX 32
#define CLAIMS_MAX   64
#define BUILTIN_ID   "sign-in"

/* OpenID Connect Core section 5.4: what the standard scopes ask for. */
static const char *const builtin_claims[] = {"sub", "name", "given_name", "family_name",
    "middle_name", "nickname", "preferred_username", "profile", "picture", "website", "gender",
    "birthdate", "zoneinfo", "locale", "updated_at", "email", "email_verified", "phone_number",
    "phone_number_verified", "address"};
#define N_BUILTIN_CLAIMS (sizeof(builtin_claims) / sizeof(builtin_claims[0]))

static int purpose_check(struct task *task, const json_t *purposes, size_t i);
static bool basis_is_right(const json_t *purpose);
static int claim_check(struct task *task, const json_t *claims, size_t i);
static struct purpose *purpose_at(struct purpose *all, size_t n, const char *id);
static struct purpose limits_of(const struct client_stored *stored);
static struct purpose builtin(
    struct task *task, struct client_record *record, const struct client_stored *stored);
static struct purpose nothing_but_sub(
    struct task *task, struct client_record *record, const struct client_stored *stored);
static struct purpose inline_of(struct task *task, struct client_record *record,
    const struct client_stored *stored, const json_t *json);
static struct purpose registered_of(struct task *task, struct client_record *record,
    const struct client_stored *stored, const struct policy_version *version);
static void claims_fill(struct client_record *record, struct purpose *purpose,
    const json_t *attributes, const json_t *array);
static const char *version_of(
    struct task *task, struct client_record *record, const char *canonical);
static const char *version_of_json(
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
	static const char *const names[] = {"id", "why", "claims", "basis", "law", NULL};
	const json_t *purpose = json_array_get(purposes, i);
	const json_t *claims = json_object_get(purpose, "claims");
	const char *wrong = policy_stranger(task, purpose, names);

	if (!json_is_object(purpose))
		return fail(task, INVALID_CLIENT_METADATA,
		    "dvara_purposes[%zu] is not {id, why, claims}", i);
	if (wrong != NULL)
		return fail(task, INVALID_CLIENT_METADATA, "dvara_purposes[%zu]: %s", i, wrong);
	if (!policy_is_name(json_get_text(purpose, "id"), POLICY_ATTRIBUTE_LETTERS "/") ||
	    policy_is_repeated(purposes, i, "id"))
		return fail(task, INVALID_CLIENT_METADATA,
		    "dvara_purposes[%zu]: id is not a name of its own", i);
	wrong = policy_some_texts_wrong(task, json_object_get(purpose, "why"));
	if (wrong != NULL)
		return fail(task, INVALID_CLIENT_METADATA, "dvara_purposes[%zu]: why %s", i, wrong);
	if (!basis_is_right(purpose))
		return fail(task, INVALID_CLIENT_METADATA,
		    "dvara_purposes[%zu]: basis and law do not go together", i);
	if (!json_is_array(claims) || json_array_size(claims) > CLAIMS_MAX)
		return fail(task, INVALID_CLIENT_METADATA,
		    "dvara_purposes[%zu]: claims is not an array of up to %d", i, CLAIMS_MAX);
	for (size_t k = 0; k < json_array_size(claims); k++) {
		int r = claim_check(task, claims, k);

		if (r < 0)
			return r;
	}
	wrong = purpose_predicate_thresholds(task, claims);
	if (wrong != NULL)
		return fail(task, INVALID_CLIENT_METADATA, "dvara_purposes[%zu]: %s", i, wrong);
	return 0;
}

/* Of a service of ours; all others go without both (client_store.c). */
static bool
basis_is_right(const json_t *purpose)
{
	const json_t *basis = json_object_get(purpose, "basis");
	const json_t *law = json_object_get(purpose, "law");

	if (basis == NULL)
		return law == NULL;
	switch (purpose_basis_of(json_string_value(basis))) {
	case BASIS_CONSENT: return law == NULL;
	case BASIS_LEGAL_DUTY:
	case BASIS_PUBLIC_TASK: return client_texts_are_plain(law, POLICY_TEXT_MAX_BYTES);
	default: return false;
	}
}

bool
client_purposes_name_law(const json_t *purposes)
{
	const json_t *purpose;
	size_t i;

	json_array_foreach(purposes, i, purpose) {
		if (json_object_get(purpose, "basis") != NULL)
			return true;
	}
	return false;
}

static int
claim_check(struct task *task, const json_t *claims, size_t i)
{
	static const char *const names[] = {"name", "essential", "why", NULL};
	const json_t *claim = json_array_get(claims, i);
	const json_t *essential = json_object_get(claim, "essential");
	const json_t *why = json_object_get(claim, "why");
	const char *wrong = policy_stranger(task, claim, names);
	struct attribute attribute;

	if (!json_is_object(claim))
		return fail(task, INVALID_CLIENT_METADATA,
		    "dvara_purposes: claims[%zu] is not {name, essential, why}", i);
	if (wrong != NULL)
		return fail(
		    task, INVALID_CLIENT_METADATA, "dvara_purposes: claims[%zu]: %s", i, wrong);
	if (!policy_is_name(json_get_text(claim, "name"), POLICY_ATTRIBUTE_LETTERS) ||
	    policy_is_repeated(claims, i, "name"))
		return fail(task, INVALID_CLIENT_METADATA,
		    "dvara_purposes: claims[%zu]: name is not a claim's, or comes twice", i);
	if (essential != NULL && !json_is_boolean(essential))
		return fail(task, INVALID_CLIENT_METADATA,
		    "dvara_purposes: claims[%zu]: essential is not true or false", i);
	if (json_is_true(essential) &&
	    attribute_find(NULL, json_get_text(claim, "name"), &attribute) && attribute.is_special)
		return fail(task, INVALID_CLIENT_METADATA,
		    "dvara_purposes: claims[%zu] is of a special category: it is never essential",
		    i);
	wrong = why == NULL ? NULL : policy_some_texts_wrong(task, why);
	if (wrong != NULL)
		return fail(
		    task, INVALID_CLIENT_METADATA, "dvara_purposes: claims[%zu]: why %s", i, wrong);
	return 0;
}

/* Inline ones, or the one that is built in, then what is registered beside them.  With nothing but
 * registered ones counting, a client that has none learns who it is (sub), no more. */
void
client_purposes_read(
    struct task *task, struct client_record *record, const struct client_stored *stored)
{
	const json_t *inlined = json_object_get(record->client.metadata, "dvara_purposes");
	size_t n_inline = json_array_size(inlined), n = 0;
	struct purpose *all =
	    client_record_alloc(record, (n_inline + stored->n_purposes + 1) * sizeof(*all));

	if (inlined == NULL && !stored->registered_only)
		all[n++] = builtin(task, record, stored);
	for (size_t i = 0; i < n_inline && !stored->registered_only; i++)
		all[n++] = inline_of(task, record, stored, json_array_get(inlined, i));
	for (size_t i = 0; i < stored->n_purposes; i++) {
		struct purpose one = registered_of(task, record, stored, &stored->purposes[i]);
		struct purpose *at = purpose_at(all, n, one.id);

		if (at == NULL)
			at = &all[n++];
		*at = one;
	}
	if (n == 0)
		all[n++] = nothing_but_sub(task, record, stored);
	record->client.purposes = all;
	record->client.n_purposes = n;
}

static struct purpose *
purpose_at(struct purpose *all, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (str_equal(all[i].id, id))
			return &all[i];
	return NULL;
}

/* What an inline purpose does not say. */
static struct purpose
limits_of(const struct client_stored *stored)
{
	int64_t life_s = stored->consent_life_s;

	return (struct purpose){
	    .number = 1,
	    .basis = BASIS_CONSENT,
	    .mode = ACCESS_UNTIL,
	    .valid_s = life_s < PURPOSE_VALID_MAX_S ? life_s : PURPOSE_VALID_MAX_S,
	    .data_life_s = PURPOSE_DATA_LIFE_S,
	};
}

static struct purpose
builtin(struct task *task, struct client_record *record, const struct client_stored *stored)
{
	json_auto_t *names = json_array();
	struct purpose_claim *claims =
	    client_record_alloc(record, N_BUILTIN_CLAIMS * sizeof(*claims));
	struct purpose purpose = limits_of(stored);

	for (size_t i = 0; i < N_BUILTIN_CLAIMS; i++) {
		claims[i].name = builtin_claims[i];
		claims[i].is_essential = strcmp(builtin_claims[i], "sub") == 0;
		json_array_append_new(names, json_string(builtin_claims[i]));
	}
	purpose.id = BUILTIN_ID;
	purpose.claims = claims;
	purpose.n_claims = N_BUILTIN_CLAIMS;
	purpose.version = version_of_json(task, record, names);
	purpose.is_builtin = true;
	return purpose;
}

static struct purpose
nothing_but_sub(struct task *task, struct client_record *record, const struct client_stored *stored)
{
	struct purpose purpose = builtin(task, record, stored);

	purpose.n_claims = 1;
	purpose.version = version_of(task, record, "sub");
	return purpose;
}

static struct purpose
inline_of(struct task *task, struct client_record *record, const struct client_stored *stored,
    const json_t *json)
{
	struct purpose purpose = limits_of(stored);

	purpose.id = json_get_text(json, "id");
	purpose.why = json_object_get(json, "why");
	purpose.version = version_of_json(task, record, json);
	if (json_object_get(json, "basis") != NULL) {
		purpose.basis = purpose_basis_of(json_get_text(json, "basis"));
		purpose.law = json_object_get(json, "law");
	}
	claims_fill(record, &purpose, stored->attributes, json_object_get(json, "claims"));
	return purpose;
}

/* What was changed since two operators agreed rests until they have looked at it. */
static struct purpose
registered_of(struct task *task, struct client_record *record, const struct client_stored *stored,
    const struct policy_version *version)
{
	struct purpose purpose = purpose_document_read(version);

	client_record_keep(record, version->document);
	purpose.is_suspended = purpose.is_suspended || !purpose_is_as_certified(task, version);
	purpose.version = version_of_json(task, record, version->document);
	purpose.certificate = client_record_dup(record, version->certificate);
	claims_fill(
	    record, &purpose, stored->attributes, json_object_get(version->document, "attributes"));
	return purpose;
}

/* What is of a special category is given freely or asked by a law: by consent never a condition. */
static void
claims_fill(struct client_record *record, struct purpose *purpose, const json_t *attributes,
    const json_t *array)
{
	size_t n_max = json_array_size(array), n = 0;
	struct purpose_claim *claims = client_record_alloc(record, n_max * sizeof(*claims));

	for (size_t i = 0; i < n_max; i++) {
		const json_t *claim = json_array_get(array, i);
		struct purpose_claim *filled = &claims[n];
		struct attribute attribute = {0};
		const char **of = client_record_alloc(record, sizeof(attribute.of));

		filled->name = json_get_text(claim, "name");
		filled->why = json_object_get(claim, "why");
		if (attribute_find(attributes, filled->name, &attribute))
			memcpy(of, attribute.of, sizeof(attribute.of));
		else if (purpose->is_registered)
			continue; /* taken out of the catalogue since */
		filled->of = of;
		filled->label = attribute.label;
		filled->is_special = attribute.is_special;
		filled->is_essential = json_get_bool(claim, "essential") &&
				       !(attribute.is_special && purpose->basis == BASIS_CONSENT);
		n++;
	}
	purpose->claims = claims;
	purpose->n_claims = n;
}

static const char *
version_of_json(struct task *task, struct client_record *record, const json_t *json)
{
	char *canonical = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
	const char *version = version_of(task, record, canonical);

	free(canonical);
	return version;
}

/* Where the answers go is part of what was agreed: with another origin the person is asked anew. */
static const char *
version_of(struct task *task, struct client_record *record, const char *canonical)
{
	const char *origins = str_join(task, record->client.origins, " ");

	return client_record_dup(
	    record, digest_b64u(task, task_printf(task, "%s\n%s", canonical, origins)));
}
