/* SPDX-License-Identifier: Apache-2.0
 *
 * All sources as one (see source.h): each adds to what those before it know; the worst that any of
 * them says about the person's life holds.
 */
#include "sources/source.h"

#include "core/task.h"
#include "sources/http_source.h"

#include <string.h>

static const struct source *const sources[] = {&source_register, &source_http};
#define N_SOURCES (sizeof(sources) / sizeof(sources[0]))

int
source_find(struct task *task, const struct source_asking *asking, struct source_entry **ret_entry)
{
	struct source_entry *entry = NULL;

	for (size_t i = 0; i < N_SOURCES; i++) {
		int r = sources[i]->find(task, asking, &entry);

		if (r < 0)
			return r;
	}
	*ret_entry = entry;
	return 0;
}

int
source_names(struct task *task, const char *register_key, json_t **ret_names)
{
	const struct source_asking asking = {.register_key = register_key};
	json_auto_t *names = json_object(); /* a set */
	struct source_entry *entry = NULL;
	json_t *all = NULL, *value;
	const char *name;
	int r;

	r = source_register.find(task, &asking, &entry);
	if (r < 0)
		return r;
	if (entry != NULL)
		json_object_update_missing(names, (json_t *)(uintptr_t)entry->claims);
	http_source_names(task, entry, names);
	all = json_array();
	json_object_foreach(names, name, value)
		if (strchr(name, '#') == NULL)
			json_array_append_new(all, json_string(name));
	*ret_names = all;
	return 0;
}

bool
source_is_elsewhere(const struct task *task, const char *name)
{
	return http_source_gives(task, name);
}

int
source_life(struct task *task, const char *register_key, enum life *ret_life)
{
	enum life whole = 0;

	for (size_t i = 0; i < N_SOURCES; i++) {
		enum life one = 0;
		int r = sources[i]->life(task, register_key, &one);

		if (r < 0)
			return r;
		whole = source_life_worse(whole, one);
	}
	*ret_life = whole;
	return 0;
}

bool
source_life_is_elsewhere(const struct task *task)
{
	return http_source_tells_life(task);
}

int
source_life_renew(struct task *task, const char *register_key)
{
	const struct source_asking asking = {.register_key = register_key};
	struct source_entry *entry;
	bool is_fresh;
	int r;

	if (!http_source_tells_life(task))
		return 0;
	r = http_source_life_is_fresh(task, register_key, &is_fresh);
	if (r < 0 || is_fresh)
		return r;
	r = source_find(task, &asking, &entry);
	if (r != SOURCE_AWAY)
		return r;
	fault_clear(task);
	return 0;
}

static const char *const lives[] = {
    [LIFE_ACTIVE] = "active",
    [LIFE_DEAD] = "dead",
    [LIFE_BLOCKED] = "blocked",
};
#define N_LIVES (sizeof(lives) / sizeof(lives[0]))

const char *
source_life_name(enum life life)
{
	return lives[life];
}

/* What cannot be read is nobody who may sign in. */
enum life
source_life_of(const char *name)
{
	for (size_t i = LIFE_ACTIVE; i < N_LIVES; i++)
		if (str_equal(lives[i], name))
			return (enum life)i;
	return LIFE_BLOCKED;
}

enum life
source_life_worse(enum life a, enum life b)
{
	if (a == 0 || b == 0)
		return a == 0 ? b : a;
	if (a == LIFE_DEAD || b == LIFE_DEAD)
		return LIFE_DEAD;
	return a == LIFE_BLOCKED || b == LIFE_BLOCKED ? LIFE_BLOCKED : LIFE_ACTIVE;
}
