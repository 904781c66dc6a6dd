/* SPDX-License-Identifier: Apache-2.0
 *
 * Registers are asked side by side, and what of their answers counts (see http_source.h).
 */
#include "sources/http_source.h"

#include "core/fiber.h"
#include "core/names.h"
#include "core/settings.h"
#include "core/task.h"
#include "sources/http_source_inner.h"

#include <stdlib.h>
#include <string.h>

/* One of them, on a fiber of its own. */
struct side {
	struct http_inquiry *all;
	struct http_question *question;
};

static int find(struct task *task, const struct source_asking *asking, struct source_entry **entry);
static void ask_all(struct http_inquiry *all);
static void ask_one(void *side);
static int life_join(struct http_inquiry *all, struct source_entry **entry);
static void claims_join(struct http_inquiry *all, struct source_entry *entry);

const struct source source_http = {
    .name = "http",
    .find = find,
    .life = http_source_life,
};

static int
find(struct task *task, const struct source_asking *asking, struct source_entry **entry)
{
	struct http_inquiry all = {.task = task, .asking = asking};
	int r;

	/* Whom another provider vouches for is in no register of ours: its keys are not theirs. */
	if (task->rooms->sources == NULL || (*entry != NULL && (*entry)->origin != NULL))
		return 0;
	http_source_plan(&all, *entry);
	ask_all(&all);
	r = life_join(&all, entry);
	if (r < 0)
		return r;
	if (*entry != NULL && asking->names != NULL)
		claims_join(&all, *entry);
	return 0;
}

bool
http_source_gives(const struct task *task, const char *name)
{
	const struct http_source *source =
	    task->rooms->sources ? task->rooms->sources->first : NULL;

	while (
	    source != NULL && !http_source_claim(source, name) && !http_source_match(source, name))
		source = source->next;
	return source != NULL;
}

void
http_source_names(const struct task *task, const struct source_entry *entry, json_t *names)
{
	const struct http_source *source =
	    task->rooms->sources ? task->rooms->sources->first : NULL;

	for (; source != NULL; source = source->next) {
		if (source->asked_by != NULL &&
		    (entry == NULL || json_get_text(entry->claims, source->asked_by) == NULL))
			continue;
		for (size_t i = 0; i < source->n_claims; i++)
			json_object_set_new(names, source->claims[i].name, json_true());
		for (size_t i = 0; i < source->n_matches; i++)
			json_object_set_new(names, source->matches[i].attribute, json_true());
	}
}

/* As long as the slowest takes, and not as long as all together. */
static void
ask_all(struct http_inquiry *all)
{
	struct side sides[JSON_FOLDER_MAX];

	all->n_under_way = (unsigned)all->n_fresh;
	for (size_t i = 0; i < all->n_fresh; i++) {
		sides[i] = (struct side){all, all->fresh[i]};
		if (i + 1 < all->n_fresh)
			fiber_start(all->task->loop, ask_one, &sides[i]);
		else
			ask_one(&sides[i]);
	}
	if (all->n_fresh > 0)
		fiber_wait_out(&all->wait);
}

/* With a fault and a memory of its own; what is heard is kept by the task that asks. */
static void
ask_one(void *arg)
{
	const struct side *side = arg;
	struct http_inquiry *all = side->all;
	struct task *task = all->task, one;

	task_open(&one, task->loop, task->rooms, task_left_ms(task));
	memcpy(one.request_id, task->request_id, sizeof(one.request_id));
	memcpy(one.trace_id, task->trace_id, sizeof(one.trace_id));
	http_source_ask(&one, side->question, task);
	task_close(&one);
	if (--all->n_under_way == 0)
		wait_done(&all->wait);
}

