/* SPDX-License-Identifier: Apache-2.0
 *
 * All sources as one (see source.h): each adds to what those before it know; the worst that any of
 * them says about the person's life holds.
 */
#include "sources/source.h"

#include "core/task.h"

static const struct source *const sources[] = {&source_register};
#define N_SOURCES (sizeof(sources) / sizeof(sources[0]))

static enum life worse(enum life a, enum life b);

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
