/* SPDX-License-Identifier: Apache-2.0
 *
 * The wallet's pages: link and QR, waiting, the number from the phone, and the way back.
 *
 * It works without script: the person presses Continue when the phone says so; a small script only
 * spares the press (GET /vp/status/{tx}).
 */
#include "login/wallet/wallet.h"

#include "access/browser.h"
#include "core/settings.h"
#include "core/task.h"
#include "jose/jwe.h"
#include "login/wallet/link.h"
#include "login/wallet/policy.h"
#include "login/wallet/verifier.h"
#include "pages/page.h"
#include "records/client.h"

/* One visit of the page. */
struct visit {
	struct transaction *transaction;
	struct browser browser;
	struct presentation *presentation; /* NULL: none yet */
	const struct client *client;
	const char *name; /* of who asks */
	bool may_cross;
	bool is_early; /* the button was pressed before a wallet had begun */
	bool is_wrong_number;
	int n_left;
};

static int visit_begin(struct task *task, const struct request *request, struct reply *reply,
    struct visit *visit, const char **ret_reason);
static int visit_show(struct task *task, const struct request *request, struct reply *reply,
    const struct visit *visit);
static void addresses_add(
    struct task *task, const struct request *request, const struct visit *visit, json_t *view);
static bool is_spent(const struct presentation *presentation);
static int presentation_begin(struct task *task, struct visit *visit);
static int handles_renew(struct task *task, struct visit *visit);
static int presentation_ended(struct task *task, const struct request *request, struct reply *reply,
    const struct visit *visit);
static int finish(struct task *task, const struct request *request, struct reply *reply,
    const struct visit *visit);

int
wallet_page(struct task *task, const struct request *request, struct reply *reply)
{
	struct visit visit = {0};
	const char *reason;
	int r;

	r = visit_begin(task, request, reply, &visit, &reason);
	if (r < 0)
		return r;
	if (reason)
		return page_refuse(task, request, reply, 400, reason);
	/* Begun by a wallet, it goes on over a reload of the page; otherwise, or when the person
	 * asks for it, a fresh one: its handles live for two minutes only. */
	if (!visit.presentation || is_spent(visit.presentation) ||
	    request_query(request, "again")) {
		r = presentation_begin(task, &visit);
		if (r < 0)
			return r;
	}
	return visit_show(task, request, reply, &visit);
}

/* Or not begun.  Done while the transaction still stands at the login: a store of ours was away at
 * the end. */
static bool
is_spent(const struct presentation *presentation)
{
	return !presentation->way || presentation->stage == PRESENTATION_FAILED ||
	       presentation->stage == PRESENTATION_DONE;
}

int
wallet_continue(struct task *task, const struct request *request, struct reply *reply)
{
	const char *number = request_form(request, "code");
	struct visit visit = {0};
	const char *reason;
	int r;

	r = visit_begin(task, request, reply, &visit, &reason);
	if (r < 0)
		return r;
	if (reason)
		return page_refuse(task, request, reply, 400, reason);
	r = browser_csrf_check(task, request, &visit.browser, visit.transaction->id);
	if (r < 0)
		return r;
	if (!visit.presentation)
		return page_refuse(task, request, reply, 400, "link-expired");
	if (visit.presentation->stage == PRESENTATION_FAILED)
		return presentation_ended(task, request, reply, &visit);
	if (visit.presentation->stage == PRESENTATION_WAITING && !visit.presentation->way) {
		r = handles_renew(task, &visit);
		if (r < 0)
			return r;
		return visit_show(task, request, reply, &visit);
	}
	if (visit.presentation->stage != PRESENTATION_ANSWERED ||
	    visit.presentation->way != PRESENTATION_CROSS_DEVICE || str_is_empty(number))
		return visit_show(task, request, reply, &visit);

	struct presentation *done = NULL;
	struct presentation_guess guess = {visit.transaction->id, visit.browser.hash, number};

	r = presentation_confirm(task, &guess, &done, &visit.n_left);
	if (r < 0)
		return r;
	if (done) {
		visit.presentation = done;
		return finish(task, request, reply, &visit);
	}
	visit.is_wrong_number = true;
	if (visit.n_left == 0)
		return page_refuse(task, request, reply, 403, "number-wrong");
	return visit_show(task, request, reply, &visit);
}

/* The language first: the name of who asks is in it. */
static int
visit_begin(struct task *task, const struct request *request, struct reply *reply,
    struct visit *visit, const char **ret_reason)
{
	int r;

