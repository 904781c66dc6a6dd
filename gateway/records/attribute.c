/* SPDX-License-Identifier: Apache-2.0
 *
 * The catalogue of attributes (see attribute.h).
 */
#include "records/attribute.h"

#include "core/names.h"
#include "core/task.h"
#include "pages/page.h"
#include "records/policy_text.h"
#include "store/sql.h"

#include <ctype.h>
#include <string.h>

#define AGE_MAX    120
#define AMOUNT_MAX 1000000000000

/* What may stand behind a name. */
typedef bool parameter_test(const char *text);
static parameter_test is_age, is_region, is_amount, is_country;

/* OpenID Connect Core section 5.1, and what the built-in register of a small country holds. */
static const struct built_in {
	const char *name;
	const char *parameter; /* as the catalogue writes it; NULL: none */
	parameter_test *test;
	struct attribute attribute;
} built_in[] = {
#define PLAIN(name) \
	{ \
		name, NULL, NULL, \
		{ \
			.kind = ATTRIBUTE_VALUE \
		} \
	}
    PLAIN("name"),
    PLAIN("given_name"),
    PLAIN("family_name"),
    PLAIN("middle_name"),
    PLAIN("nickname"),
    PLAIN("preferred_username"),
    PLAIN("profile"),
    PLAIN("picture"),
    PLAIN("website"),
    PLAIN("gender"),
    PLAIN("birthdate"),
    PLAIN("zoneinfo"),
    PLAIN("locale"),
    PLAIN("updated_at"),
    PLAIN("email"),
    PLAIN("email_verified"),
    PLAIN("phone_number"),
    PLAIN("phone_number_verified"),
    PLAIN("address"),
    PLAIN("full_name"),
    PLAIN("birthplace"),
    PLAIN("place_of_birth"),
    PLAIN("birth_family_name"),
    PLAIN("portrait"),
    PLAIN("nationality"),
    PLAIN("nationalities"),
    PLAIN("residence_region"),
    PLAIN("document_expiry"),
    PLAIN("household_income"),
    PLAIN("household_size"),
#undef PLAIN
    {"disability", NULL, NULL, {.kind = ATTRIBUTE_VALUE, .is_special = true}},
    {"personal_number", NULL, NULL, {.kind = ATTRIBUTE_VALUE, .is_number = true}},
    {"document_number", NULL, NULL, {.kind = ATTRIBUTE_VALUE, .is_number = true}},
    {"age_over_", "NN", is_age, {.kind = ATTRIBUTE_PREDICATE, .of = {"birthdate"}}},
    {"age_under_", "NN", is_age, {.kind = ATTRIBUTE_PREDICATE, .of = {"birthdate"}}},
    {"resident_of:", "REGION", is_region,
	{.kind = ATTRIBUTE_PREDICATE, .of = {"residence_region"}}},
    {"household_income_below:", "AMOUNT", is_amount,
	{.kind = ATTRIBUTE_PREDICATE, .of = {"household_income"}}},
    {"nationality_is:", "XX", is_country,
	{.kind = ATTRIBUTE_PREDICATE, .of = {"nationality", "nationalities"}}},
    {"document_valid", NULL, NULL, {.kind = ATTRIBUTE_PREDICATE, .of = {"document_expiry"}}},
    {"has_disability", NULL, NULL,
	{.kind = ATTRIBUTE_PREDICATE, .of = {"disability"}, .is_special = true}},
#define MATCH(kind_of, of_name) \
	{ \
		kind_of "_matches:" of_name, NULL, NULL, \
		{ \
			.kind = ATTRIBUTE_MATCH, .of = { of_name } \
		} \
	}
    MATCH("number", "personal_number"),
    MATCH("number", "document_number"),
    MATCH("number", "phone_number"),
    MATCH("number", "email"),
    MATCH("name", "name"),
    MATCH("name", "given_name"),
    MATCH("name", "family_name"),
#undef MATCH
};
#define N_BUILT_IN (sizeof(built_in) / sizeof(built_in[0]))

static const char *const kinds[] = {
    [ATTRIBUTE_VALUE] = "value",
    [ATTRIBUTE_PREDICATE] = "predicate",
    [ATTRIBUTE_MATCH] = "match",
};

