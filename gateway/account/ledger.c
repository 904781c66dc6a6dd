/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /account/ledger: who got which details of the person, when, why, on what ground; by receiver
 * and by time.  Names of details alone: the ledger has no values.
 */
#include "account/ledger.h"

#include "account/view.h"
#include "core/task.h"
#include "pages/page.h"
#include "records/ledger.h"

#include <time.h>

#define DAY_S  (24 * 3600)
#define WALLET "wallet" /* who= of the person's own */

static int rows_add(struct task *task, const struct account_visitor *visitor,
    const struct ledger_page *page, json_t *view);
static int row_view(
    struct task *task, const struct account_visitor *visitor, const json_t *row, json_t **ret_view);
static const struct account_list in_view = {"ledger", row_view};
static const char *ground_text(struct task *task, const json_t *row, const struct purpose *purpose);
static void addresses_add(
    struct task *task, const struct account_visitor *visitor, const json_t *row, json_t *view);
static void filter_read(
    struct task *task, const struct request *request, struct ledger_page *ret_page, json_t *view);
static bool day_read(const char *text, int64_t *ret_at_s);
static int receivers_add(
    struct task *task, const struct account_visitor *visitor, const char *chosen, json_t *view);

int
account_ledger_add(struct task *task, const struct account_visitor *visitor, json_t *view)
{
	return rows_add(task, visitor, &(struct ledger_page){.span.limit = ACCOUNT_FEW}, view);
}

int
account_ledger_span(
    struct task *task, const struct account_visitor *visitor, const struct span *span, json_t *view)
{
	return rows_add(task, visitor, &(struct ledger_page){.span = *span}, view);
}

int
account_ledger_show(struct task *task, const struct request *request, struct reply *reply)
{
	struct ledger_page page = {.span = account_span(request)};
	json_t *view = json_keep(task, json_object());
	struct account_visitor visitor;
	int r;

	r = account_enter_of(task, request, reply, "ledger", &visitor);
	if (r < 0 || visitor.session == NULL)
		return r;
	account_frame(task, &visitor, view);
	filter_read(task, request, &page, view);
	r = rows_add(task, &visitor, &page, view);
	if (r == 0)
		r = receivers_add(task, &visitor, page.receiver, view);
	if (r < 0)
		return r;
	json_set_text(view, "looks_href", account_href(task, &visitor, "/looks", NULL));
	return page_reply(
	    task, request, reply, &(struct page_show){.page = PAGE_ACCOUNT_LEDGER, .view = view});
}

static int
rows_add(struct task *task, const struct account_visitor *visitor, const struct ledger_page *page,
    json_t *view)
{
	struct ledger_page one_more = *page;
	json_auto_t *rows = NULL;
	int r;

	one_more.span.limit++;
	r = ledger_list(task, visitor->person_id, &one_more, &rows);
	if (r < 0)
		return r;
	return account_list_add(task, visitor, &in_view, page->span.limit, rows, view);
}

static int
row_view(
    struct task *task, const struct account_visitor *visitor, const json_t *row, json_t **ret_view)
{
	json_t *view = json_keep(task, json_object());
	const struct account_asked asked = {
	    .client_id = json_get_text(row, "client_id"),
	    .purpose_id = json_get_text(row, "purpose_id"),
	    .purpose_version = json_get_text(row, "purpose_version"),
	    .consent_id = json_get_text(row, "consent_id"),
	};
	struct account_told told;
	int64_t at_s = 0;
	int r;

	r = account_told(task, &asked, &told);
	if (r < 0)
		return r;
	json_get_i64(row, "at", &at_s);
	json_set_text(view, "id", json_get_text(row, "id"));
	json_set_text(view, "client", told.client);
	json_set_text(view, "why", told.why);
	json_set_text(view, "date", page_date_time(task, at_s));
	json_object_set_new(
	    view, "claims", account_labels(task, visitor, json_object_get(row, "claims")));
	json_set_text(view, "basis", ground_text(task, row, told.purpose));
	addresses_add(task, visitor, row, view);
	*ret_view = json_incref(view);
	return 0;
}

static void
addresses_add(
    struct task *task, const struct account_visitor *visitor, const json_t *row, json_t *view)
{
	const char *id = json_get_text(row, "id"), *consent = json_get_text(row, "consent_id");

	if (consent != NULL)
		json_set_text(view, "consent_href",
		    account_href(
			task, visitor, "/consents", task_printf(task, "consent=%s", consent)));
	json_set_text(view, "complain_href",
	    account_href(task, visitor, "/complain", task_printf(task, "about=ledger&ref=%s", id)));
}

static const char *
ground_text(struct task *task, const json_t *row, const struct purpose *purpose)
{
	const char *basis = json_get_text(row, "basis"), *law = NULL;

	if (str_equal(basis, "consent"))
		return page_text(task, N_("You allowed it."));
	if (str_equal(basis, "own"))
		return page_text(task, N_("You put it on your own phone."));
	if (purpose != NULL)
		law = page_pick(task, purpose->law);
	return law != NULL ? law : page_text(task, N_("The law asks for it."));
}

/* What cannot be read filters nothing, and is not shown as if it did. */
static void
filter_read(
    struct task *task, const struct request *request, struct ledger_page *ret_page, json_t *view)
{
	const char *who = request_query(request, "who"), *from = request_query(request, "from"),
		   *until = request_query(request, "until");

	if (!str_is_empty(who))
		ret_page->receiver = str_equal(who, WALLET) ? LEDGER_WALLET : who;
	json_set_text(view, "who", str_is_empty(who) ? NULL : task_dup(task, who));
	if (day_read(from, &ret_page->from_s))
		json_set_text(view, "from", from);
	if (day_read(until, &ret_page->until_s)) {
		json_set_text(view, "until", until);
		ret_page->until_s += DAY_S;
	}
}

/* 2026-11-22, in UTC. */
static bool
day_read(const char *text, int64_t *ret_at_s)
{
	struct tm tm = {0};
	const char *end = str_is_empty(text) ? NULL : strptime(text, "%Y-%m-%d", &tm);

	if (end == NULL || *end != '\0')
		return false;
	*ret_at_s = timegm(&tm);
	return *ret_at_s > 0;
}

static int
receivers_add(
    struct task *task, const struct account_visitor *visitor, const char *chosen, json_t *view)
{
	const char *const *receivers;
	json_t *list = json_array();
	int r;

	json_object_set_new(view, "receivers", list);
	r = ledger_receivers(task, visitor->person_id, &receivers);
	for (; r == 0 && *receivers != NULL; receivers++) {
		const struct client *client;
		const char *name;

		r = account_receiver(task, *receivers, &client, &name);
		if (r < 0)
			return r;
		json_array_append_new(
		    list, json_pack("{s:s, s:s, s:b}", "id",
			      str_is_empty(*receivers) ? WALLET : *receivers, "name", name,
			      "is_chosen", str_equal(*receivers, chosen)));
	}
	return r;
}
