/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /account/looks: the rows of the audit trail that others than the person made about them.
 *
 * An operator's name stays in the trail: the number of the row, which goes with a complaint, finds
 * it.  A guardian is named to nobody, not even to the child: it is the register that knows.
 */
#include "account/looks.h"

#include "account/view.h"
#include "core/task.h"
#include "pages/page.h"
#include "records/audit.h"

static int row_view(struct task *task, const struct account_visitor *visitor, const json_t *event,
    json_t **ret_view);
static const struct account_list in_view = {"looks", row_view};

int
account_looks_show(struct task *task, const struct request *request, struct reply *reply)
{
	const struct span span = account_span(request);
	json_t *view = json_keep(task, json_object());
	struct account_visitor visitor;
	int r;

	r = account_enter_of(task, request, reply, "looks", &visitor);
	if (r < 0 || visitor.session == NULL)
		return r;
	account_frame(task, &visitor, view);
	r = account_looks_span(task, &visitor, &span, view);
	if (r < 0)
		return r;
	account_more(task, &visitor, "/looks", &in_view, view);
	return page_reply(
	    task, request, reply, &(struct page_show){.page = PAGE_ACCOUNT_LOOKS, .view = view});
}

int
account_looks_span(
    struct task *task, const struct account_visitor *visitor, const struct span *span, json_t *view)
{
	struct span one_more = *span;
	json_auto_t *events = NULL;
	int r;

	one_more.limit++;
	r = audit_list_looks(task, visitor->person_id, &one_more, &events);
	if (r < 0)
		return r;
	return account_list_add(task, visitor, &in_view, span->limit, events, view);
}

static int
row_view(struct task *task, const struct account_visitor *visitor, const json_t *event,
    json_t **ret_view)
{
	const json_t *names = json_object_get(json_object_get(event, "detail"), "names");
	const char *number = account_row_name(task, event);
	json_t *view = json_object();
	int64_t at_s = 0;

	json_get_i64(event, "at", &at_s);
	json_set_text(view, "n", number);
	json_set_text(view, "what", account_look_text(task, event));
	json_set_text(view, "date", page_date_time(task, at_s));
	json_object_set_new(view, "claims", account_labels(task, visitor, names));
	json_set_text(view, "complain_href",
	    account_href(
		task, visitor, "/complain", task_printf(task, "about=look&ref=%s", number)));
	*ret_view = view;
	return 0;
}

/* The first that fits is said; the last one fits all. */
struct look {
	const char *event, *what; /* NULL: any */
	const char *text;
};
static const struct look by_operator[] = {
    {"operator.looked", "consents", N_("An operator saw what you allowed")},
    {"operator.looked", "credentials", N_("An operator saw your documents")},
    {"operator.looked", "complaint", N_("An operator read your complaint")},
    {"operator.looked", "links", N_("An operator saw what signs you in")},
    {"operator.looked", NULL, N_("An operator looked you up")},
    {"register.changed", NULL, N_("An operator changed your details")},
    {"consent.revoked", NULL, N_("An operator ended what you allowed")},
    {"complaint.answered", NULL, N_("An operator answered your complaint")},
    {"session.ended", NULL, N_("An operator signed you out")},
    {"credential.offered", NULL, N_("An operator offered you a document")},
    {"credential.revoked", NULL, N_("An operator blocked a document of yours")},
    {NULL, NULL, N_("An operator did something here")},
};
static const struct look by_guardian[] = {
    {"guardian.looked", NULL, N_("A guardian looked at this account")},
    {"consent.revoked", NULL, N_("A guardian ended what was allowed")},
    {"guardian.withdrew", NULL, N_("A guardian ended what was allowed")},
    {"consent.paused", NULL, N_("A guardian paused what was allowed")},
    {"complaint.filed", NULL, N_("A guardian complained")},
    {"complaint.appealed", NULL, N_("A guardian did not agree with an answer")},
    {NULL, NULL, N_("A guardian did something here")},
};

const char *
account_look_text(struct task *task, const json_t *event)
{
	const bool is_guardian = str_starts(json_get_text(event, "actor"), "guardian:");
	const char *name = json_get_text(event, "event");
	const char *what = json_get_text(json_object_get(event, "detail"), "what");
	const struct look *look = is_guardian ? by_guardian : by_operator;

	while (look->event != NULL && !(str_equal(look->event, name) &&
					  (look->what == NULL || str_equal(look->what, what))))
		look++;
	return page_text(task, look->text);
}