	if (!task->rooms->wallet)
		return fail(task, NOT_FOUND, "wallet login is not configured");
	if (!login_method_is_on(task, wallet_method.id)) {
		*ret_reason = METHOD_OFF;
		return 0;
	}
	r = login_transaction(task, request, &visit->transaction, ret_reason);
	if (r < 0 || *ret_reason)
		return r;
	page_language(task, request, reply, visit->transaction->ui_locales);
	r = login_asker(task, visit->transaction, &visit->client, &visit->name);
	if (r < 0)
		return r;
	visit->may_cross =
	    policy_may_cross(task, &(struct login_asked){visit->transaction, visit->client});
	browser_known(task, request, &visit->browser);
	r = presentation_look(
	    task, visit->transaction->id, visit->browser.hash, &visit->presentation);
	if (r == NOT_FOUND) {
		fault_clear(task);
		visit->presentation = NULL;
		return 0;
	}
	return r;
}

static int
presentation_begin(struct task *task, struct visit *visit)
{
	struct presentation *presentation = task_new(task, struct presentation);
	json_t *key;
	int r;

	r = jwe_key_make(task, NULL, &key);
	if (r < 0)
		return r;
	json_keep(task, key);
	presentation->transaction_id = visit->transaction->id;
	presentation->browser = visit->browser.hash;
	presentation->may_cross = visit->may_cross;
	presentation->key = json_text(task, key);
	presentation->message = json_get_text(visit->transaction->request, "binding_message");
	r = presentation_create(task, presentation);
	if (r < 0)
		return r;
	visit->presentation = presentation;
	return 0;
}

/* The handles of a page are known only when they are made: shown anew, it has new ones. */
static int
handles_renew(struct task *task, struct visit *visit)
{
	struct presentation *presentation = visit->presentation;
	const char *tx = visit->transaction->id;
	int r;

	visit->is_early = true;
	r = presentation_renew(task, tx, PRESENTATION_SAME_DEVICE, &presentation->same_device);
	if (r == 0 && visit->may_cross)
		r = presentation_renew(
		    task, tx, PRESENTATION_CROSS_DEVICE, &presentation->cross_device);
	if (r != CONFLICT)
		return r;
	/* A wallet has begun just now. */
	fault_clear(task);
	presentation->same_device = presentation->cross_device = NULL;
	visit->is_early = false;
	return 0;
}

static void
links_add(struct task *task, const struct presentation *presentation, json_t *view)
{
	if (presentation->same_device)
		link_add(task, presentation->same_device, view);
	if (presentation->cross_device)
		json_set_text(view, "qr_text", link_of_qr(task, presentation->cross_device));
}

int
wallet_offer(struct task *task, struct transaction *transaction, json_t *view)
{
	struct visit visit = {
	    .transaction = transaction, .browser = {.hash = transaction->browser}};
	int r;

	if (!login_method_is_on(task, wallet_method.id))
		return 0;
	r = login_asker(task, transaction, &visit.client, &visit.name);
	if (r < 0)
		return r;
	visit.may_cross = policy_may_cross(task, &(struct login_asked){transaction, visit.client});
	r = presentation_begin(task, &visit);
	if (r < 0)
		return r;
	links_add(task, visit.presentation, view);
	return 0;
}

static int
visit_show(struct task *task, const struct request *request, struct reply *reply,
    const struct visit *visit)
{
	const struct presentation *presentation = visit->presentation;
	json_t *view = json_keep(task, json_object());

	json_set_text(view, "client", visit->name);
	json_set_text(view, "csrf", browser_csrf(task, &visit->browser, visit->transaction->id));
	json_object_set_new(view, "cancel", login_cancel_button(task, request, visit->transaction));
	links_add(task, presentation, view);
	addresses_add(task, request, visit, view);
	json_object_set_new(view, "same_device_only", json_boolean(!visit->may_cross));
	json_object_set_new(view, "early", json_boolean(visit->is_early));
	json_object_set_new(view, "waiting", json_boolean(!presentation->same_device));
	json_object_set_new(view, "asks_number",
	    json_boolean(visit->may_cross && presentation->way != PRESENTATION_SAME_DEVICE));
	json_object_set_new(view, "wrong_number", json_boolean(visit->is_wrong_number));
	json_object_set_new(view, "tries_left", json_integer(visit->n_left));
	return page_reply(task, request, reply,
	    &(struct page_show){.page = PAGE_WALLET,
		.view = view,
		.form_targets = login_form_targets(task, visit->client)});
}

