/* SPDX-License-Identifier: Apache-2.0
 *
 * A consent as a row of the person's pages, in words.
 */
#include "account/consents.h"

#include "account/view.h"
#include "core/clock.h"
#include "core/task.h"
#include "pages/page.h"
#include "records/consent.h"

#define DAY_S (24 * 3600)

static int receiver_add(struct task *task, const json_t *consent, json_t *view);
static void buttons_add(const struct account_visitor *visitor, const json_t *consent, json_t *view);
static bool is_in(const json_t *consent, enum consent_state state);
static void times_add(struct task *task, const json_t *consent, json_t *view);
static json_t *services_of(struct task *task, const json_t *consent);
static const char *state_text(
    struct task *task, const json_t *consent, const struct purpose *purpose);

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
	const bool is_paused = is_in(consent, CONSENT_IS_PAUSED);
	const bool is_live = is_paused || is_in(consent, CONSENT_IS_ACTIVE);

	json_object_set_new(view, "is_live", json_boolean(is_live));
	json_object_set_new(view, "may_pause", json_boolean(is_live && !is_paused));
	json_object_set_new(view, "may_resume", json_boolean(is_paused && visitor->of == NULL));
}

static bool
is_in(const json_t *consent, enum consent_state state)
{
	return str_equal(json_get_text(consent, "state"), consent_state_name(state));
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
