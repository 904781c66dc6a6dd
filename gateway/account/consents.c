/* SPDX-License-Identifier: Apache-2.0
 *
 * GET and POST /account/consents: what the person allowed, in words, and the end of it.
 */
#include "account/consents.h"

#include "account/view.h"
#include "core/clock.h"
#include "core/task.h"
#include "pages/page.h"
#include "records/consent.h"
#include "records/event.h"

#define DAY_S (24 * 3600)

/* Which of a person's consents a page shows. */
struct choice {
	bool is_standing;   /* active or paused alone */
	const char *one;    /* that of this id alone, or NULL */
	size_t from, limit; /* by their place among these */
};

static int chosen_add(struct task *task, const struct account_visitor *visitor,
    const struct choice *choice, json_t *view, bool *ret_has_more);
static int history_add(struct task *task, const char *id, json_t *view);
static const char *event_text(struct task *task, const char *type);
static const char *actor_text(struct task *task, const char *actor);
static bool is_chosen(const json_t *consent, const struct choice *choice);
static bool is_standing(const json_t *consent);
static const char *state_text(
    struct task *task, const json_t *consent, const struct purpose *purpose);
static int receiver_add(struct task *task, const json_t *consent, json_t *view);
static void buttons_add(const struct account_visitor *visitor, const json_t *consent, json_t *view);
static void times_add(struct task *task, const json_t *consent, json_t *view);
static json_t *services_of(struct task *task, const json_t *consent);
static int consent_change(
    struct task *task, const struct account_visitor *visitor, const char **ret_id);

int
account_consents_add(struct task *task, const struct account_visitor *visitor, json_t *view)
{
	const struct choice choice = {.is_standing = true, .limit = ACCOUNT_FEW};
	bool has_more;

	return chosen_add(task, visitor, &choice, view, &has_more);
}

int
account_consents_print(
    struct task *task, const struct account_visitor *visitor, size_t limit, json_t *view)
{
	bool has_more;
	int r;

	r = chosen_add(task, visitor, &(struct choice){.limit = limit}, view, &has_more);
	if (r == 0 && has_more)
		json_object_set_new(view, "is_cut", json_true());
	return r;
}

