/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /account/requests.
 *
 * The session says whose requests are shown, and answers none: for each a transaction begins that
 * stands at the login and takes this one person (login/login.h), and the login is the answer.
 */
#include "account/requests.h"

#include "account/account.h"
#include "account/consent_request.h"
#include "account/view.h"
#include "core/task.h"
#include "login/wallet/wallet.h"
#include "oidc/rules/detached.h"
#include "pages/page.h"
#include "records/pending.h"

static int request_add(struct task *task, const struct account_visitor *visitor,
    const struct pending *pending, json_t *requests);
static int begin(struct task *task, const struct account_visitor *visitor,
    const struct pending *pending, struct transaction *transaction, const struct client **ret);
static const json_t *request_of(
    struct task *task, const struct pending *pending, const struct authorization *authorization);

int
account_requests_show(struct task *task, const struct request *request, struct reply *reply)
{
	json_t *view = json_keep(task, json_object()), *requests = json_array(), *waiting;
	struct account_visitor visitor;
	struct pending **list;
	int r;

	json_object_set_new(view, "requests", requests);
	page_language(task, request, reply, NULL);
	r = account_enter(task, request, reply, &visitor);
	if (r < 0 || visitor.session == NULL)
		return r;
	r = pending_list(task, visitor.session->person_id, &list);
	if (r < 0)
		return r;
	for (; *list != NULL; list++) {
		r = request_add(task, &visitor, *list, requests);
		if (r < 0)
			return r;
	}
	r = account_consent_waiting(task, visitor.session->person_id, &waiting);
	if (r < 0)
		return r;
	json_object_set(view, "consents", waiting);
	return page_reply(
	    task, request, reply, &(struct page_show){.page = PAGE_REQUESTS, .view = view});
}

static int
request_add(struct task *task, const struct account_visitor *visitor, const struct pending *pending,
    json_t *requests)
{
	struct transaction transaction = {0};
	json_t *view = json_keep(task, json_object());
	const struct client *client;
	int r;

	r = begin(task, visitor, pending, &transaction, &client);
	if (r == INVALID_REQUEST) {
		/* Its client has gone meanwhile. */
		fault_clear(task);
		return 0;
	}
	if (r < 0)
		return r;
	r = wallet_offer(task, &transaction, view);
	if (r < 0)
		return r;
	account_qr_add(task, view);
	json_set_text(view, "n", task_printf(task, "%zu", json_array_size(requests) + 1));
	json_set_text(view, "client", page_pick(task, client->name));
	json_set_text(view, "message", pending->binding_message);
	json_set_text(view, "action", task_printf(task, "/login/wallet?tx=%s", transaction.id));
	json_set_text(view, "csrf", browser_csrf(task, &visitor->browser, transaction.id));
	json_set_text(view, "other_href", task_printf(task, "/login?tx=%s", transaction.id));
	json_set_text(view, "deny", task_printf(task, "/login/cancel?tx=%s", transaction.id));
	json_array_append(requests, view);
	return 0;
}

static int
begin(struct task *task, const struct account_visitor *visitor, const struct pending *pending,
    struct transaction *transaction, const struct client **ret_client)
{
	struct authorization authorization;
	int r;

	r = detached_open(task, pending, &authorization);
	if (r < 0)
		return r;
	*transaction = (struct transaction){
	    .step = STEP_LOGIN,
	    .browser = visitor->browser.hash,
	    .client_id = authorization.client->id,
	    .ui_locales = authorization.ui_locales,
	    .person_id = pending->person_id,
	    .request = request_of(task, pending, &authorization),
	};
	r = transaction_create(task, transaction);
	if (r < 0)
		return r;
	*ret_client = authorization.client;
	return 0;
}

/* The text goes along: the page that asks for the consent shows it too. */
static const json_t *
request_of(
    struct task *task, const struct pending *pending, const struct authorization *authorization)
{
	json_t *request = json_keep(
	    task, json_copy((json_t *)(uintptr_t)authorization_json(task, authorization)));

	json_set_text(request, "binding_message", pending->binding_message);
	return request;
}
