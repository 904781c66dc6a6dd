/* SPDX-License-Identifier: Apache-2.0
 *
 * GET and POST /authorize: a relying party asks for a person (RFC 6749 section 4.1.1, OpenID
 * Connect Core section 3.1.2).  The request is checked whole; then the session and the consent that
 * are there answer it at once, or a transaction begins and the person is asked.
 */
#include "oidc/oidc.h"

#include "access/browser.h"
#include "oidc/decision.h"
#include "oidc/rules/answer.h"
#include "oidc/rules/arrival.h"
#include "pages/page.h"

static int take(struct task *task, const struct request *request, struct reply *reply,
    struct authorization *authorization);
static int used_page(struct task *task, const struct request *request, struct reply *reply);
static int proceed(struct task *task, const struct request *request, struct reply *reply,
    struct decision *decision);
static int begin_login(struct task *task, const struct request *request, struct reply *reply,
    const struct decision *decision);
static int begin_consent(struct task *task, const struct request *request, struct reply *reply,
    const struct decision *decision);
static int begin(struct task *task, const struct request *request, struct reply *reply,
    struct transaction *transaction);

int
oidc_authorize(struct task *task, const struct request *request, struct reply *reply)
{
	struct decision decision = {0};
	int r;

	if (str_equal(request->method, "HEAD"))
		return reply_empty(reply, 200);
	r = take(task, request, reply, &decision.authorization);
	if (r == 0)
		r = proceed(task, request, reply, &decision);
	if (r == CONFLICT)
		return used_page(task, request, reply);
	if (r < 0 && decision.authorization.redirect_uri != NULL)
		return answer_fault(task, request, reply, &decision.authorization);
	return r;
}

/* Who asks, what, and where the answer goes, in this order: until the last is known a fault is a
 * page (case A01). */
static int
take(struct task *task, const struct request *request, struct reply *reply,
    struct authorization *authorization)
{
	struct parameters parameters;
	int r;

	parameters_of_request(request, &parameters);
	r = authorization_client(task, &parameters, authorization);
	if (r == 0)
		r = arrival_open(task, &parameters, authorization);
	page_language(task, request, reply, parameters_get(&parameters, "ui_locales"));
	if (r < 0)
		return r;
	r = authorization_begin(task, &parameters, authorization);
	if (r < 0)
		return r;
	return authorization_read(task, &parameters, authorization);
}

static int
used_page(struct task *task, const struct request *request, struct reply *reply)
{
	fault_clear(task);
	return page_refuse(task, request, reply, 400, "link-used");
}

static int
proceed(struct task *task, const struct request *request, struct reply *reply,
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
	r = decision_take_session(task, decision, session);
	if (r < 0)
		return r;
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
	return reply_redirect(reply, task_printf(task, "/login?tx=%s", transaction.id));
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

	browser_of(task, request, reply, &browser);
	transaction->browser = browser.hash;
	return transaction_create(task, transaction);
}
