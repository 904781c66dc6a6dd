/* SPDX-License-Identifier: Apache-2.0
 *
 * The document of a registered purpose (see purpose_document.h), checked and read.
 */
#include "records/purpose_document.h"

#include "core/period.h"
#include "core/str.h"
#include "core/task.h"
#include "records/attribute.h"
#include "records/client_metadata.h"
#include "records/policy_text.h"
#include "records/purpose_predicate.h"

#include <string.h>

#define ATTRIBUTES_MAX  64
#define REFERENCE_MAX   500
#define DATA_LIFE_MAX_S (10 * 365 * 24 * 3600LL)
#define RELEASES_MAX    1000000
#define COUNTRY_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static int names_check(struct task *task, const json_t *document);
static int grounds_check(struct task *task, const json_t *document);
static int limits_check(struct task *task, const json_t *document);
static int frequency_check(struct task *task, const json_t *frequency);
static int attributes_check(struct task *task, const json_t *document, const json_t *registered);
static int attribute_check(struct task *task, const json_t *document, const json_t *one,
    const struct attribute *attribute);
static bool is_country(const char *text);
static bool is_period(const json_t *document, const char *member, int64_t max_s);

#define REFUSE(task, ...) fail((task), INVALID_REQUEST, __VA_ARGS__)

int
purpose_document_check(struct task *task, const json_t *document, const json_t *registered)
{
	int (*const checks[])(struct task *, const json_t *) = {
	    names_check, grounds_check, limits_check};

	if (!json_is_object(document))
		return REFUSE(task, "the document is not an object");
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		int r = checks[i](task, document);

		if (r < 0)
			return r;
	}
	return attributes_check(task, document, registered);
}

static int
names_check(struct task *task, const json_t *document)
{
	static const char *const members[] = {"$schema", "client_id", "id", "why", "basis", "law",
	    "attributes", "mode", "valid_for", "data_life", "frequency", "dpia", "country", NULL};
	const char *wrong = policy_stranger(task, document, members);

	if (wrong != NULL)
		return REFUSE(task, "%s", wrong);
	if (str_is_empty(json_get_text(document, "client_id")))
		return REFUSE(task, "client_id is missing");
	if (!policy_is_name(json_get_text(document, "id"), POLICY_ID_LETTERS) ||
	    *json_get_text(document, "id") == '.')
		return REFUSE(task, "id is not 1 to %d of A-Z a-z 0-9 _ - . : without a dot first",
		    POLICY_NAME_MAX);
	wrong = policy_texts_wrong(task, json_object_get(document, "why"));
	return wrong == NULL ? 0 : REFUSE(task, "why %s", wrong);
}

/* What it rests on, and who looked at that. */
static int
grounds_check(struct task *task, const json_t *document)
{
	enum basis basis = purpose_basis_of(json_get_text(document, "basis"));
	const json_t *law = json_object_get(document, "law"),
		     *dpia = json_object_get(document, "dpia");
	const char *wrong = basis == BASIS_CONSENT ? NULL : policy_texts_wrong(task, law);

	if (basis == 0)
		return REFUSE(task, "basis is none of consent, legal_duty, public_task");
	if (basis == BASIS_CONSENT && law != NULL)
		return REFUSE(task, "law is for a basis that is not consent");
	if (wrong != NULL)
		return REFUSE(task, "law %s", wrong);
	if (!client_text_is_plain(dpia, REFERENCE_MAX))
		return REFUSE(task, "dpia is not the reference of an impact assessment");
	if (!is_country(json_get_text(document, "country")))
		return REFUSE(task, "country is not two capital letters (ISO 3166-1)");
	return 0;
}

static int
limits_check(struct task *task, const json_t *document)
{
	enum access_mode mode = purpose_mode_of(json_get_text(document, "mode"));
	const json_t *valid_for = json_object_get(document, "valid_for");

	if (mode == 0)
		return REFUSE(task, "mode is neither once nor until");
	if (mode == ACCESS_UNTIL && valid_for == NULL)
		return REFUSE(task, "valid_for is missing: mode until asks for it");
	if (valid_for != NULL && !is_period(document, "valid_for", PURPOSE_VALID_MAX_S))
		return REFUSE(task, "valid_for is not a period up to two years (\"P365D\")");
	if (!is_period(document, "data_life", DATA_LIFE_MAX_S))
		return REFUSE(task, "data_life is not a period up to ten years (\"P90D\")");
	return frequency_check(task, json_object_get(document, "frequency"));
}

