/* SPDX-License-Identifier: Apache-2.0
 *
 * Predicates of a purpose (see purpose_predicate.h).
 */
#include "records/purpose_predicate.h"

#include "core/names.h"
#include "core/task.h"
#include "records/attribute.h"
#include "records/probe.h"
#include "records/purpose.h"

static const char *predicate_of(
    const json_t *claims, const json_t *registered, const char *value_name);
static const char *second_threshold(const json_t *claims, size_t i);

const char *
purpose_predicate_for(const struct purpose *purpose, const char *name)
{
	for (size_t i = 0; i < purpose->n_claims; i++)
		if (names_have(purpose->claims[i].of, name))
			return purpose->claims[i].name;
	return NULL;
}

const char *
purpose_predicate_excess(struct task *task, const json_t *claims, const json_t *registered)
{
	const json_t *one;
	size_t i;

	json_array_foreach(claims, i, one) {
		const char *name = json_get_text(one, "name");
		const char *predicate = predicate_of(claims, registered, name);

		if (predicate != NULL)
			return task_printf(task, "%s beside %s, which is enough", name, predicate);
	}
	return purpose_predicate_thresholds(task, claims);
}

/* NULL: none of the claims is made from that value. */
static const char *
predicate_of(const json_t *claims, const json_t *registered, const char *value_name)
{
	const json_t *one;
	size_t i;

	json_array_foreach(claims, i, one) {
		const char *name = json_get_text(one, "name");
		struct attribute attribute;

		if (attribute_find(registered, name, &attribute) &&
		    names_have(attribute.of, value_name))
			return name;
	}
	return NULL;
}

const char *
purpose_predicate_thresholds(struct task *task, const json_t *claims)
{
	for (size_t i = 0; i < json_array_size(claims); i++) {
		const char *other = second_threshold(claims, i);

		if (other != NULL)
			return task_printf(task, "%s beside %s: one threshold is enough",
			    json_get_text(json_array_get(claims, i), "name"), other);
	}
	return NULL;
}

/* A claim before claims[i] that asks the same by another threshold, or NULL. */
static const char *
second_threshold(const json_t *claims, size_t i)
{
	const char *threshold, *before;
	const char *kind = probe_kind(json_get_text(json_array_get(claims, i), "name"), &threshold);

	for (size_t k = 0; k < i && !str_equal(kind, PROBE_NUMBER); k++) {
		const char *name = json_get_text(json_array_get(claims, k), "name");

		if (str_equal(probe_kind(name, &before), kind) && !str_equal(before, threshold))
			return name;
	}
	return NULL;
}