/* The row of the chooser that led here (on=) stays in every address of the page. */
static void
addresses_add(
    struct task *task, const struct request *request, const struct visit *visit, json_t *view)
{
	const char *tx = visit->transaction->id;
	bool is_other = str_equal(request_query(request, "on"), "other");
	const char *self =
	    task_printf(task, "/login/wallet?tx=%s%s", tx, is_other ? "&on=other" : "");

	json_object_set_new(view, "qr_first", json_boolean(is_other));
	json_set_text(view, "action", self);
	json_set_text(view, "self", self);
	json_set_text(view, "again_href", task_printf(task, "%s&again=1", self));
	json_set_text(view, "other_href", task_printf(task, "/login?tx=%s", tx));
	json_set_text(view, "help_href", task_printf(task, "/login/help?tx=%s", tx));
	json_set_text(view, "status_href", task_printf(task, "/vp/status/%s", tx));
}

/* A refusal in the wallet is an answer for the client, and so is that the person is dead or
 * blocked; a presentation that did not hold is told to the person, who may try again. */
static int
presentation_ended(struct task *task, const struct request *request, struct reply *reply,
    const struct visit *visit)
{
	const char *tx = visit->transaction->id, *failure = visit->presentation->failure;
	json_t *view;
	int r;

	if (failure && str_starts(failure, "person-"))
		return login_refuse(task, request, reply, visit->transaction, failure);
	if (str_equal(failure, "access_denied")) {
		r = login_turn_back(task, visit->transaction);
		if (r < 0)
			return r;
		return reply_redirect(reply, login_onward(task, visit->transaction));
	}
	view = json_keep(task, json_object());
	json_set_text(view, "reason", failure);
	json_set_text(view, "back_href", task_printf(task, "/login?tx=%s", tx));
	json_set_text(view, "back_text", page_text(task, "Try again"));
	return page_reply(task, request, reply,
	    &(struct page_show){.page = PAGE_ERROR, .status = 403, .view = view});
}

static int
finish(struct task *task, const struct request *request, struct reply *reply,
    const struct visit *visit)
{
	static const char *const amr[] = {"pop", "hwk", "user", NULL};
	const json_t *result = visit->presentation->result;
	bool is_cross = visit->presentation->way == PRESENTATION_CROSS_DEVICE;
	struct login_proof proof = {
	    .method = "wallet",
	    .way = is_cross ? WALLET_ELSEWHERE : WALLET_HERE,
	    .is_cross = is_cross,
	    .register_key = json_get_text(result, "subject"),
	    .device = json_get_text(result, "device"),
	    .acr = task->rooms->settings->wallet_acr,
	    .amr = amr,
	};

	json_get_i64(result, "auth_time", &proof.auth_time_s);
	return login_complete(task, request, reply, visit->transaction, &proof);
}

static int
number_show(struct task *task, const struct request *request, struct reply *reply,
    const struct visit *visit)
{
	json_t *view = json_keep(task, json_object());
	const struct client *client;
	const char *name = NULL;
	int r;

	if (visit->transaction) {
		r = login_asker(task, visit->transaction, &client, &name);
		if (r < 0)
			return r;
	}
	json_set_text(view, "client", name);
	json_set_text(view, "host", task->rooms->settings->host);
	json_set_text(view, "number", visit->presentation->number);
	return page_reply(
	    task, request, reply, &(struct page_show){.page = PAGE_CONFIRM, .view = view});
}

int
wallet_returned(struct task *task, const struct request *request, struct reply *reply)
{
	struct visit visit = {0};
	int r;

	if (!browser_known(task, request, &visit.browser))
		visit.browser.hash = "";
	page_language(task, request, reply, NULL);
	if (!login_method_is_on(task, wallet_method.id))
		return page_refuse(task, request, reply, 403, METHOD_OFF);
	r = presentation_return(
	    task, request_query(request, "response_code"), visit.browser.hash, &visit.presentation);
	if (r == FORBIDDEN)
		return page_refuse(task, request, reply, 403, "other-browser");
	if (r < 0)
		return r;
	if (!visit.presentation)
		return page_refuse(task, request, reply, 400, "link-expired");
	r = transaction_find(task, visit.presentation->transaction_id, visit.presentation->browser,
	    &visit.transaction);
	if (r < 0)
		return r;
	if (visit.presentation->way == PRESENTATION_CROSS_DEVICE)
		return number_show(task, request, reply, &visit);
	if (!visit.transaction || visit.transaction->step != STEP_LOGIN)
		return page_refuse(task, request, reply, 400, "transaction-gone");
	return finish(task, request, reply, &visit);
}