static const struct built_in *built_in_find(const char *name);
static bool is_of(const struct built_in *one, const char *name);
static struct attribute registered_of(const json_t *document);
static enum attribute_kind kind_of(const char *name);
static int of_check(struct task *task, const json_t *document);
static json_t *shown(struct task *task, const struct attribute *attribute, const char *name);

bool
attribute_find(const json_t *registered, const char *name, struct attribute *ret_attribute)
{
	const json_t *document = json_object_get(registered, name);
	const struct built_in *one;

	if (document != NULL) {
		*ret_attribute = registered_of(document);
		return true;
	}
	one = built_in_find(name);
	if (one == NULL)
		return false;
	*ret_attribute = one->attribute;
	ret_attribute->name = name;
	return true;
}

static const struct built_in *
built_in_find(const char *name)
{
	for (size_t i = 0; i < N_BUILT_IN; i++)
		if (is_of(&built_in[i], name))
			return &built_in[i];
	return NULL;
}

const char *const *
attribute_bases(const char *name)
{
	static const char *const none[] = {NULL};
	const struct built_in *one = built_in_find(name);

	return one == NULL ? none : one->attribute.of;
}

static bool
is_of(const struct built_in *one, const char *name)
{
	if (one->test == NULL)
		return str_equal(one->name, name);
	return str_starts(name, one->name) && one->test(name + strlen(one->name));
}

static bool
is_number_up_to(const char *text, int64_t max)
{
	int64_t number;

	return *text != '0' && str_to_i64(text, 1, max, &number);
}

static bool
is_age(const char *text)
{
	return is_number_up_to(text, AGE_MAX);
}

static bool
is_amount(const char *text)
{
	return is_number_up_to(text, AMOUNT_MAX);
}

static bool
is_country(const char *text)
{
	return isupper((unsigned char)text[0]) && isupper((unsigned char)text[1]) &&
	       text[2] == '\0';
}