static int
frequency_check(struct task *task, const json_t *frequency)
{
	static const char *const members[] = {"releases", "per", NULL};
	const char *wrong = policy_stranger(task, frequency, members);
	int64_t n;

	if (frequency == NULL)
		return 0;
	if (!json_is_object(frequency))
		return REFUSE(task, "frequency is not {releases, per}");
	if (wrong != NULL)
		return REFUSE(task, "frequency: %s", wrong);
	if (!json_get_i64(frequency, "releases", &n) || n < 1 || n > RELEASES_MAX)
		return REFUSE(
		    task, "frequency.releases is not a number from 1 to %d", RELEASES_MAX);
	if (!is_period(frequency, "per", PURPOSE_VALID_MAX_S))
		return REFUSE(task, "frequency.per is not a period up to two years (\"P30D\")");
	return 0;
}

static bool
is_period(const json_t *object, const char *member, int64_t max_s)
{
	int64_t s;

	return period_parse(json_get_text(object, member), &s) && s <= max_s;
}

static bool
is_country(const char *text)
{
	return text != NULL && strlen(text) == 2 && strspn(text, COUNTRY_LETTERS) == 2;
}

static int
attributes_check(struct task *task, const json_t *document, const json_t *registered)
{
	static const char *const members[] = {"name", "essential", "why", NULL};
	const json_t *attributes = json_object_get(document, "attributes"), *one;
	const char *why;
	size_t i;

	if (json_array_size(attributes) == 0 || json_array_size(attributes) > ATTRIBUTES_MAX)
		return REFUSE(
		    task, "attributes is not an array of 1 to %d objects", ATTRIBUTES_MAX);
	json_array_foreach(attributes, i, one) {
		const char *name = json_get_text(one, "name");
		struct attribute attribute;
		int r;

		why = policy_stranger(task, one, members);
		if (!json_is_object(one))
			return REFUSE(task, "attributes[%zu] is not {name, essential, why}", i);
		if (why != NULL)
			return REFUSE(task, "attributes[%zu]: %s", i, why);
		if (name == NULL || strlen(name) > POLICY_NAME_MAX ||
		    !attribute_find(registered, name, &attribute))
			return REFUSE(
			    task, "attributes[%zu]: %.40s is no registered attribute", i, name);
		if (policy_is_repeated(attributes, i, "name"))
			return REFUSE(task, "attributes[%zu]: %.40s comes twice", i, name);
		r = attribute_check(task, document, one, &attribute);
		if (r < 0)
			return r;
	}
	why = purpose_predicate_excess(task, attributes, registered);
	return why == NULL ? 0 : REFUSE(task, "attributes: %s", why);
}

/* A law asks or it does not: under a duty there is nothing to tick.  What is of a special category
 * is asked for by a law's own words, or given freely. */
static int
attribute_check(
    struct task *task, const json_t *document, const json_t *one, const struct attribute *attribute)
{
	const json_t *essential = json_object_get(one, "essential");
	const json_t *why = json_object_get(one, "why");
	const char *wrong = why == NULL ? NULL : policy_texts_wrong(task, why);
	bool is_choice = str_equal(json_get_text(document, "basis"), "consent");

	if (essential != NULL && !json_is_boolean(essential))
		return REFUSE(
		    task, "attributes: essential of %s is not true or false", attribute->name);
	if (wrong != NULL)
		return REFUSE(task, "attributes: why of %s %s", attribute->name, wrong);
	if (!is_choice && !json_is_true(essential))
		return REFUSE(task,
		    "attributes: %s is not essential: what a person may leave out is asked by "
		    "consent",
		    attribute->name);
	if (is_choice && attribute->is_special && json_is_true(essential))
		return REFUSE(task,
		    "attributes: %s is of a special category: by consent it is never essential",
		    attribute->name);
	if (is_choice && attribute->is_number)
		return REFUSE(task,
		    "attributes: %s names a person: ask number_matches:%s, or by a legal duty",
		    attribute->name, attribute->name);
	return 0;
}

struct purpose
purpose_document_read(const struct policy_version *version)
{
	const json_t *document = version->document;
	const json_t *frequency = json_object_get(document, "frequency");
	struct purpose purpose = {
	    .id = json_get_text(document, "id"),
	    .why = json_object_get(document, "why"),
	    .number = version->number,
	    .is_registered = true,
	    .is_suspended = str_equal(version->state, "suspended"),
	    .since_s = version->approved_s,
	    .until_s = version->until_s,
	    .basis = purpose_basis_of(json_get_text(document, "basis")),
	    .law = json_object_get(document, "law"),
	    .mode = purpose_mode_of(json_get_text(document, "mode")),
	    .valid_s = PURPOSE_DATA_LIFE_S,
	    .dpia = json_get_text(document, "dpia"),
	    .country = json_get_text(document, "country"),
	};

	period_parse(json_get_text(document, "valid_for"), &purpose.valid_s);
	period_parse(json_get_text(document, "data_life"), &purpose.data_life_s);
	if (json_get_i64(frequency, "releases", &purpose.frequency.n))
		period_parse(json_get_text(frequency, "per"), &purpose.frequency.per_s);
	return purpose;
}
