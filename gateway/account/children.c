/* SPDX-License-Identifier: Apache-2.0
 *
 * Children's accounts (see children.h).
 *
 * A child goes by a pairwise name that only this guardian's pages know it by, so that no address
 * holds an id of anybody's.
 */
#include "account/children.h"

#include "account/view.h"
#include "consent/release.h"
#include "core/task.h"
#include "records/pairwise.h"
#include "records/person.h"
#include "sources/guardian.h"

struct child {
	const char *person_id, *of;
};

static int children_of(
    struct task *task, const char *guardian_id, const struct child **ret_children);
static int name_of(struct task *task, const char *person_id, const char **ret_name);

int
children_find(struct task *task, const char *of, struct account_visitor *visitor)
{
	const struct child *child;
	int r;

	r = children_of(task, visitor->session->person_id, &child);
	if (r < 0)
		return r;
	for (; child->of != NULL; child++) {
		if (!str_equal(child->of, of))
			continue;
		r = name_of(task, child->person_id, &visitor->child);
		if (r < 0)
			return r;
		visitor->person_id = child->person_id;
		visitor->of = child->of;
		break;
	}
	return 0;
}

/* Ends with an of that is NULL. */
static int
children_of(struct task *task, const char *guardian_id, const struct child **ret_children)
{
	const char *const *keys = NULL;
	struct person guardian;
	struct child *children;
	size_t n = 0;
	int r;

	r = person_find(task, guardian_id, &guardian);
	if (r < 0)
		return r;
	r = guardian_wards(task, guardian.register_key, &keys);
	if (r < 0)
		return r;
	children = task_new_n(task, struct child, names_count(keys) + 1);
	for (; *keys != NULL; keys++, n++) {
		struct person ward;

		r = person_of(task, *keys, &ward);
		if (r < 0)
			return r;
		children[n] = (struct child){.person_id = ward.id,
		    .of = person_subject(
			task, ward.id, task_printf(task, "guardian:%s", guardian_id))};
	}
	*ret_children = children;
	return 0;
}

static int
name_of(struct task *task, const char *person_id, const char **ret_name)
{
	static const char *const names[] = {"name", NULL};
	json_t *known;
	int r;

	r = release_preview(task, person_id, names, &known);
	if (r < 0)
		return r;
	*ret_name = json_get_text(json_keep(task, known), "name");
	if (*ret_name == NULL)
		*ret_name = "…";
	return 0;
}

int
account_children_add(struct task *task, const struct account_visitor *visitor, json_t *view)
{
	json_t *list = json_array();
	const struct child *child;
	int r;

	json_object_set_new(view, "children", list);
	if (visitor->of != NULL)
		return 0;
	r = children_of(task, visitor->session->person_id, &child);
	for (; r == 0 && child->of != NULL; child++) {
		const char *name = NULL;

		r = name_of(task, child->person_id, &name);
		if (r == 0)
			json_array_append_new(
			    list, json_pack("{s:s, s:s}", "name", name, "href",
				      task_printf(task, ACCOUNT_PATH "?of=%s", child->of)));
	}
	return r;
}
