/* SPDX-License-Identifier: Apache-2.0
 *
 * What a rule asks of a person (welfare.h), in a logic of three values (Kleene's): what is unknown
 * decides nothing, unless it could not change the outcome.
 */
#include "welfare.h"

#include <string.h>

#define DEPTH_MAX 4
#define PARTS_MAX 16

static const char *fault_at(const json_t *expression, int depth);
static const char *name_fault(const char *name);
static enum truth truth_of_all(const json_t *parts, const json_t *released);
static enum truth truth_of_any(const json_t *parts, const json_t *released);

const char *
rule_fault(const json_t *expression)
{
	return fault_at(expression, 1);
}

static const char *
fault_at(const json_t *expression, int depth)
{
	const json_t *not = json_object_get(expression, "not");
	const json_t *all = json_object_get(expression, "all");
	const json_t *parts = all != NULL ? all : json_object_get(expression, "any");
	const char *fault;
	size_t i;
	json_t *part;

	if (depth > DEPTH_MAX)
		return "an expression is too deep";
	if (json_is_string(expression))
		return name_fault(json_string_value(expression));
	if (json_object_size(expression) != 1)
		return "an expression is no predicate and has not one of not, all, any";
	if (not != NULL)
		return fault_at(not, depth + 1);
	if (json_array_size(parts) == 0 || json_array_size(parts) > PARTS_MAX)
		return "all or any is no list of 1 to 16 expressions";
	json_array_foreach(parts, i, part) {
		fault = fault_at(part, depth + 1);
		if (fault != NULL)
			return fault;
	}
	return NULL;
}

/* Yes or no, and nothing that says more. */
static const char *
name_fault(const char *name)
{
	static const char *const kinds[] = {"age_over_", "age_under_",
	    "resident_of:", "household_income_below:", "nationality_is:", "document_valid",
	    "has_disability", NULL};

	for (const char *const *kind = kinds; *kind != NULL; kind++) {
		if (strncmp(name, *kind, strlen(*kind)) == 0)
			return NULL;
	}
	return "an expression names what is no predicate";
}

void
rule_names(const json_t *expression, json_t *names)
{
	size_t i;
	json_t *part;

	if (json_is_string(expression)) {
		json_object_set_new(names, json_string_value(expression), json_true());
		return;
	}
	if (json_object_get(expression, "not") != NULL)
		rule_names(json_object_get(expression, "not"), names);
	json_array_foreach(json_object_get(expression, "all"), i, part)
		rule_names(part, names);
	json_array_foreach(json_object_get(expression, "any"), i, part)
		rule_names(part, names);
}

enum truth
rule_truth(const json_t *expression, const json_t *released)
{
	const json_t *value;

	if (json_is_string(expression)) {
		value = json_object_get(released, json_string_value(expression));
		if (!json_is_boolean(value))
			return RULE_UNKNOWN;
		return json_is_true(value) ? RULE_YES : RULE_NO;
	}
	if (json_object_get(expression, "not") != NULL)
		return RULE_YES - rule_truth(json_object_get(expression, "not"), released);
	if (json_object_get(expression, "all") != NULL)
		return truth_of_all(json_object_get(expression, "all"), released);
	return truth_of_any(json_object_get(expression, "any"), released);
}

static enum truth
truth_of_all(const json_t *parts, const json_t *released)
{
	enum truth least = RULE_YES;
	size_t i;
	json_t *part;

	json_array_foreach(parts, i, part) {
		enum truth truth = rule_truth(part, released);

		least = truth < least ? truth : least;
	}
	return least;
}

static enum truth
truth_of_any(const json_t *parts, const json_t *released)
{
	enum truth most = RULE_NO;
	size_t i;
	json_t *part;

	json_array_foreach(parts, i, part) {
		enum truth truth = rule_truth(part, released);

		most = truth > most ? truth : most;
	}
	return most;
}
