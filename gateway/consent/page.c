/* SPDX-License-Identifier: Apache-2.0
 *
 * The consent page of a sign-in: the question (question.h), allow and deny alike.  The step of the
 * transaction is what makes a decision count once.
 */
#include "consent/page.h"

#include "access/browser.h"
#include "consent/artefact.h"
#include "consent/ask.h"
#include "consent/question.h"
#include "core/settings.h"
#include "core/task.h"
#include "pages/page.h"
#include "records/audit.h"
#include "records/consent_request.h"
#include "records/session.h"
#include "records/subject.h"
#include "records/transaction.h"

/* What both the page and the decision stand on, so that what is kept is what was shown. */
struct visit {
	struct browser browser;
	struct transaction *transaction;
	struct question question;
	const char *refusal; /* a page's reason: nothing can be asked; NULL: ask */
	bool is_impossible;  /* an essential claim is not known: the client is to be told */
};

static int visit_of(
    struct task *task, const struct request *request, struct reply *reply, struct visit *ret_visit);
static bool is_open(const struct transaction *transaction);
static int asked_again(struct task *task, struct visit *visit);
static int64_t life_s(const struct task *task, const struct purpose *purpose);
static int decide(struct task *task, const struct visit *visit, struct consent **consents);
static int answer(struct task *task, const struct visit *visit, struct consent **consents);
static void terms_of(
    struct task *task, const struct transaction *transaction, struct question *question);
static int denial_audit(struct task *task, const struct visit *visit, const char *actor);
static int impossible(struct task *task, const struct request *request, struct reply *reply,
    const struct visit *visit);

int
consent_page_show(struct task *task, const struct request *request, struct reply *reply)
{
	struct visit visit;
	const char *form;
	json_t *view;
	int r;

	r = visit_of(task, request, reply, &visit);
	if (r < 0)
		return r;
	if (visit.is_impossible)
		return impossible(task, request, reply, &visit);
	if (visit.refusal)
		return page_refuse(task, request, reply, 400, visit.refusal);

	form = question_form_name(task, &visit.question, visit.transaction->id);
	view = question_view(task, &visit.question);
	json_set_text(view, "action", task_printf(task, "/consent?tx=%s", visit.transaction->id));
	json_set_text(view, "csrf", browser_csrf(task, &visit.browser, form));
	return page_reply(task, request, reply,
	    &(struct page_show){.page = PAGE_CONSENT,
		.view = view,
		.form_targets = str_join(task, visit.question.client->origins, " ")});
}

int
consent_page_decide(struct task *task, const struct request *request, struct reply *reply)
{
	const char *decision = request_form(request, "decision"), *form;
	struct visit visit;
	int r;

	r = visit_of(task, request, reply, &visit);
	if (r < 0)
		return r;
	if (visit.is_impossible)
		return impossible(task, request, reply, &visit);
	if (visit.refusal)
		return page_refuse(task, request, reply, 400, visit.refusal);
	form = question_form_name(task, &visit.question, visit.transaction->id);
	r = browser_csrf_check(task, request, &visit.browser, form);
	if (r < 0)
		return r;
	if (!str_equal(decision, "allow") && !str_equal(decision, "deny"))
		return fail(task, BAD_REQUEST, "decision is neither allow nor deny");

	visit.transaction->decision = decision;
	r = decide(task, &visit, question_consents(task, request, &visit.question));
	if (r == CONFLICT) {
		/* Another press of the same form was first: the answer is the one a late press
		 * gets. */
		fault_clear(task);
		return page_refuse(task, request, reply, 400, "link-used");
	}
	if (r < 0)
		return r;
	question_count(str_equal(decision, "allow"));
	return reply_redirect(
	    reply, task_printf(task, "/authorize/continue?tx=%s", visit.transaction->id));
}

static int
visit_of(
    struct task *task, const struct request *request, struct reply *reply, struct visit *ret_visit)
{
	struct visit visit = {0};
	struct question *question = &visit.question;
	bool is_ended;
	int r;

	if (!browser_known(task, request, &visit.browser)) {
		*ret_visit = (struct visit){.refusal = "transaction-gone"};
		return 0;
	}
	r = transaction_find(
	    task, request_query(request, "tx"), visit.browser.hash, &visit.transaction);
	if (r < 0)
		return r;
	if (!visit.transaction || !is_open(visit.transaction)) {
		*ret_visit =
		    (struct visit){.refusal = visit.transaction ? "link-used" : "transaction-gone"};
		return 0;
	}
	/* What is known of a person is not shown to who comes back to the page later (case L05). */
	r = session_is_ended(task, visit.transaction->session_id, &is_ended);
	if (r < 0)
		return r;
	if (is_ended) {
		*ret_visit = (struct visit){.refusal = "transaction-gone"};
		return 0;
	}
	page_language(task, request, reply, visit.transaction->ui_locales);
	r = client_find(task, visit.transaction->client_id, &question->client);
	if (r < 0)
		return r;
	if (!question->client) {
		*ret_visit = (struct visit){.refusal = "client-unknown"};
		return 0;
	}
	r = asked_again(task, &visit);
	if (r < 0)
		return r;
	visit.is_impossible = visit.transaction->step == STEP_DECIDED || question->is_impossible;
	*ret_visit = visit;
	return 0;
}

