/* SPDX-License-Identifier: Apache-2.0
 *
 * Who is asked for what: no register for more than will leave, none twice within one request.
 */
#include "core/names.h"
#include "core/task.h"
#include "sources/http_source_inner.h"

#include <string.h>

#define MATCHES   "_matches:" /* number_matches:ATTRIBUTE, name_matches:ATTRIBUTE */
#define BASES_MAX 4

/* What a task was told already: nobody is asked twice within one request. */
struct source_asked {
	struct http_question question;
	struct source_asked *earlier;
};

static const char *const *wanted_of(struct task *task, const char *const *names);
static bool question_make(struct http_inquiry *all, const struct http_source *source,
    const struct source_entry *entry, struct http_question *ret_question);
static const json_t *candidates_of(struct http_inquiry *all, const struct http_source *source);
static struct http_question *asked_before(
    const struct task *task, const struct http_question *question);
static bool covers(const struct http_question *earlier, const struct http_question *question);

void
http_source_plan(struct http_inquiry *all, const struct source_entry *entry)
{
	struct http_source *source = all->task->rooms->sources->first;

	all->wanted = wanted_of(all->task, all->asking->names);
	for (size_t i = 0; source != NULL; source = source->next, i++) {
		struct http_question question;
		struct source_asked *asked;

		if (!question_make(all, source, entry, &question))
			continue;
		question.source = source;
		all->questions[i] = asked_before(all->task, &question);
		if (all->questions[i] != NULL)
			continue;
		asked = task_new(all->task, struct source_asked);
		*asked = (struct source_asked){question, all->task->sources_asked};
		all->task->sources_asked = asked;
		all->questions[i] = all->fresh[all->n_fresh++] = &asked->question;
	}
}

/* What a predicate is made from is asked for only where nobody answers the predicate itself. */
static const char *const *
wanted_of(struct task *task, const char *const *names)
{
	size_t n_names = names_count(names), n = n_names;
	const char **wanted = names_copy(task, names, n_names * BASES_MAX);

	for (size_t i = 0; i < n_names; i++) {
		const char *const *base = source_claim_bases(names[i]);

		if (http_source_gives(task, names[i]))
			continue;
		for (size_t k = 0; k < BASES_MAX && base[k] != NULL; k++)
			if (!names_have(wanted, base[k]))
				wanted[n++] = base[k];
	}
	return wanted;
}

/* False: there is nothing to ask, or no key to ask by. */
static bool
question_make(struct http_inquiry *all, const struct http_source *source,
    const struct source_entry *entry, struct http_question *ret_question)
{
	struct http_question question = {.key = all->asking->register_key};
	bool is_wanted = all->asking->names == NULL && source->life_field != NULL;

	if (source->asked_by != NULL)
		question.key =
		    entry == NULL ? NULL : json_get_text(entry->claims, source->asked_by);
	for (size_t i = 0; i < source->n_claims; i++) {
		question.claims[i] = names_have(all->wanted, source->claims[i].name);
		is_wanted = is_wanted || question.claims[i];
	}
	question.candidates = candidates_of(all, source);
	if (question.key == NULL || (!is_wanted && question.candidates == NULL))
		return false;
	*ret_question = question;
	return true;
}

/* {field: value} of the names that this register compares; NULL: none. */
static const json_t *
candidates_of(struct http_inquiry *all, const struct http_source *source)
{
	const char *const *name = all->asking->names;
	json_t *candidates = NULL;

	for (; name != NULL && *name != NULL; name++) {
		const struct http_match *match = http_source_match(source, *name);
		const json_t *values = json_object_get(all->asking->values, *name);
		json_t *value = json_array_get(values, 0);

		if (match == NULL || value == NULL)
			continue;
		if (candidates == NULL)
			candidates = json_keep(all->task, json_object());
		json_object_set(candidates, match->field, value);
	}
	return candidates;
}

static struct http_question *
asked_before(const struct task *task, const struct http_question *question)
{
	struct source_asked *asked = task->sources_asked;

	for (; asked != NULL; asked = asked->earlier)
		if (asked->question.source == question->source &&
		    str_equal(asked->question.key, question->key) &&
		    (asked->question.is_away || covers(&asked->question, question)))
			return &asked->question;
	return NULL;
}

static bool
covers(const struct http_question *earlier, const struct http_question *question)
{
	for (size_t i = 0; i < HTTP_SOURCE_CLAIMS_MAX; i++)
		if (question->claims[i] && !earlier->claims[i])
			return false;
	return question->candidates == NULL ||
	       (earlier->candidates != NULL &&
		   json_equal(earlier->candidates, question->candidates));
}

const struct http_claim *
http_source_claim(const struct http_source *source, const char *name)
{
	for (size_t i = 0; i < source->n_claims; i++)
		if (str_equal(source->claims[i].name, name))
			return &source->claims[i];
	return NULL;
}

const struct http_match *
http_source_match(const struct http_source *source, const char *name)
{
	const char *parts = strstr(name, MATCHES);

	for (size_t i = 0; parts != NULL && i < source->n_matches; i++)
		if (str_equal(source->matches[i].attribute, parts + strlen(MATCHES)))
			return &source->matches[i];
	return NULL;
}
