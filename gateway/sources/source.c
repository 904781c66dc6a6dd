/* SPDX-License-Identifier: Apache-2.0
 *
 * All sources as one (see source.h): the first that knows a claim wins; the worst that any of them
 * says about the person's life holds.
 */
#include "sources/source.h"

#include "core/task.h"

static const struct source *const sources[] = {&source_register};
#define N_SOURCES (sizeof(sources) / sizeof(sources[0]))

static struct source_entry *entry_merge(
    struct task *task, struct source_entry *whole, const struct source_entry *one);
static enum life worse(enum life a, enum life b);

int
source_find(struct task *task, const char *register_key, struct source_entry **ret_entry)
{
	struct source_entry *whole = NULL, *one;

	for (size_t i = 0; i < N_SOURCES; i++) {
		int r = sources[i]->find(task, register_key, &one);

		if (r < 0)
			return r;
		if (one != NULL)
			whole = whole == NULL ? one : entry_merge(task, whole, one);
	}
	*ret_entry = whole;
	return 0;
}

static struct source_entry *
entry_merge(struct task *task, struct source_entry *whole, const struct source_entry *one)
{
	json_t *claims = json_keep(task, json_copy((json_t *)(uintptr_t)whole->claims));
	struct source_entry *both = task_new(task, struct source_entry);

	json_object_update_missing(claims, (json_t *)(uintptr_t)one->claims);
	*both = (struct source_entry){
	    .register_key = whole->register_key,
	    .life = worse(whole->life, one->life),
	    .origin = whole->origin == NULL || one->origin == NULL ? NULL : whole->origin,
	    .claims = claims,
	};
	return both;
}

static enum life
worse(enum life a, enum life b)
{
	if (a == LIFE_DEAD || b == LIFE_DEAD)
		return LIFE_DEAD;
	return a == LIFE_BLOCKED || b == LIFE_BLOCKED ? LIFE_BLOCKED : LIFE_ACTIVE;
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
		if (one != 0)
			whole = whole == 0 ? one : worse(whole, one);
	}
	*ret_life = whole;
	return 0;
}