/* Or refused by this very page, which may be loaded again. */
static bool
is_open(const struct transaction *transaction)
{
	return transaction->step == STEP_CONSENT ||
	       (transaction->step == STEP_DECIDED && transaction->refusal);
}

static int
asked_again(struct task *task, struct visit *visit)
{
	const json_t *request = visit->transaction->request;
	struct question *question = &visit->question;
	struct asking asking = {
	    .client = question->client,
	    .scope = json_get_text(request, "scope"),
	    .claims = json_object_get(request, "claims"),
	    .details = json_object_get(request, "authorization_details"),
	    .resources = json_get_text(request, "resource"),
	    .request_id = json_get_text(request, "consent_request"),
	};
	const struct ask *ask;
	int r;

	r = purpose_asked(task, &asking, &question->asked);
	if (r < 0)
		return r;
	ask = question->asked.ask;
	if (ask != NULL)
		ask_terms(ask, question);
	else
		terms_of(task, visit->transaction, question);
	question->person_id = visit->transaction->person_id;
	question->message = json_get_text(request, "binding_message");
	return question_read(task, question);
}

/* As the purpose has it. */
static void
terms_of(struct task *task, const struct transaction *transaction, struct question *question)
{
	const struct purpose *purpose = question->asked.purpose;

	question->values = purpose_values(task, &question->asked);
	question->until_s = transaction->created_s + life_s(task, purpose);
	if (purpose->is_registered)
		question->data_life_s = purpose->data_life_s;
}

/* For once is for this sign-in: until its tokens have ended. */
static int64_t
life_s(const struct task *task, const struct purpose *purpose)
{
	const struct settings *settings = task->rooms->settings;

	if (purpose->mode == ACCESS_ONCE)
		return settings->login_transaction + settings->tokens_access;
	return purpose->valid_s;
}

/* The step is claimed first, so that a form sent twice decides once, and names the consent that
 * follows; where the store then fails the step is given back, so that the person can press the
 * button again. */
static int
decide(struct task *task, const struct visit *visit, struct consent **consents)
{
	struct transaction *transaction = visit->transaction;
	bool is_allowed = str_equal(transaction->decision, "allow");
	int r = 0;

	if (is_allowed)
		r = artefact_seal_all(task, consents);
	if (r < 0)
		return r;
	if (is_allowed)
		transaction->consent_id = consents[0]->id;
	r = transaction_step(task, transaction, STEP_CONSENT, STEP_DECIDED);
	if (r < 0)
		return r;
	if (visit->question.asked.ask != NULL)
		r = answer(task, visit, is_allowed ? consents : NULL);
	else if (is_allowed)
		r = consent_give_all(task, consents);
	else
		r = denial_audit(task, visit, "person");
	if (r < 0) {
		struct fault first = task->fault;

		transaction_step(task, transaction, STEP_DECIDED, STEP_CONSENT);
		task->fault = first;
	}
	return r;
}

/* A request of the consent API; consents NULL: no. */
static int
answer(struct task *task, const struct visit *visit, struct consent **consents)
{
	const struct question *question = &visit->question;
	const struct consent_request *request = question->asked.ask->request;
	const struct consent_answer answer = {
	    .person_id = question->person_id,
	    .subject = subject_of(task, question->client, question->person_id),
	    .consents = consents,
	};

	if (request->person_id != NULL && !str_equal(request->person_id, question->person_id))
		return fail(task, FORBIDDEN, "the request waits for another person");
	return consent_request_decide(task, request, &answer);
}

static int
denial_audit(struct task *task, const struct visit *visit, const char *actor)
{
	return audit_write(task, &(struct audit_event){.event = "consent.denied",
				     .actor = actor,
				     .person_id = visit->transaction->person_id,
				     .client_id = visit->question.client->id});
}

/* The transaction goes on to /authorize/continue with nothing but a refusal in it. */
static int
impossible(struct task *task, const struct request *request, struct reply *reply,
    const struct visit *visit)
{
	struct transaction *transaction = visit->transaction;
	json_t *view = json_keep(task, json_object());
	int r = 0;

	if (transaction->step == STEP_CONSENT) {
		r = denial_audit(task, visit, "gateway");
		if (r < 0)
			return r;
		transaction->refusal = "access_denied";
		r = transaction_step(task, transaction, STEP_CONSENT, STEP_DECIDED);
	}
	if (r == CONFLICT)
		fault_clear(task); /* the same page loaded twice at a time */
	else if (r < 0)
		return r;
	json_set_text(view, "reason", "essential-missing");
	json_set_text(
	    view, "back_href", task_printf(task, "/authorize/continue?tx=%s", transaction->id));
	json_set_text(view, "back_name", page_pick(task, visit->question.client->name));
	return page_reply(task, request, reply,
	    &(struct page_show){.page = PAGE_ERROR, .status = 400, .view = view});
}
