/* SPDX-License-Identifier: Apache-2.0
 *
 * The attributes of a consent request: what of them may be asked, and what is essential.
 */
#include "consent/ask_reading.h"

#include "core/task.h"
#include "records/attribute.h"
#include "records/client_metadata.h"
#include "records/purpose_predicate.h"

#define ATTRIBUTES_MAX  64
#define WHY_MAX_BYTES   300
#define VALUE_MAX_BYTES 64

static const json_t *named(const json_t *attributes, const char *name);
static void names_take(struct reading *reading, const json_t *attributes);
static bool is_needed(const json_t *attribute);
static int attribute_read(struct reading *reading, const json_t *attribute, size_t i);
static int attribute_check(struct reading *reading, const json_t *attribute, size_t i);
static int attribute_may_be_asked(struct reading *reading, const char *name, size_t i);
static int value_check(struct reading *reading, const json_t *attribute, size_t i);
static const char *at(struct task *task, size_t i, const char *member);

int
ask_attributes_read(struct reading *reading, const json_t *value)
{
	struct task *task = reading->task;
	const size_t n = json_array_size(value);

	if (n == 0 || n > ATTRIBUTES_MAX)
		return fail_at(task, "/attributes", INVALID_REQUEST,
		    "attributes is not an array of 1 to %d", ATTRIBUTES_MAX);
	reading->ask.whys = json_keep(task, json_object());
	reading->ask.values = json_keep(task, json_object());
	for (size_t i = 0; i < n; i++) {
		const char *name = json_get_text(json_array_get(value, i), "name");
		int r = attribute_read(reading, json_array_get(value, i), i);

		if (r < 0)
			return r;
		if (named(value, name) != json_array_get(value, i))
			return fail_at(task, at(task, i, "name"), INVALID_REQUEST,
			    "an attribute stands twice");
	}
	names_take(reading, value);
	return 0;
}

/* The first of that name. */
static const json_t *
named(const json_t *attributes, const char *name)
{
	json_t *attribute;
	size_t i;

	json_array_foreach(attributes, i, attribute)
		if (str_equal(json_get_text(attribute, "name"), name))
			return attribute;
	return NULL;
}

/* Who it is (sub) is no attribute: every answer has it. */
static void
names_take(struct reading *reading, const json_t *attributes)
{
	const struct purpose *purpose = reading->ask.purpose;
	const char **names = task_new_n(reading->task, const char *, purpose->n_claims + 1);
	const char **essential = task_new_n(reading->task, const char *, purpose->n_claims + 1);

	reading->ask.names = names;
	reading->ask.essential = essential;
	for (size_t i = 0; i < purpose->n_claims; i++) {
		const struct purpose_claim *claim = &purpose->claims[i];
		const json_t *attribute = named(attributes, claim->name);

		if (attribute == NULL || str_equal(claim->name, "sub"))
			continue;
		*names++ = claim->name;
		if (claim->is_essential && is_needed(attribute))
			*essential++ = claim->name;
	}
}

/* By the purpose, unless the client says that it can do without. */
static bool
is_needed(const json_t *attribute)
{
	return !json_is_false(json_object_get(attribute, "essential"));
}

/* The pointer to the member of an attribute. */
static const char *
at(struct task *task, size_t i, const char *member)
{
	return task_printf(task, "/attributes/%zu/%s", i, member);
}

static int
attribute_read(struct reading *reading, const json_t *attribute, size_t i)
{
	struct ask *ask = &reading->ask;
	const char *name = json_get_text(attribute, "name");
	json_t *why = json_object_get(attribute, "why");
	json_t *value = json_object_get(attribute, "value");
	int r;

	r = attribute_check(reading, attribute, i);
	if (r == 0)
		r = attribute_may_be_asked(reading, name, i);
	if (r == 0)
		r = value_check(reading, attribute, i);
	if (r < 0)
		return r;
	if (why != NULL)
		json_object_set((json_t *)(uintptr_t)ask->whys, name, why);
	if (value != NULL)
		json_object_set_new(
		    (json_t *)(uintptr_t)ask->values, name, json_pack("[O]", value));
	/* What the purpose leaves to the person a request cannot demand. */
	if (json_get_bool(attribute, "essential") &&
	    !purpose_claim(ask->purpose, name)->is_essential && !reading->is_stored)
		ask_cap(reading, task_printf(reading->task, "attributes/%zu/essential", i));
	return 0;
}

static int
attribute_check(struct reading *reading, const json_t *attribute, size_t i)
{
	struct task *task = reading->task;
	const json_t *essential = json_object_get(attribute, "essential");
	const json_t *why = json_object_get(attribute, "why");
	const json_t *value = json_object_get(attribute, "value");
	const char *name;
	json_t *member;

	if (json_get_text(attribute, "name") == NULL)
		return fail_at(
		    task, at(task, i, "name"), INVALID_REQUEST, "an attribute without a name");
	json_object_foreach((json_t *)(uintptr_t)attribute, name, member)
		if (!str_has_word("name essential why value", name))
			return fail_at(task, at(task, i, fault_pointer_part(task, name)),
			    INVALID_REQUEST, "a member that is not known");
	if (essential != NULL && !json_is_boolean(essential))
		return fail_at(task, at(task, i, "essential"), INVALID_REQUEST,
		    "essential is not true or false");
	if (why != NULL && !client_texts_are_plain(why, WHY_MAX_BYTES))
		return fail_at(
		    task, at(task, i, "why"), INVALID_REQUEST, "why is not {language: text}");
	if (value != NULL && !client_text_is_plain(value, VALUE_MAX_BYTES))
		return fail_at(
		    task, at(task, i, "value"), INVALID_REQUEST, "value is not a short text");
	return 0;
}

static int
attribute_may_be_asked(struct reading *reading, const char *name, size_t i)
{
	struct task *task = reading->task;
	const struct purpose *purpose = reading->ask.purpose;
	const char *predicate = purpose_predicate_for(purpose, name);

	if (predicate != NULL)
		return fail_at(task, at(task, i, "name"), PREDICATE_REQUIRED, "ask %s", predicate);
	if (purpose_claim(purpose, name) == NULL)
		return fail_at(task, at(task, i, "name"), ATTRIBUTE_NOT_IN_PURPOSE,
		    "the purpose does not register this attribute");
	return 0;
}

/* A match compares what the client brings; of anything else a value would be a guess at it.  What
 * operators registered besides is their affair. */
static int
value_check(struct reading *reading, const json_t *attribute, size_t i)
{
	const bool has_value = json_object_get(attribute, "value") != NULL;
	struct attribute built_in;
	bool is_match;

	if (reading->is_stored ||
	    !attribute_find(NULL, json_get_text(attribute, "name"), &built_in))
		return 0;
	is_match = built_in.kind == ATTRIBUTE_MATCH;
	if (is_match == has_value)
		return 0;
	return fail_at(reading->task, at(reading->task, i, "value"), INVALID_REQUEST,
	    is_match ? "a match needs the value to compare with" : "only a match has a value");
}
