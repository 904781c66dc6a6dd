/* SPDX-License-Identifier: Apache-2.0
 *
 * The page of a question, and the one in its place where there is nothing to allow (see
 * question_page.h).
 */
#include "consent/question_page.h"

#include "core/task.h"
#include "pages/page.h"

static json_t *missing_view(
    struct task *task, const struct question *question, const struct question_place *place);
static json_t *missing_labels(struct task *task, const struct question *question);

int
question_page(struct task *task, const struct request *request, struct reply *reply,
    const struct question *question, const struct question_place *place)
{
	const char *form = question_form_name(task, question, place->id);
	const bool is_impossible = question->is_impossible;
	json_t *view =
	    is_impossible ? missing_view(task, question, place) : question_view(task, question);

	json_set_text(view, "action", place->action);
	json_set_text(view, "csrf", browser_csrf(task, place->browser, form));
	return page_reply(task, request, reply,
	    &(struct page_show){.page = is_impossible ? PAGE_MISSING : PAGE_CONSENT,
		.view = view,
		.form_targets = str_join(task, question->client->origins, " ")});
}

static json_t *
missing_view(struct task *task, const struct question *question, const struct question_place *place)
{
	json_t *view = json_keep(task, json_object());

	json_set_text(view, "client", page_pick(task, question->client->name));
	if (place->waits_until_s > 0)
		json_set_text(view, "until", page_date(task, place->waits_until_s));
	json_object_set_new(view, "missing", missing_labels(task, question));
	return view;
}

static json_t *
missing_labels(struct task *task, const struct question *question)
{
	const char *const *name = question->asked.essential;
	json_t *missing = json_array();

	for (; *name; name++)
		if (!json_object_get(question->known, *name))
			json_array_append_new(
			    missing, json_string(purpose_claim_label(
					 task, purpose_claim(question->asked.purpose, *name))));
	return missing;
}

int
question_decision(struct task *task, const struct request *request, const struct question *question,
    const struct question_place *place, bool *ret_is_allowed)
{
	const char *decision = request_form(request, "decision");
	const char *form = question_form_name(task, question, place->id);
	int r;

	r = browser_csrf_check(task, request, place->browser, form);
	if (r < 0)
		return r;
	if (!str_equal(decision, "allow") && !str_equal(decision, "deny"))
		return fail(task, BAD_REQUEST, "decision is neither allow nor deny");
	*ret_is_allowed = str_equal(decision, "allow");
	return 0;
}