/* ISO 3166-2: KH, or KH-12. */
static bool
is_region(const char *text)
{
	size_t len = strlen(text);

	if (len < 2 || !isupper((unsigned char)text[0]) || !isupper((unsigned char)text[1]))
		return false;
	return len == 2 || (text[2] == '-' && len >= 4 && len <= 6 &&
			       strspn(text + 3, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == len - 3);
}

static struct attribute
registered_of(const json_t *document)
{
	const json_t *of = json_object_get(document, "of");
	struct attribute attribute = {
	    .name = json_get_text(document, "name"),
	    .kind = kind_of(json_get_text(document, "kind")),
	    .is_special = json_get_bool(document, "special"),
	    .label = json_object_get(document, "label"),
	    .source = json_get_text(document, "source"),
	};

	for (size_t i = 0; i < json_array_size(of) && i < ATTRIBUTE_OF_MAX; i++)
		attribute.of[i] = json_string_value(json_array_get(of, i));
	return attribute;
}

static enum attribute_kind
kind_of(const char *name)
{
	for (enum attribute_kind kind = ATTRIBUTE_VALUE; kind <= ATTRIBUTE_MATCH; kind++)
		if (str_equal(kinds[kind], name))
			return kind;
	return 0;
}

const char *
attribute_label(struct task *task, const json_t *registered, const char *name)
{
	const json_t *label = json_object_get(json_object_get(registered, name), "label");

	return label == NULL ? page_claim_label(task, name) : page_pick(task, label);
}

const char *
attribute_kind_name(enum attribute_kind kind)
{
	return kinds[kind];
}

int
attribute_registered(struct task *task, const json_t **ret_registered)
{
	struct sql_rows rows;
	json_t *registered = NULL;
	int r;

	r = attribute_rows(task, &rows);
	if (r == 0)
		r = attribute_registered_of(task, &rows, &registered);
	if (r < 0)
		return r;
	*ret_registered = json_keep(task, registered);
	return 0;
}

int
attribute_rows(struct task *task, struct sql_rows *ret_rows)
{
	return sql_read(task,
	    SQL("SELECT document FROM policy WHERE kind = 'attribute' AND owner = ''"
		" AND state = 'approved' ORDER BY id LIMIT 1000"),
	    ret_rows);
}

int
attribute_registered_of(struct task *task, const struct sql_rows *rows, json_t **ret_registered)
{
	json_auto_t *registered = json_object();

	for (size_t i = 0; i < rows->n_rows; i++) {
		const char *text = sql_text(rows, i, 0);
		json_t *document;
		int r;

		r = json_parse_object(task, text, strlen(text), &document);
		if (r < 0)
			return fault_as(task, BROKEN);
		json_object_set_new(registered, json_get_text(document, "name"), document);
	}
	*ret_registered = json_incref(registered);
	return 0;
}

int
attribute_document_check(struct task *task, const json_t *document)
{
	static const char *const members[] = {
	    "$schema", "name", "kind", "of", "label", "special", "source", NULL};
	const char *name = json_get_text(document, "name"), *wrong;
	const json_t *special = json_object_get(document, "special");

	if (!json_is_object(document))
		return fail(task, INVALID_REQUEST, "the document is not an object");
	wrong = policy_stranger(task, document, members);
	if (wrong != NULL)
		return fail(task, INVALID_REQUEST, "%s", wrong);
	if (!policy_is_name(name, POLICY_ATTRIBUTE_LETTERS) || str_equal(name, "sub"))
		return fail(task, INVALID_REQUEST, "name is not an attribute's");
	if (built_in_find(name) != NULL)
		return fail(task, INVALID_REQUEST, "name: %s is built in", name);
	if (kind_of(json_get_text(document, "kind")) == 0)
		return fail(task, INVALID_REQUEST, "kind is none of value, predicate, match");
	wrong = policy_texts_wrong(task, json_object_get(document, "label"));
	if (wrong != NULL)
		return fail(task, INVALID_REQUEST, "label %s", wrong);
	if (special != NULL && !json_is_boolean(special))
		return fail(task, INVALID_REQUEST, "special is not true or false");
	if (json_object_get(document, "source") != NULL &&
	    !policy_is_name(json_get_text(document, "source"), POLICY_ID_LETTERS))
		return fail(task, INVALID_REQUEST, "source is not a name");
	return of_check(task, document);
}

static int
of_check(struct task *task, const json_t *document)
{
	const json_t *of = json_object_get(document, "of"), *one;
	bool is_value = str_equal(json_get_text(document, "kind"), "value");
	size_t i;

	if (of == NULL)
		return 0;
	if (is_value || !json_is_array(of) || json_array_size(of) > ATTRIBUTE_OF_MAX)
		return fail(task, INVALID_REQUEST,
		    "of is not an array of up to %d names, or the attribute is a value",
		    ATTRIBUTE_OF_MAX);
	json_array_foreach(of, i, one)
		if (!policy_is_name(json_string_value(one), POLICY_ATTRIBUTE_LETTERS))
			return fail(task, INVALID_REQUEST, "of[%zu] is not a name", i);
	return 0;
}

int
attribute_catalogue(struct task *task, json_t **ret_catalogue)
{
	const json_t *registered;
	json_t *catalogue, *document;
	const char *name;
	int r;

	r = attribute_registered(task, &registered);
	if (r < 0)
		return r;
	catalogue = json_array();
	for (size_t i = 0; i < N_BUILT_IN; i++) {
		const char *parameter = built_in[i].parameter;

		json_array_append_new(catalogue, shown(task, &built_in[i].attribute,
						     task_printf(task, "%s%s", built_in[i].name,
							 parameter == NULL ? "" : parameter)));
	}
	json_object_foreach((json_t *)(uintptr_t)registered, name, document) {
		struct attribute attribute = registered_of(document);

		json_array_append_new(catalogue, shown(task, &attribute, name));
	}
	*ret_catalogue = catalogue;
	return 0;
}

static json_t *
shown(struct task *task, const struct attribute *attribute, const char *name)
{
	json_t *object = json_pack("{s:s, s:s, s:b}", "name", name, "kind",
	    attribute_kind_name(attribute->kind), "special", attribute->is_special);

	if (attribute->of[0] != NULL)
		json_object_set_new(object, "of", names_json(attribute->of));
	if (attribute->label != NULL)
		json_object_set(object, "label", (json_t *)(uintptr_t)attribute->label);
	else
		json_object_set_new(object, "label", page_claim_labels(task, name));
	json_set_text(object, "source", attribute->source);
	return object;
}
