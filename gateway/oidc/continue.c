/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /authorize/continue?tx=…: where login and consent send the person back to.  Reads how far the
 * transaction has come and does the next thing; each step is taken once.
 */
#include "oidc/oidc.h"

#include "access/browser.h"
#include "consent/release.h"
#include "oidc/decision.h"
#include "oidc/rules/acr.h"
#include "oidc/rules/answer.h"
#include "oidc/rules/hint.h"
#include "pages/page.h"
#include "records/consent.h"

/* What a step needs; every one has the same form. */
struct going {
	const struct request *request;
	struct reply *reply;
	struct transaction *transaction;
	struct decision decision;
};

static int go_on(struct task *task, struct going *going);
static int go_on_again(struct task *task, struct going *going);
static int after_login(struct task *task, struct going *going);
static int after_decision(struct task *task, struct going *going);
static int grant(struct task *task, struct going *going, enum step from);
static int refuse(struct task *task, struct going *going, const char *error, const char *why);
static int step_back(struct task *task, struct going *going, enum step from);
static int to_page(struct task *task, struct going *going, const char *path);
static int find(struct task *task, const struct request *request, struct transaction **ret);
static int find_alive(
    struct task *task, const char *id, const struct browser *browser, struct transaction **ret);
static int used_page(struct task *task, const struct going *going);

int
oidc_continue(struct task *task, const struct request *request, struct reply *reply)
{
	struct going going = {.request = request, .reply = reply};
	int r;

	if (str_equal(request->method, "HEAD"))
		return reply_empty(reply, 200);
	r = find(task, request, &going.transaction);
	if (r < 0)
		return r;
	page_language(
	    task, request, reply, going.transaction == NULL ? NULL : going.transaction->ui_locales);
	if (going.transaction == NULL)
		return page_refuse(task, request, reply, 400, "link-expired");
	r = authorization_of_json(task, going.transaction->request, &going.decision.authorization);
	if (r < 0)
		return r;
	r = go_on(task, &going);
	if (r == CONFLICT)
		r = go_on_again(task, &going);
	if (r == CONFLICT)
		return used_page(task, &going);
	if (r < 0)
		return answer_fault(task, request, reply, &going.decision.authorization);
	return 0;
}

static int
find(struct task *task, const struct request *request, struct transaction **ret)
{
	const char *id = request_query(request, "tx");
	struct browser browser;

	if (str_is_empty(id) || !browser_known(task, request, &browser)) {
		*ret = NULL;
		return 0;
	}
	return find_alive(task, id, &browser, ret);
}

/* Who signed out meanwhile has to sign in again (case L05). */
static int
find_alive(
    struct task *task, const char *id, const struct browser *browser, struct transaction **ret)
{
	struct transaction *transaction;
	bool is_ended = false;
	int r;

	r = transaction_find(task, id, browser->hash, &transaction);
	if (r == 0 && transaction != NULL)
		r = session_is_ended(task, transaction->session_id, &is_ended);
	if (r < 0)
		return r;
	/* One of a page of ours has nothing to do here. */
	if (is_ended || (transaction != NULL && transaction->onward != NULL))
		transaction = NULL;
	*ret = transaction;
	return 0;
}

static int
go_on(struct task *task, struct going *going)
{
	const struct transaction *transaction = going->transaction;

	if (transaction->step == STEP_DONE)
		return used_page(task, going);
	if (transaction->refusal != NULL)
		return refuse(task, going, transaction->refusal, NULL);
	switch (transaction->step) {
	case STEP_LOGGED_IN: return after_login(task, going);
	case STEP_CONSENT: return to_page(task, going, "/consent");
	case STEP_DECIDED: return after_decision(task, going);
	default: return to_page(task, going, "/login");
	}
}

/* The same address asked for twice at a time: what the other one left is where this one goes on. */
static int
go_on_again(struct task *task, struct going *going)
{
	struct transaction *transaction;
	int r;

	fault_clear(task);
	r = find(task, going->request, &transaction);
	if (r < 0)
		return r;
	if (transaction == NULL)
		return page_refuse(task, going->request, going->reply, 400, "link-expired");
	going->transaction = transaction;
	going->decision = (struct decision){.authorization = going->decision.authorization};
	return go_on(task, going);
}

static int
after_login(struct task *task, struct going *going)
{
	struct decision *decision = &going->decision;
	int r;

	decision_take_transaction(decision, going->transaction);
	if (!hint_fits(task, &decision->authorization, decision->person_id))
		return refuse(task, going, fault_name(LOGIN_REQUIRED), "another person signed in");
	if (decision->authorization.acr_is_essential &&
	    !acr_fits(task, &decision->authorization, decision->acr))
		return refuse(task, going, fault_name(UNMET_AUTHENTICATION_REQUIREMENTS),
		    "the login did not reach the acr asked for");
	r = decision_ask(task, decision);
	if (r < 0)
		return r;
	r = decision_find_consent(task, decision);
	if (r < 0)
		return r;
	if (decision->consent_id != NULL)
		return grant(task, going, STEP_LOGGED_IN);
	r = transaction_step(task, going->transaction, STEP_LOGGED_IN, STEP_CONSENT);
	if (r < 0)
		return r;
	return to_page(task, going, "/consent");
}

/* The transaction names the consent before it is stored: what broke off in between asks again. */
static int
after_decision(struct task *task, struct going *going)
{
	const struct consent *consent;
	int r;

	if (!str_equal(going->transaction->decision, "allow"))
		return refuse(task, going, fault_name(ACCESS_DENIED), "the person said no");
	decision_take_transaction(&going->decision, going->transaction);
	/* The page may have stood open for long. */
	r = release_person_check(task, going->decision.person_id);
	if (r < 0)
		return r;
	r = decision_ask(task, &going->decision);
	if (r < 0)
		return r;
	r = consent_by_id(task, going->decision.consent_id, &consent);
	if (r < 0)
		return r;
	if (consent != NULL)
		return grant(task, going, STEP_DECIDED);
	r = transaction_step(task, going->transaction, STEP_DECIDED, STEP_CONSENT);
	if (r < 0)
		return r;
	return to_page(task, going, "/consent");
}

static int
grant(struct task *task, struct going *going, enum step from)
{
	int r = transaction_step(task, going->transaction, from, STEP_DONE);

	if (r < 0)
		return r;
	r = decision_grant(task, going->request, going->reply, &going->decision);
	return r < 0 ? step_back(task, going, from) : 0;
}

static int
refuse(struct task *task, struct going *going, const char *error, const char *why)
{
	const struct answer answer = {
	    .to = &going->decision.authorization, .error = error, .description = why};
	enum step from = going->transaction->step;
	int r = transaction_step(task, going->transaction, from, STEP_DONE);

	if (r < 0)
		return r;
	r = answer_send(task, going->request, going->reply, &answer);
	return r < 0 ? step_back(task, going, from) : 0;
}

/* What failed by us can be asked for again.  Returns the fault that was. */
static int
step_back(struct task *task, struct going *going, enum step from)
{
	struct fault first = task->fault;

	if (!fault_is_ours(first.code))
		return first.code;
	fault_clear(task);
	transaction_step(task, going->transaction, STEP_DONE, from);
	task->fault = first;
	return first.code;
}

static int
to_page(struct task *task, struct going *going, const char *path)
{
	return reply_redirect(
	    going->reply, task_printf(task, "%s?tx=%s", path, going->transaction->id));
}

static int
used_page(struct task *task, const struct going *going)
{
	fault_clear(task);
	return page_refuse(task, going->request, going->reply, 400, "link-used");
}
