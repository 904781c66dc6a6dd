/* SPDX-License-Identifier: Apache-2.0
 *
 * What differs between two documents of policy, for `dvara purpose diff` and `dvara attribute
 * diff`.
 */
#include "admin/admin.h"

#include <string.h>

static void compare(
    struct task *task, const char *at, const json_t *before, const json_t *after, json_t *changes);
static json_t *by_name(struct task *task, const json_t *array);

json_t *
admin_difference(struct task *task, const json_t *before, const json_t *after)
{
	json_t *changes = json_array();

	compare(task, "", before, after, changes);
	return changes;
}

static void
compare(
    struct task *task, const char *at, const json_t *before, const json_t *after, json_t *changes)
{
	const char *name;
	json_t *value, *change;

	if (json_equal(before, after))
		return;
	if (json_is_array(before) && json_is_array(after)) {
		before = by_name(task, before);
		after = by_name(task, after);
	}
	if (json_is_object(before) && json_is_object(after)) {
		json_object_foreach((json_t *)(uintptr_t)before, name, value)
			compare(task, task_printf(task, "%s/%s", at, name), value,
			    json_object_get(after, name), changes);
		json_object_foreach((json_t *)(uintptr_t)after, name, value)
			if (json_object_get(before, name) == NULL)
				compare(task, task_printf(task, "%s/%s", at, name), NULL, value,
				    changes);
		return;
	}
	change = json_pack("{s:s}", "member", *at == '\0' ? "/" : at);
	if (before != NULL)
		json_object_set(change, "before", (json_t *)(uintptr_t)before);
	if (after != NULL)
		json_object_set(change, "after", (json_t *)(uintptr_t)after);
	json_array_append_new(changes, change);
}

/* An array of {name, …} as an object: where an attribute stands in the list changes nothing.  Any
 * other array is compared as a whole. */
static json_t *
by_name(struct task *task, const json_t *array)
{
	json_t *object = json_keep(task, json_object()), *one;
	size_t i;

	json_array_foreach(array, i, one) {
		const char *name = json_get_text(one, "name");

		if (name == NULL)
			return (json_t *)(uintptr_t)array;
		json_object_set(object, name, one);
	}
	return object;
}
