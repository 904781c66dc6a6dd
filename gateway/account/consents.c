/* SPDX-License-Identifier: Apache-2.0
 *
 * GET and POST /account/consents: what the person allowed, in words, and the end of it.
 */
#include "account/consents.h"

#include "account/view.h"
#include "core/task.h"
#include "pages/page.h"
#include "records/consent.h"
#include "records/event.h"

static const struct account_list in_view = {"consents", account_consent_view};

static int listed_add(struct task *task, const struct account_visitor *visitor,
    const struct consent_listing *listing, json_t *view);
static int one_add(
    struct task *task, const struct account_visitor *visitor, const char *id, json_t *view);
static int theirs_find(struct task *task, const struct account_visitor *visitor, const char *id,
    const struct consent **ret_consent);
static int history_add(struct task *task, const char *id, json_t *view);
static const char *event_text(struct task *task, const char *type);
static const char *actor_text(struct task *task, const char *actor);
static int consent_change(
    struct task *task, const struct account_visitor *visitor, const char **ret_id);

int
account_consents_add(struct task *task, const struct account_visitor *visitor, json_t *view)
{
	return listed_add(task, visitor,
	    &(struct consent_listing){.span.limit = ACCOUNT_FEW, .is_standing = true}, view);
}

int
account_consents_span(
    struct task *task, const struct account_visitor *visitor, const struct span *span, json_t *view)
{
	return listed_add(task, visitor, &(struct consent_listing){.span = *span}, view);
}

static int
listed_add(struct task *task, const struct account_visitor *visitor,
    const struct consent_listing *listing, json_t *view)
{
	struct consent_listing one_more = *listing;
	json_auto_t *consents = NULL;
	int r;

	one_more.span.limit++;
	r = consent_list(task, visitor->person_id, &one_more, &consents);
	if (r < 0)
		return r;
	return account_list_add(task, visitor, &in_view, listing->span.limit, consents, view);
}

int
account_consents_show(struct task *task, const struct request *request, struct reply *reply)
{
	const struct span span = account_span(request);
	const char *one = request_query(request, "consent");
	json_t *view = json_keep(task, json_object());
	struct account_visitor visitor;
	int r;

	r = account_enter_of(task, request, reply, "consents", &visitor);
	if (r < 0 || visitor.session == NULL)
		return r;
	account_frame(task, &visitor, view);
	if (one != NULL)
		r = one_add(task, &visitor, one, view);
	else
		r = account_consents_span(task, &visitor, &span, view);
	if (r < 0)
		return r;
	account_more(task, &visitor, "/consents", &in_view, view);
	return page_reply(
	    task, request, reply, &(struct page_show){.page = PAGE_ACCOUNT_CONSENTS, .view = view});
}

/* With what became of it. */
static int
one_add(struct task *task, const struct account_visitor *visitor, const char *id, json_t *view)
{
	const struct consent *consent = NULL;
	json_auto_t *rows = NULL;
	int r;

	r = theirs_find(task, visitor, id, &consent);
	if (consent == NULL)
		return r;
	rows = json_pack("[o]", consent_json(consent));
	r = account_list_add(task, visitor, &in_view, 1, rows, view);
	return r < 0 ? r : history_add(task, id, view);
}

static int
theirs_find(struct task *task, const struct account_visitor *visitor, const char *id,
    const struct consent **ret_consent)
{
	const struct consent *consent = NULL;
	int r = 0;

	if (id != NULL)
		r = consent_by_id(task, id, &consent);
	if (r < 0)
		return r;
	if (consent == NULL || !str_equal(consent->person_id, visitor->person_id))
		return account_refuse(task, visitor, "consent");
	*ret_consent = consent;
	return 0;
}

/* What became of it, and by whom if not by the person. */
static int
history_add(struct task *task, const char *id, json_t *view)
{
	json_t *events, *event, *rows = json_array();
	size_t i;
	int r;

	json_object_set_new(view, "history", rows);
	r = event_history(task, id, &events);
	if (r < 0)
		return r;
	json_keep(task, events);
	json_array_foreach(events, i, event) {
		json_t *row = json_object();
		int64_t at_s = 0;

		json_get_i64(event, "at", &at_s);
		json_set_text(row, "what", event_text(task, json_get_text(event, "type")));
		json_set_text(row, "by", actor_text(task, json_get_text(event, "actor")));
		json_set_text(row, "date", page_date_time(task, at_s));
		json_array_append_new(rows, row);
	}
	return 0;
}

static const char *
event_text(struct task *task, const char *type)
{
	static const struct {
		const char *type, *text;
	} texts[] = {
	    {"consent.given", N_("Allowed")},
	    {"consent.paused", N_("Paused")},
	    {"consent.resumed", N_("Resumed")},
	    {"consent.consumed", N_("Used")},
	    {"consent.expired", N_("Over")},
	    {"consent.revoked", N_("Ended")},
	    {"consent.relinquished", N_("Given up")},
	    {"consent.superseded", N_("Replaced by a newer one")},
	    {"consent.suspended", N_("Stopped")},
	    {"consent.reinstated", N_("Goes on")},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (str_equal(texts[i].type, type))
			return page_text(task, texts[i].text);
	return page_text(task, N_("Changed"));
}

/* NULL: the person, or nobody. */
static const char *
actor_text(struct task *task, const char *actor)
{
	if (str_equal(actor, "operator"))
		return page_text(task, N_("by an operator"));
	if (str_equal(actor, "guardian"))
		return page_text(task, N_("by a guardian"));
	return str_equal(actor, "client") ? page_text(task, N_("by the service")) : NULL;
}

int
account_consent_change(struct task *task, const struct request *request, struct reply *reply)
{
	struct account_visitor visitor;
	const char *id = NULL;
	int r;

	r = account_enter_of(task, request, reply, NULL, &visitor);
	if (r < 0 || visitor.session == NULL)
		return r;
	r = consent_change(task, &visitor, &id);
	if (r == CONSENT_NOT_ACTIVE) {
		/* It ended meanwhile: the page shows how. */
		fault_clear(task);
		r = 0;
	}
	if (r < 0)
		return r;
	return reply_redirect(
	    reply, account_href(task, &visitor, "/consents", task_printf(task, "consent=%s", id)));
}

static int
consent_change(struct task *task, const struct account_visitor *visitor, const char **ret_id)
{
	const char *withdraw = request_form(visitor->request, "withdraw");
	const char *pause = request_form(visitor->request, "pause");
	const char *resume = request_form(visitor->request, "resume");
	const char *id = withdraw != NULL ? withdraw : pause != NULL ? pause : resume;
	const char *actor = account_actor(task, visitor);
	const struct consent *consent = NULL;
	int r;

	if (id == resume && visitor->of != NULL)
		return account_refuse(task, visitor, "consent");
	r = theirs_find(task, visitor, id, &consent);
	if (consent == NULL)
		return r;
	*ret_id = consent->id;
	if (id == pause)
		return consent_pause(task, id, actor);
	if (id == resume)
		return consent_resume(task, id, actor);
	return consent_withdraw(task, id, actor);
}
