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
#include "core/clock.h"
#include "core/names.h"
#include "core/task.h"
#include "records/pairwise.h"
#include "records/person.h"
#include "sources/guardian.h"
#include "sources/source.h"

#define SHOWN        400 /* of a home's director, say */
#define ASKING_SHARE 4   /* offices are asked in a quarter of the time: the last may take its own */
#define NAMELESS     "…"

/* Of a walk along those whom a person was named guardian of.  Whoever sets is_over ends it. */
struct walk {
	const char *guardian_id, *guardian_key;
	int (*look)(struct task *task, struct walk *walk, const char *key);
	const char *of;                  /* is looked for */
	struct account_visitor *visitor; /* and becomes theirs */
	json_t *list;                    /* or all are added there */
	int64_t ask_until_ms;            /* with what names offices elsewhere tell in time */
	bool is_over;
};

static int walk_all(struct task *task, const char *guardian_id, struct walk *walk);
static int walk_page(
    struct task *task, struct walk *walk, const char *const *keys, const char **after);
static int child_find(struct task *task, struct walk *walk, const char *key);
static int child_add(struct task *task, struct walk *walk, const char *key);
static const char *of_child(struct task *task, const struct walk *walk, const char *person_id);
static int name_in_time(
    struct task *task, struct walk *walk, const char *person_id, const char **ret_name);
static int name_of(struct task *task, const char *person_id, const char **ret_name);

int
children_find(struct task *task, const char *of, struct account_visitor *visitor)
{
	struct walk walk = {.look = child_find, .of = of, .visitor = visitor};

	return walk_all(task, visitor->session->person_id, &walk);
}

static int
walk_all(struct task *task, const char *guardian_id, struct walk *walk)
{
	const char *const *keys = NULL;
	const char *after = "";
	struct person guardian;
	int r;

	r = person_find(task, guardian_id, &guardian);
	if (r < 0)
		return r;
	walk->guardian_id = guardian_id;
	walk->guardian_key = guardian.register_key;
	do {
		r = guardian_wards(task, walk->guardian_key, after, &keys);
		if (r == 0)
			r = walk_page(task, walk, keys, &after);
	} while (r == 0 && !walk->is_over && names_count(keys) == GUARDIAN_WARDS);
	return r;
}

static int
walk_page(struct task *task, struct walk *walk, const char *const *keys, const char **after)
{
	int r = 0;

	for (; r == 0 && !walk->is_over && *keys != NULL; keys++) {
		*after = *keys;
		r = walk->look(task, walk, *keys);
	}
	return r;
}

/* Whom nobody has listed has no name that anybody could know. */
static int
child_find(struct task *task, struct walk *walk, const char *key)
{
	struct account_visitor *visitor = walk->visitor;
	const char *person_id = NULL, *of;
	bool is_child = false;
	int r;

	r = person_by_key(task, key, &person_id);
	if (r < 0 || person_id == NULL)
		return r;
	of = of_child(task, walk, person_id);
	if (!str_equal(of, walk->of))
		return 0;
	walk->is_over = true;
	r = guardian_is(task, walk->guardian_key, key, &is_child);
	if (r < 0 || !is_child)
		return r;
	r = name_of(task, person_id, &visitor->child);
	if (r == SOURCE_AWAY)
		fault_clear(task);
	else if (r < 0)
		return r;
	visitor->person_id = person_id;
	visitor->of = of;
	return 0;
}

static const char *
of_child(struct task *task, const struct walk *walk, const char *person_id)
{
	return person_subject(task, person_id, task_printf(task, "guardian:%s", walk->guardian_id));
}

/* NAMELESS as well where it fails. */
static int
name_of(struct task *task, const char *person_id, const char **ret_name)
{
	static const char *const names[] = {"name", NULL};
	json_t *known = NULL;
	int r;

	*ret_name = NAMELESS;
	r = release_preview(task, person_id, names, &known);
	if (r < 0)
		return r;
	if (json_get_text(json_keep(task, known), "name") != NULL)
		*ret_name = json_get_text(known, "name");
	return 0;
}

int
account_children_add(struct task *task, const struct account_visitor *visitor, json_t *view)
{
	struct walk walk = {.look = child_add,
	    .list = json_array(),
	    .ask_until_ms = clock_mono_ms() + task_left_ms(task) / ASKING_SHARE};

	json_object_set_new(view, "children", walk.list);
	if (visitor->of != NULL)
		return 0;
	return walk_all(task, visitor->session->person_id, &walk);
}

/* In memory that is given back: a register's entry may be long. */
static int
child_add(struct task *task, struct walk *walk, const char *key)
{
	const char *name = NULL;
	struct task_aside aside;
	struct person ward;
	bool is_child = false;
	int r;

	task_aside_begin(task, &aside);
	r = guardian_is(task, walk->guardian_key, key, &is_child);
	if (r == 0 && is_child)
		r = person_of(task, key, &ward);
	if (r == 0 && is_child)
		r = name_in_time(task, walk, ward.id, &name);
	if (r == 0 && is_child)
		json_array_append_new(walk->list,
		    json_pack("{s:s, s:s}", "name", name, "href",
			task_printf(task, ACCOUNT_PATH "?of=%s", of_child(task, walk, ward.id))));
	task_aside_end(task, &aside);
	walk->is_over = json_array_size(walk->list) == SHOWN;
	return r;
}

/* One child after another is asked about: an office that is away, or slow, is asked no more. */
static int
name_in_time(struct task *task, struct walk *walk, const char *person_id, const char **ret_name)
{
	int r;

	if (source_is_elsewhere(task, "name") && clock_mono_ms() >= walk->ask_until_ms) {
		*ret_name = NAMELESS;
		return 0;
	}
	r = name_of(task, person_id, ret_name);
	if (r != SOURCE_AWAY)
		return r;
	fault_clear(task);
	walk->ask_until_ms = 0;
	return 0;
}
