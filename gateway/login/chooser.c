/* SPDX-License-Identifier: Apache-2.0
 *
 * The chooser (see chooser.h).
 *
 * A portal asks for a level, not for a method: only ways that reach it are shown.  Where none does,
 * the level was a wish (an essential one is refused at /authorize), and all are.
 */
#include "login/chooser.h"

#include "core/settings.h"
#include "core/task.h"
#include "login/login.h"
#include "login/test.h"
#include "pages/page.h"

/* One visit of a page of the chooser. */
struct visit {
	struct transaction *transaction;
	const struct client *client;
	const char *name; /* of the client, or of the gateway */
};

static int visit_begin(struct task *task, const struct request *request, struct reply *reply,
    struct visit *visit, const char **ret_reason);
static json_t *chooser_view(
    struct task *task, const struct request *request, const struct visit *visit);
static void ways_add(
    struct task *task, const struct visit *visit, const char *remembered, json_t *view);
static int test_add(
    struct task *task, const struct request *request, const struct visit *visit, json_t *view);

int
chooser_page(struct task *task, const struct request *request, struct reply *reply)
{
	bool is_to_forget = request_query(request, "forget") != NULL;
	const char *reason, *remembered = NULL;
	struct visit visit;
	json_t *view;
	int r;

	r = visit_begin(task, request, reply, &visit, &reason);
	if (r < 0)
		return r;
	if (reason)
		return page_refuse(task, request, reply, 400, reason);
	if (is_to_forget)
		reply_cookie(reply, CHOOSER_COOKIE, "", -1);
	else
		remembered = request_cookie(task, request, CHOOSER_COOKIE);
	view = chooser_view(task, request, &visit);
	ways_add(task, &visit, remembered, view);
	r = test_add(task, request, &visit, view);
	if (r < 0)
		return r;
	return page_reply(task, request, reply,
	    &(struct page_show){.page = PAGE_CHOOSER,
		.view = view,
		.form_targets = login_form_targets(task, visit.client)});
}

static int
visit_begin(struct task *task, const struct request *request, struct reply *reply,
    struct visit *visit, const char **ret_reason)
{
	int r;

	r = login_transaction(task, request, &visit->transaction, ret_reason);
	if (r < 0 || *ret_reason)
		return r;
	page_language(task, request, reply, visit->transaction->ui_locales);
	return login_asker(task, visit->transaction, &visit->client, &visit->name);
}

/* What both pages have. */
static json_t *
chooser_view(struct task *task, const struct request *request, const struct visit *visit)
{
	json_t *view = json_keep(task, json_object());
	const char *tx = visit->transaction->id;

	json_set_text(view, "client", visit->name);
	json_set_text(view, "self", task_printf(task, "%s?tx=%s", request->path, tx));
	json_set_text(view, "help_href", task_printf(task, "/login/help?tx=%s", tx));
	json_set_text(view, "choose_href", task_printf(task, "/login?tx=%s", tx));
	json_object_set_new(view, "cancel", login_cancel_button(task, request, visit->transaction));
	return view;
}

static json_t *
way_view(struct task *task, const struct visit *visit, const struct login_way *way)
{
	const char *tx = visit->transaction->id, *href;
	json_t *row = json_object();

	href = way->query ? task_printf(task, "%s?tx=%s&%s", way->path, tx, way->query)
			  : task_printf(task, "%s?tx=%s", way->path, tx);
	json_set_text(row, "id", way->id);
	json_set_text(row, "name", way->name);
	json_set_text(row, "hint", way->why_not ? way->why_not : way->hint);
	if (!way->why_not)
		json_set_text(row, "href", href);
	return row;
}

/* Of the ways shown, all or those that reach the level. */
static void
ways_fitting(struct task *task, const struct visit *visit, struct login_ways *ret_ways)
{
	const char *level = json_get_text(visit->transaction->request, "acr_values");
	struct login_ways all, fitting = {0};

	login_ways(task, &(struct login_asked){visit->transaction, visit->client}, &all);
	for (size_t i = 0; i < all.n; i++)
		if (login_acr_satisfies(task, all.at[i].acr, level))
			login_way_add(task, &fitting, &all.at[i]);
	*ret_ways = fitting.n > 0 ? fitting : all;
}

/* Each way once: the last one taken first, the others by where they are used. */
static void
ways_add(struct task *task, const struct visit *visit, const char *remembered, json_t *view)
{
	json_t *here = json_array(), *elsewhere = json_array();
	struct login_ways ways;

	json_object_set_new(view, "here", here);
	json_object_set_new(view, "elsewhere", elsewhere);
	ways_fitting(task, visit, &ways);
	for (size_t i = 0; i < ways.n; i++) {
		const struct login_way *way = &ways.at[i];
		json_t *row = way_view(task, visit, way);

		if (!way->why_not && str_equal(way->id, remembered))
			json_object_set_new(view, "last", row);
		else if (way->place == LOGIN_HERE)
			json_array_append_new(here, row);
		else
			json_array_append_new(elsewhere, row);
	}
	if (json_object_get(view, "last"))
		json_set_text(view, "forget_href",
		    task_printf(task, "/login?tx=%s&forget=1", visit->transaction->id));
}

static int
test_add(struct task *task, const struct request *request, const struct visit *visit, json_t *view)
{
	json_t *test;

	if (!task->rooms->settings->gateway_demo)
		return 0;
	test = login_button(task, request, "/login/test", visit->transaction);
	json_object_set_new(view, "test", test);
	return login_test_personas(task, test);
}

int
chooser_help(struct task *task, const struct request *request, struct reply *reply)
{
	const struct settings *settings = task->rooms->settings;
	struct visit visit;
	const char *reason;
	json_t *view;
	int r;

	r = visit_begin(task, request, reply, &visit, &reason);
	if (r < 0)
		return r;
	if (reason)
		return page_refuse(task, request, reply, 400, reason);
	view = chooser_view(task, request, &visit);
	json_set_text(view, "counter", settings->login_counter);
	json_set_text(view, "counter_url", settings->login_counter_url);
	return page_reply(task, request, reply,
	    &(struct page_show){.page = PAGE_HELP,
		.view = view,
		.form_targets = login_form_targets(task, visit.client)});
}
