/* SPDX-License-Identifier: Apache-2.0
 *
 * What stays of a consent beside what is asked now (see earlier.h).
 */
#include "consent/earlier.h"

#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"

static bool may_stay(
    const struct task *task, const struct question *question, const struct consent *before);
static bool is_more(const struct question *question, const struct consent *before);
static const char *const *joined(struct task *task, const char *const *names,
    const char *const *more, const char *const *without);

int
earlier_read(struct task *task, struct question *question)
{
	const struct purpose *purpose = question->asked.purpose;
	const struct consent *before = NULL;
	int r;

	if (question->asked.ask != NULL || question->asked.until_s > 0 || question->is_once)
		return 0;
	r = consent_find(task, question->person_id, question->client->id, purpose->id, &before);
	if (r < 0)
		return r;
	if (before != NULL && may_stay(task, question, before) && is_more(question, before))
		question->earlier = before;
	return 0;
}

static bool
may_stay(const struct task *task, const struct question *question, const struct consent *before)
{
	const struct purpose *purpose = question->asked.purpose;
	/* It was given a while after its time was counted: as long as signing in took. */
	int64_t whole_s = purpose->valid_s - task->rooms->settings->login_transaction;

	return str_equal(before->purpose_version, purpose->version) && before->request_id == NULL &&
	       !before->is_once && before->until_s - before->given_s >= whole_s &&
	       consent_state(before, clock_now_s()) == CONSENT_IS_ACTIVE;
}

static bool
is_more(const struct question *question, const struct consent *before)
{
	return !names_have_all(question->asked.all, before->asked) ||
	       !names_have_all(question->asked.resources, before->resources) ||
	       (before->is_offline && !question->asked.is_offline);
}

void
earlier_keep(struct task *task, const struct question *question, struct consent *consent)
{
	const struct consent *before = question->earlier;

	if (before == NULL)
		return;
	consent->asked = joined(task, consent->asked, before->asked, question->asked.all);
	consent->allowed = joined(task, consent->allowed, before->allowed, question->asked.all);
	consent->resources =
	    joined(task, consent->resources, before->resources, question->asked.resources);
	consent->is_offline = consent->is_offline || before->is_offline;
}

/* names, then those of more that without does not hold. */
static const char *const *
joined(struct task *task, const char *const *names, const char *const *more,
    const char *const *without)
{
	const char **all = names_copy(task, names, names_count(more));

	for (size_t n = names_count(names); *more != NULL; more++)
		if (!names_have(without, *more))
			all[n++] = *more;
	return all;
}
