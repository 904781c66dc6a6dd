/* SPDX-License-Identifier: Apache-2.0
 *
 * All sources as one (see source.h): the first that knows a claim wins; the worst that any of them
 * says about the person's life holds.
 */
#include "sources/source.h"

#include "core/task.h"

static const struct source *const sources[] = {&source_register};
#define N_SOURCES (sizeof(sources) / sizeof(sources[0]))

static void entry_merge(struct source_entry *whole, json_t *claims, const struct source_entry *one);

int
source_find(struct task *task, const char *register_key, struct source_entry **ret_entry)
{
	struct source_entry *whole = NULL, *one;
	json_t *claims = NULL;

	for (size_t i = 0; i < N_SOURCES; i++) {
		int r = sources[i]->find(task, register_key, &one);

		if (r < 0)
			return r;
		if (one == NULL)
			continue;
		if (whole == NULL) {
			claims = json_keep(task, json_object());
			whole = task_new(task, struct source_entry);
			*whole = (struct source_entry){one->register_key, LIFE_ACTIVE, claims};
		}
		entry_merge(whole, claims, one);
	}
	*ret_entry = whole;
	return 0;
}

static void
entry_merge(struct source_entry *whole, json_t *claims, const struct source_entry *one)
{
	if (whole->life != LIFE_DEAD && one->life != LIFE_ACTIVE)
		whole->life = one->life;
	json_object_update_missing(claims, (json_t *)(uintptr_t)one->claims);
}