int
account_consents_show(struct task *task, const struct request *request, struct reply *reply)
{
	struct choice choice = {.limit = ACCOUNT_PAGE, .one = request_query(request, "consent")};
	json_t *view = json_keep(task, json_object());
	struct account_visitor visitor;
	bool has_more = false;
	int64_t from = 0;
	int r;

	r = account_enter_of(task, request, reply, "consents", &visitor);
	if (r < 0 || visitor.session == NULL)
		return r;
	str_to_i64(request_query(request, "from"), 0, INT32_MAX, &from);
	choice.from = (size_t)from;
	account_frame(task, &visitor, view);
	r = chosen_add(task, &visitor, &choice, view, &has_more);
	if (r < 0)
		return r;
	if (choice.one != NULL && json_array_size(json_object_get(view, "consents")) == 0)
		return account_refuse(task, &visitor, "consent");
	if (choice.one != NULL) {
		r = history_add(task, choice.one, view);
		if (r < 0)
			return r;
	}
	if (has_more)
		json_set_text(view, "more_href",
		    account_href(task, &visitor, "/consents",
			task_printf(task, "from=%zu", choice.from + choice.limit)));
	return page_reply(
	    task, request, reply, &(struct page_show){.page = PAGE_ACCOUNT_CONSENTS, .view = view});
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

static int
chosen_add(struct task *task, const struct account_visitor *visitor, const struct choice *choice,
    json_t *view, bool *ret_has_more)
{
	json_t *consents, *consent, *rows = json_array();
	size_t i, n = 0;
	int r;

	json_object_set_new(view, "consents", rows);
	r = consent_list(task, visitor->person_id, &consents);
	if (r < 0)
		return r;
	json_keep(task, consents);
	json_array_foreach(consents, i, consent) {
		json_t *row = NULL;

		if (!is_chosen(consent, choice) || n++ < choice->from ||
		    json_array_size(rows) == choice->limit)
			continue;
		r = account_consent_view(task, visitor, consent, &row);
		if (r < 0)
			return r;
		json_array_append_new(rows, row);
	}
	*ret_has_more = n > choice->from + choice->limit;
	return 0;
}

static bool
is_chosen(const json_t *consent, const struct choice *choice)
{
	if (choice->one != NULL && !str_equal(choice->one, json_get_text(consent, "id")))
		return false;
	return !choice->is_standing || is_standing(consent);
}

static bool
is_standing(const json_t *consent)
{
	const char *state = json_get_text(consent, "state");

	return str_equal(state, consent_state_name(CONSENT_IS_ACTIVE)) ||
	       str_equal(state, consent_state_name(CONSENT_IS_PAUSED));
}

int
account_consent_view(struct task *task, const struct account_visitor *visitor,
    const json_t *consent, json_t **ret_view)
{
	const char *id = json_get_text(consent, "id");
	json_t *view = json_keep(task, json_object());
	int r;

	r = receiver_add(task, consent, view);
	if (r < 0)
		return r;
	json_set_text(view, "id", id);
	json_object_set_new(
	    view, "claims", account_labels(task, visitor, json_object_get(consent, "allowed")));
	json_object_set_new(view, "services", services_of(task, consent));
	times_add(task, consent, view);
	buttons_add(visitor, consent, view);
	json_set_text(view, "receipt_href",
	    account_href(task, visitor, task_printf(task, "/receipts/%s", id), NULL));
	json_set_text(view, "complain_href",
	    account_href(
		task, visitor, "/complain", task_printf(task, "about=consent&ref=%s", id)));
	*ret_view = json_incref(view);
	return 0;
}

/* Who, what for, and how it stands. */
static int
receiver_add(struct task *task, const json_t *consent, json_t *view)
{
	const struct account_asked asked = {
	    .client_id = json_get_text(consent, "client_id"),
	    .purpose_id = json_get_text(consent, "purpose_id"),
	    .purpose_version = json_get_text(consent, "purpose_version"),
	    .notice_hash = json_get_text(consent, "notice_hash"),
	};
	struct account_told told;
	int r;

	r = account_told(task, &asked, &told);
	if (r < 0)
		return r;
	json_set_text(view, "client", told.client);
	json_set_text(view, "client_id", asked.client_id);
	json_set_text(view, "why", told.why);
	json_set_text(
	    view, "law", told.purpose == NULL ? NULL : page_pick(task, told.purpose->law));
	json_set_text(view, "state", state_text(task, consent, told.purpose));
	return 0;
}

/* To share more again is the person's own affair, not a guardian's. */
static void
buttons_add(const struct account_visitor *visitor, const json_t *consent, json_t *view)
{
	bool is_live = is_standing(consent);
	bool is_paused =
	    str_equal(json_get_text(consent, "state"), consent_state_name(CONSENT_IS_PAUSED));

	json_object_set_new(view, "is_live", json_boolean(is_live));
	json_object_set_new(view, "may_pause", json_boolean(is_live && !is_paused));
	json_object_set_new(view, "may_resume", json_boolean(is_paused && visitor->of == NULL));
}

static void
times_add(struct task *task, const json_t *consent, json_t *view)
{
	int64_t given_s = 0, until_s = 0, keep_s = 0;

	json_get_i64(consent, "given", &given_s);
	json_get_i64(consent, "until", &until_s);
	json_get_i64(consent, "data_life", &keep_s);
	json_set_text(view, "given", page_date(task, given_s));
	json_object_set_new(view, "once", json_boolean(json_get_bool(consent, "once")));
	if (!json_get_bool(consent, "once"))
		json_set_text(view, "until", page_date(task, until_s));
	if (keep_s > 0)
		json_object_set_new(view, "keep", json_integer((keep_s + DAY_S - 1) / DAY_S));
}

static json_t *
services_of(struct task *task, const json_t *consent)
{
	json_t *services = json_array(), *id;
	size_t i;

	json_array_foreach(json_object_get(consent, "resources"), i, id)
		json_array_append_new(
		    services, json_string(page_service_name(task, json_string_value(id))));
	return services;
}

/* NULL: it is active. */
static const char *
state_text(struct task *task, const json_t *consent, const struct purpose *purpose)
{
	static const struct {
		enum consent_state state;
		const char *member, *text;
	} states[] = {
	    {CONSENT_IS_PAUSED, "paused", N_("Paused on %{date}")},
	    {CONSENT_IS_CONSUMED, "ended", N_("Used on %{date}")},
	    {CONSENT_IS_EXPIRED, "until", N_("Over since %{date}")},
	    {CONSENT_IS_REVOKED, "withdrawn", N_("Ended on %{date}")},
	    {CONSENT_IS_RELINQUISHED, "ended", N_("Given up by the service on %{date}")},
	    {CONSENT_IS_SUPERSEDED, "ended", N_("Replaced by a newer one on %{date}")},
	};
	const char *state = json_get_text(consent, "state");
	int64_t at_s = 0;

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (!str_equal(state, consent_state_name(states[i].state)))
			continue;
		json_get_i64(consent, states[i].member, &at_s);
		return page_text_with(
		    task, states[i].text, (const char *const[]){page_date(task, at_s), NULL});
	}
	if (purpose == NULL || !purpose_stands(purpose, clock_now_s()))
		return page_text(task, N_("Stopped: the service may not ask now"));
	return NULL;
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
	int r = 0;

	if (id != NULL)
		r = consent_by_id(task, id, &consent);
	if (r < 0)
		return r;
	if (consent == NULL || !str_equal(consent->person_id, visitor->person_id) ||
	    (id == resume && visitor->of != NULL))
		return account_refuse(task, visitor, "consent");
	*ret_id = consent->id;
	if (id == pause)
		return consent_pause(task, id, actor);
	if (id == resume)
		return consent_resume(task, id, actor);
	return consent_withdraw(task, id, actor);
}
