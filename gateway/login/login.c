/* SPDX-License-Identifier: Apache-2.0
 *
 * What every page of a login begins with (the chooser between the ways in is chooser.c, what it
 * ends with is login_end.c).
 */
/* clang-format off */
/* The steps of a transaction (records/transaction.h), each taken once:
 *
 *   STEP_LOGIN      a method proved who it is            STEP_LOGGED_IN   login_complete()
 *   STEP_LOGIN      the person turned back, was refused  STEP_LOGGED_IN   with a refusal for it
 *   STEP_LOGGED_IN  consent is needed                    STEP_CONSENT     oidc/continue.c
 *   STEP_CONSENT    allow or deny                        STEP_DECIDED     consent/page.c
 *   any of the last three                                STEP_DONE        oidc/continue.c: code or error
 */
/* clang-format on */
#include "login/login.h"

#include "access/browser.h"
#include "core/settings.h"
#include "core/task.h"
#include "login/card/card.h"
#include "login/upstream/upstream.h"
#include "pages/page.h"
#include "records/client.h"
#include "records/presentation.h"

int
login_transaction(struct task *task, const struct request *request,
    struct transaction **ret_transaction, const char **ret_reason)
{
	struct transaction *transaction = NULL;
	struct browser browser;
	int r;

	if (browser_known(task, request, &browser)) {
		r = transaction_find(
		    task, request_query(request, "tx"), browser.hash, &transaction);
		if (r < 0)
			return r;
	}
	*ret_reason = NULL;
	if (!transaction)
		*ret_reason = "transaction-gone";
	else if (transaction->step != STEP_LOGIN)
		*ret_reason = "link-used";
	*ret_transaction = *ret_reason ? NULL : transaction;
	return 0;
}

const char *
login_address(struct task *task, const struct transaction *transaction)
{
	const char *hint = json_get_text(transaction->request, "idp_hint");
	const char *path = hint ? upstream_path(task, hint, transaction) : NULL;

	return path ? path : task_printf(task, "/login?tx=%s", transaction->id);
}

int
login_begin(struct task *task, const struct request *request, struct reply *reply,
    const struct login_errand *errand)
{
	struct transaction transaction = {
	    .step = STEP_LOGIN, .onward = errand->path, .client_id = errand->client_id};
	struct browser browser;
	int r;

	if (errand->scope || errand->acr_values)
		transaction.request =
		    json_keep(task, json_pack("{s:s*, s:s*}", "scope", errand->scope, "acr_values",
					errand->acr_values));
	r = transaction_count(task, request->address);
	if (r < 0)
		return r;
	browser_of(task, request, reply, &browser);
	transaction.browser = browser.hash;
	r = transaction_create(task, &transaction);
	if (r < 0)
		return r;
	return reply_redirect(reply, task_printf(task, "/login?tx=%s", transaction.id));
}

/* Who turned back from a page of ours is shown that nobody is signed in. */
const char *
login_onward(struct task *task, const struct transaction *transaction)
{
	if (!transaction->onward)
		return task_printf(task, "/authorize/continue?tx=%s", transaction->id);
	return transaction->refusal ? "/end_session" : transaction->onward;
}

int
login_asker(struct task *task, const struct transaction *transaction,
    const struct client **ret_client, const char **ret_name)
{
	const struct client *client = NULL;
	int r = 0;

	if (transaction->client_id)
		r = client_find(task, transaction->client_id, &client);
	if (r < 0)
		return r;
	*ret_client = client;
	*ret_name = client ? page_pick(task, client->name) : NULL;
	if (transaction->onward)
		*ret_name = task->rooms->settings->gateway_name;
	return 0;
}

const char *
login_form_targets(struct task *task, const struct client *client)
{
	return client ? str_join(task, client->origins, " ") : NULL;
}

json_t *
login_button(struct task *task, const struct request *request, const char *path,
    const struct transaction *transaction)
{
	json_t *view = json_object();
	struct browser browser;

	browser_known(task, request, &browser);
	json_set_text(view, "action", task_printf(task, "%s?tx=%s", path, transaction->id));
	json_set_text(view, "csrf", browser_csrf(task, &browser, transaction->id));
	return view;
}

json_t *
login_cancel_button(
    struct task *task, const struct request *request, const struct transaction *transaction)
{
	return login_button(task, request, "/login/cancel", transaction);
}

int
login_cancel(struct task *task, const struct request *request, struct reply *reply)
{
	struct transaction *transaction;
	struct browser browser;
	const char *reason;
	int r;

	r = login_transaction(task, request, &transaction, &reason);
	if (r < 0)
		return r;
	if (reason)
		return page_refuse(task, request, reply, 400, reason);
	browser_known(task, request, &browser);
	r = browser_csrf_check(task, request, &browser, transaction->id);
	if (r < 0)
		return r;
	/* A wallet's answer that is on its way finds nothing (case W22). */
	r = presentation_cancel(task, transaction->id);
	if (r < 0)
		return r;
	r = login_turn_back(task, transaction);
	if (r < 0)
		return r;
	return reply_redirect(reply, login_onward(task, transaction));
}

int
login_still_stands(struct task *task, const char *id, bool *ret_stands)
{
	const struct evidence *evidences;
	bool stands = true;
	size_t n = 0;
	int r;

	r = evidence_find(task, id, &evidences, &n);
	for (size_t i = 0; r == 0 && stands && i < n; i++) {
		if (str_equal(evidences[i].method, card_method.id))
			r = card_still_stands(task, evidences[i].reference, &stands);
		else if (str_equal(evidences[i].method, upstream_method.id))
			r = upstream_still_stands(task, evidences[i].reference, &stands);
	}
	if (r == 0)
		*ret_stands = stands;
	return r;
}
