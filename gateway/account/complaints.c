/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /account/complaints, and one of them with its answers; POST there: an appeal.
 *
 * A guardian sees what they themselves wrote for the child, and not what the child wrote: that may
 * be about them.
 */
#include "account/complaints.h"

#include "account/view.h"
#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"
#include "pages/page.h"
#include "records/attribute.h"

#include <assert.h>

static const struct account_list in_view = {.name = "complaints"};

static bool may_see(const struct account_visitor *visitor, const struct complaint *complaint);
static int row_view(struct task *task, const struct account_visitor *visitor,
    const struct complaint *complaint, json_t **ret_view);
static const char *state_text(struct task *task, const struct complaint *complaint);
static int theirs_find(struct task *task, const struct account_visitor *visitor,
    const struct complaint **ret_complaint);
static int complaint_page(struct task *task, const struct account_visitor *visitor,
    const struct complaint *complaint, json_t *view);
static void answers_add(struct task *task, const struct complaint *complaint, json_t *view);
static const char *complaint_href(
    struct task *task, const struct account_visitor *visitor, const struct complaint *complaint);

int
account_complaints_add(struct task *task, const struct account_visitor *visitor, json_t *view)
{
	return account_complaints_span(task, visitor, &(struct span){.limit = ACCOUNT_FEW}, view);
}

int
account_complaints_span(
    struct task *task, const struct account_visitor *visitor, const struct span *span, json_t *view)
{
	const int limit = span->limit < COMPLAINT_LIST_MAX ? span->limit : COMPLAINT_LIST_MAX - 1;
	const struct complaint_page page = {
	    .span = {.before = span->before, .limit = limit + 1},
	    .guardian_id = visitor->of == NULL ? NULL : visitor->session->person_id,
	};
	const struct complaint *const *complaints;
	json_t *list = json_array(), *row = NULL;
	int r;

	json_object_set_new(view, in_view.name, list);
	r = complaint_list(task, visitor->person_id, &page, &complaints);
	for (; r == 0 && *complaints != NULL; complaints++) {
		if (json_array_size(list) == (size_t)limit) {
			json_set_text(view, "complaints_before", complaints[-1]->id);
			break;
		}
		r = row_view(task, visitor, *complaints, &row);
		if (r == 0)
			json_array_append_new(list, row);
	}
	return r;
}

static bool
may_see(const struct account_visitor *visitor, const struct complaint *complaint)
{
	return visitor->of == NULL ||
	       str_equal(complaint->guardian_id, visitor->session->person_id);
}

static int
row_view(struct task *task, const struct account_visitor *visitor,
    const struct complaint *complaint, json_t **ret_view)
{
	const char *about;
	json_t *view;
	int r;

	r = account_complaint_about(task, visitor, complaint, &about);
	if (r < 0)
		return r;
	view = json_object();
	json_set_text(view, "number", complaint->id);
	json_set_text(view, "about", about);
	json_set_text(view, "state", state_text(task, complaint));
	json_set_text(view, "href", complaint_href(task, visitor, complaint));
	*ret_view = view;
	return 0;
}

int
account_complaint_about(struct task *task, const struct account_visitor *visitor,
    const struct complaint *complaint, const char **ret_text)
{
	static const char *const texts[] = {
	    [ABOUT_NOTHING] = N_("Something else"),
	    [ABOUT_LEDGER] = N_("What %{client} got"),
	    [ABOUT_CONSENT] = N_("What you allowed %{client}"),
	    [ABOUT_LOOK] = N_("Who looked at this account"),
	    [ABOUT_ATTRIBUTE] = N_("The value is wrong: %{label}"),
	};
	const struct client *client;
	const char *name = NULL;
	int r = 0;

	if (complaint->about == ABOUT_ATTRIBUTE && complaint->reference != NULL)
		name = account_label(task, visitor, complaint->reference);
	else if (complaint->about == ABOUT_LEDGER || complaint->about == ABOUT_CONSENT)
		r = account_receiver(task, complaint->client_id, &client, &name);
	if (r < 0)
		return r;
	*ret_text =
	    page_text_with(task, texts[complaint->about], (const char *const[]){name, NULL});
	return 0;
}

static const char *
state_text(struct task *task, const struct complaint *complaint)
{
	if (complaint->last_answered_s > 0)
		return page_text(task, N_("Answered for the last time"));
	if (complaint->appealed_s > 0)
		return page_text(task, N_("Looked at again"));
	return page_text(task, complaint->is_open ? N_("Waits for an answer") : N_("Answered"));
}

static const char *
complaint_href(
    struct task *task, const struct account_visitor *visitor, const struct complaint *complaint)
{
	return account_href(
	    task, visitor, task_printf(task, "/complaints/%s", complaint->id), NULL);
}

