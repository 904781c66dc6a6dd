/* SPDX-License-Identifier: Apache-2.0
 *
 * The first step of every request that troubles a person: a session that will do, or a transaction
 * that stands at the login or at the consent.  Called by authorize.c and device.c.
 */
#include "oidc/decision.h"

#include "access/browser.h"
#include "core/task.h"
#include "login/login.h"

static int begin_login(struct task *task, const struct request *request, struct reply *reply,
    const struct decision *decision);
static int begin_consent(struct task *task, const struct request *request, struct reply *reply,
    const struct decision *decision);
static int begin(struct task *task, const struct request *request, struct reply *reply,
    struct transaction *transaction);

int
decision_proceed(struct task *task, const struct request *request, struct reply *reply,
    struct decision *decision)
{
	const struct session *session;
	int r;

	/* What the client may not ask is refused before anybody is troubled with it. */
	r = decision_ask(task, decision);
	if (r < 0)
		return r;
	r = session_find(task, request_cookie(task, request, SESSION_COOKIE), &session);
	if (r < 0)
		return r;
	decision_take_session(task, decision, session);
	if (decision->person_id == NULL)
		return begin_login(task, request, reply, decision);
	r = decision_find_consent(task, decision);
	if (r < 0)
		return r;
	if (decision->consent_id == NULL)
		return begin_consent(task, request, reply, decision);
	return decision_grant(task, request, reply, decision);
}

static int
begin_login(struct task *task, const struct request *request, struct reply *reply,
    const struct decision *decision)
{
	const struct authorization *authorization = &decision->authorization;
	struct transaction transaction = {
	    .step = STEP_LOGIN,
	    .client_id = authorization->client->id,
	    .ui_locales = authorization->ui_locales,
	    .person_id = decision->step_up_of,
	};
	int r;

	if (authorization->prompt & PROMPT_NONE)
		return fail(task, LOGIN_REQUIRED, "the person must sign in");
	transaction.request = authorization_json(task, authorization);
	r = begin(task, request, reply, &transaction);
	if (r < 0)
		return r;
	return reply_redirect(reply, login_address(task, &transaction));
}

static int
begin_consent(struct task *task, const struct request *request, struct reply *reply,
    const struct decision *decision)
{
	const struct authorization *authorization = &decision->authorization;
	struct transaction transaction = {
	    .step = STEP_CONSENT,
	    .client_id = authorization->client->id,
	    .ui_locales = authorization->ui_locales,
	    .person_id = decision->person_id,
	    .session_id = decision->session_id,
	    .device = decision->device,
	    .acr = decision->acr,
	    .amr = decision->amr,
	    .auth_time_s = decision->auth_time_s,
	};
	int r;

	if (authorization->prompt & PROMPT_NONE)
		return fail(task, CONSENT_REQUIRED, "the person must be asked");
	transaction.request = authorization_json(task, authorization);
	r = begin(task, request, reply, &transaction);
	if (r < 0)
		return r;
	return reply_redirect(reply, task_printf(task, "/consent?tx=%s", transaction.id));
}

/* Whoever ends the transaction must be the browser that begins it here (RFC 9700 section 4.7). */
static int
begin(struct task *task, const struct request *request, struct reply *reply,
    struct transaction *transaction)
{
	struct browser browser;
	int r = transaction_count(task, request->address);

	if (r < 0)
		return r;
	browser_of(task, request, reply, &browser);
	transaction->browser = browser.hash;
	return transaction_create(task, transaction);
}