/* A register that says whether people are alive knows who is one, as the built-in register does. */
static int
life_join(struct http_inquiry *all, struct source_entry **entry)
{
	const struct http_source *source = all->task->rooms->sources->first;
	struct source_entry *joined = task_new(all->task, struct source_entry);
	enum life life;
	int r;

	r = http_source_life_settle(all->task, all->asking->register_key, all->questions, &life);
	if (r < 0)
		return r;
	for (size_t i = 0; life == 0 && *entry == NULL && source; source = source->next, i++)
		if (source->life_field && all->questions[i] && all->questions[i]->is_away)
			return fail(all->task, SOURCE_AWAY, "%s", all->questions[i]->why);
	if (life == 0 && *entry == NULL)
		return 0;
	*joined = (struct source_entry){.register_key = all->asking->register_key,
	    .claims = json_keep(all->task, json_object())};
	if (*entry != NULL)
		*joined = **entry;
	joined->life = source_life_worse(joined->life, life);
	*entry = joined;
	return 0;
}

/* Claims by the name under which each is asked for. */
struct heard {
	json_t *claims, *from, *away;
};

static void
heard_from(
    const struct http_inquiry *all, const struct http_question *question, struct heard *heard)
{
	const struct http_source *source = question->source;
	json_t *title = (json_t *)(uintptr_t)source->title;
	const char *const *name = all->wanted;

	for (; *name != NULL; name++) {
		const struct http_claim *claim = http_source_claim(source, *name);
		const struct http_match *match = claim ? NULL : http_source_match(source, *name);
		json_t *value = NULL;

		if (claim == NULL && match == NULL)
			continue;
		if (question->is_away) {
			json_object_set(heard->away, *name, title);
			continue;
		}
		value = claim ? json_object_get(question->known, *name)
			      : json_object_get(question->matched, match->field);
		if (value == NULL || json_object_get(heard->from, *name))
			continue;
		json_object_set(heard->claims, *name, value);
		json_object_set(heard->from, *name, title);
	}
}

/* Whose word stands behind a name: of the claim itself, or of one that it is made from. */
static json_t *
office_of(const json_t *offices, const char *name)
{
	const char *const *base = source_claim_bases(name);
	json_t *office = json_object_get(offices, name);

	for (; office == NULL && *base != NULL; base++)
		office = json_object_get(offices, *base);
	return office;
}

static void
claims_join(struct http_inquiry *all, struct source_entry *entry)
{
	struct task *task = all->task;
	const char *const *name = all->wanted;
	json_t *from = json_keep(task, json_object()), *away = json_keep(task, json_object());
	struct heard heard = {
	    .claims = json_keep(task, json_copy((json_t *)(uintptr_t)entry->claims)),
	    .from = json_keep(task, json_object()),
	    .away = json_keep(task, json_object()),
	};

	for (; *name != NULL; name++)
		if (http_source_gives(task, *name))
			json_object_del(heard.claims, *name);
	for (size_t i = 0; i < JSON_FOLDER_MAX; i++)
		if (all->questions[i] != NULL)
			heard_from(all, all->questions[i], &heard);
	for (name = all->asking->names; *name != NULL; name++) {
		json_auto_t *value = source_claim(heard.claims, *name);
		json_t *office = office_of(value ? heard.from : heard.away, *name);

		if (office != NULL)
			json_object_set(value ? from : away, *name, office);
	}
	entry->claims = heard.claims;
	entry->from = json_object_size(from) > 0 ? from : NULL;
	entry->away = json_object_size(away) > 0 ? away : NULL;
}

int
http_source_open(struct task *task, struct http_sources **ret_sources)
{
	const char *folder = task->rooms->settings->sources_folder, *name;
	struct http_sources *sources;
	struct http_source **last;
	json_t *files, *file;
	int r;

	if (folder == NULL) {
		*ret_sources = NULL;
		return 0;
	}
	r = json_folder_read(task, folder, &files);
	if (r < 0)
		return r;
	sources = calloc(1, sizeof(*sources));
	last = &sources->first;
	json_object_foreach(files, name, file) {
		r = http_source_read(task, folder, name, file, last);
		if (r < 0) {
			http_source_close(sources);
			return r;
		}
		last = &(*last)->next;
	}
	*ret_sources = sources;
	return 0;
}

void
http_source_close(struct http_sources *sources)
{
	struct http_source *next;

	if (sources == NULL)
		return;
	for (struct http_source *source = sources->first; source != NULL; source = next) {
		next = source->next;
		http_source_free(source);
	}
	free(sources);
}