int
account_complaints_show(struct task *task, const struct request *request, struct reply *reply)
{
	const struct span span = account_span(request);
	json_t *view = json_keep(task, json_object());
	struct account_visitor visitor;
	int r;

	r = account_enter_of(task, request, reply, "complaints", &visitor);
	if (r < 0 || visitor.session == NULL)
		return r;
	account_frame(task, &visitor, view);
	r = account_complaints_span(task, &visitor, &span, view);
	if (r < 0)
		return r;
	account_more(task, &visitor, "/complaints", &in_view, view);
	json_set_text(view, "complain_href", account_href(task, &visitor, "/complain", NULL));
	return page_reply(task, request, reply,
	    &(struct page_show){.page = PAGE_ACCOUNT_COMPLAINTS, .view = view});
}

int
account_complaint_show(struct task *task, const struct request *request, struct reply *reply)
{
	json_t *view = json_keep(task, json_object());
	const struct complaint *complaint = NULL;
	struct account_visitor visitor;
	int r;

	r = account_enter_of(task, request, reply, "complaints", &visitor);
	if (r < 0 || visitor.session == NULL)
		return r;
	r = theirs_find(task, &visitor, &complaint);
	if (r < 0)
		return r;
	assert(complaint != NULL);
	r = complaint_page(task, &visitor, complaint, view);
	if (r < 0)
		return r;
	return page_reply(task, request, reply,
	    &(struct page_show){.page = PAGE_ACCOUNT_COMPLAINT, .view = view});
}

static int
theirs_find(struct task *task, const struct account_visitor *visitor,
    const struct complaint **ret_complaint)
{
	const struct complaint *complaint = NULL;
	int r;

	r = complaint_find(task, request_capture(visitor->request, "number"), &complaint);
	if (r < 0)
		return r;
	if (complaint == NULL || !str_equal(complaint->person_id, visitor->person_id) ||
	    !may_see(visitor, complaint))
		return account_refuse(task, visitor, "complaint");
	*ret_complaint = complaint;
	return 0;
}

static int
complaint_page(struct task *task, const struct account_visitor *visitor,
    const struct complaint *complaint, json_t *view)
{
	const char *about;
	int r;

	r = account_complaint_about(task, visitor, complaint, &about);
	if (r < 0)
		return r;
	account_frame(task, visitor, view);
	json_set_text(view, "number", complaint->id);
	json_set_text(view, "about", about);
	json_set_text(view, "state", state_text(task, complaint));
	if (complaint->is_open && complaint->due_s < clock_now_s())
		json_object_set_new(view, "late", json_true());
	else if (complaint->is_open)
		json_set_text(view, "due", page_date(task, complaint->due_s));
	json_set_text(view, "since", page_date(task, complaint->since_s));
	json_object_set_new(view, "text", account_lines(task, complaint->text));
	answers_add(task, complaint, view);
	json_set_text(view, "self_href", complaint_href(task, visitor, complaint));
	json_set_text(view, "complaints_href", account_href(task, visitor, "/complaints", NULL));
	return 0;
}

static void
answers_add(struct task *task, const struct complaint *complaint, json_t *view)
{
	const struct {
		const char *day, *text;
		int64_t at_s;
		const char *words;
	} turns[] = {
	    {"answered", "answer", complaint->answered_s, complaint->answer},
	    {"appealed", "appeal", complaint->appealed_s, complaint->appeal},
	    {"last_answered", "last_answer", complaint->last_answered_s, complaint->last_answer},
	};

	for (size_t i = 0; i < sizeof(turns) / sizeof(turns[0]); i++) {
		if (turns[i].at_s == 0)
			continue;
		json_set_text(view, turns[i].day, page_date(task, turns[i].at_s));
		json_object_set_new(view, turns[i].text, account_lines(task, turns[i].words));
	}
	if (!complaint_may_appeal(task, complaint))
		return;
	json_object_set_new(view, "may_appeal", json_true());
	json_set_text(view, "appeal_by",
	    page_date(task, complaint->answered_s + task->rooms->settings->account_appeal));
}

int
account_appeal(struct task *task, const struct request *request, struct reply *reply)
{
	struct page_show show = {.page = PAGE_ACCOUNT_COMPLAINT, .status = 400};
	json_t *view = json_keep(task, json_object());
	const struct complaint *complaint = NULL;
	struct account_visitor visitor;
	const char *wrong;
	int r;

	r = account_enter_of(task, request, reply, NULL, &visitor);
	if (r < 0 || visitor.session == NULL)
		return r;
	r = theirs_find(task, &visitor, &complaint);
	if (r < 0)
		return r;
	assert(complaint != NULL);
	r = complaint_appeal(
	    task, complaint, request_form(request, "text"), account_actor(task, &visitor));
	wrong = account_text_wrong(task, r);
	if (wrong == NULL && r < 0)
		return r;
	if (wrong == NULL)
		return reply_redirect(reply, complaint_href(task, &visitor, complaint));
	fault_clear(task);
	r = complaint_page(task, &visitor, complaint, view);
	if (r < 0)
		return r;
	json_set_text(view, "wrong", wrong);
	json_set_text(view, "self", complaint_href(task, &visitor, complaint));
	show.view = view;
	return page_reply(task, request, reply, &show);
}

const char *
account_text_wrong(struct task *task, int r)
{
	if (r != INVALID_REQUEST)
		return NULL;
	return page_text(task, N_("Write some words, at most 2000 characters."));
}
