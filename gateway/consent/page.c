/* SPDX-License-Identifier: Apache-2.0
 *
 * The consent page of a sign-in: the question (question.h), allow and deny alike.  The step of the
 * transaction is what makes a decision count once.
 */
#include "consent/page.h"

#include "access/browser.h"
#include "consent/artefact.h"
#include "consent/ask.h"
#include "consent/question_page.h"
#include "core/settings.h"
#include "core/task.h"
#include "pages/page.h"
#include "records/audit.h"
#include "records/consent_request.h"
#include "records/session.h"
#include "records/subject.h"
#include "records/transaction.h"

#include <assert.h>

/* What both the page and the decision stand on, so that what is kept is what was shown. */
struct visit {
	struct browser browser;
	struct transaction *transaction;
	struct question question;
	const char *refusal; /* a page's reason: nothing can be asked; NULL: ask */
};

static int visit_of(
    struct task *task, const struct request *request, struct reply *reply, struct visit *ret_visit);
static int transaction_open(struct task *task, const struct request *request, struct visit *visit);
static int asked_again(struct task *task, struct visit *visit);
static struct question_place place_of(struct task *task, const struct visit *visit);
static int64_t life_s(const struct task *task, const struct purpose *purpose);
static int decide(struct task *task, const struct visit *visit, struct consent **consents);
static int answer(struct task *task, const struct visit *visit, struct consent **consents);
static void terms_of(
    struct task *task, const struct transaction *transaction, struct question *question);
static int denial_audit(struct task *task, const struct visit *visit);

int
consent_page_show(struct task *task, const struct request *request, struct reply *reply)
{
	struct question_place place;
	struct visit visit = {0};
	int r;

	r = visit_of(task, request, reply, &visit);
	if (r < 0)
		return r;
	if (visit.refusal)
		return page_refuse(task, request, reply, 400, visit.refusal);
	place = place_of(task, &visit);
	return question_page(task, request, reply, &visit.question, &place);
}

int
consent_page_decide(struct task *task, const struct request *request, struct reply *reply)
{
	struct question_place place;
	struct visit visit = {0};
	bool is_allowed = false;
	int r;

	r = visit_of(task, request, reply, &visit);
	if (r < 0)
		return r;
	if (visit.refusal)
		return page_refuse(task, request, reply, 400, visit.refusal);
	place = place_of(task, &visit);
	r = question_decision(task, request, &visit.question, &place, &is_allowed);
	if (r < 0)
		return r;
	if (is_allowed && visit.question.is_impossible)
		return question_page(task, request, reply, &visit.question, &place);

	visit.transaction->decision = is_allowed ? "allow" : "deny";
	r = decide(
	    task, &visit, is_allowed ? question_consents(task, request, &visit.question) : NULL);
	if (r == CONFLICT) {
		/* Another press of the same form was first: the answer is the one a late press
		 * gets. */
		fault_clear(task);
		return page_refuse(task, request, reply, 400, "link-used");
	}
	if (r < 0)
		return r;
	question_count(is_allowed);
	return reply_redirect(
	    reply, task_printf(task, "/authorize/continue?tx=%s", visit.transaction->id));
}

static int
visit_of(
    struct task *task, const struct request *request, struct reply *reply, struct visit *ret_visit)
{
	struct visit visit = {0};
	int r;

	r = transaction_open(task, request, &visit);
	if (r == 0 && visit.refusal == NULL) {
		page_language(task, request, reply, visit.transaction->ui_locales);
		r = client_find(task, visit.transaction->client_id, &visit.question.client);
	}
	if (r < 0)
		return r;
	if (visit.refusal == NULL && visit.question.client == NULL)
		visit.refusal = "client-unknown";
	if (visit.refusal == NULL)
		r = asked_again(task, &visit);
	if (r == 0)
		*ret_visit = visit;
	return r;
}

static int
transaction_open(struct task *task, const struct request *request, struct visit *visit)
{
	bool is_ended = true;
	int r;

	visit->refusal = "transaction-gone";
	if (!browser_known(task, request, &visit->browser))
		return 0;
	r = transaction_find(
	    task, request_query(request, "tx"), visit->browser.hash, &visit->transaction);
	if (r < 0 || visit->transaction == NULL)
		return r;
	if (visit->transaction->step != STEP_CONSENT) {
		visit->refusal = "link-used";
		return 0;
	}
	/* What is known of a person is not shown to who comes back to the page later (case L05). */
	r = session_is_ended(task, visit->transaction->session_id, &is_ended);
	if (r == 0 && !is_ended)
		visit->refusal = NULL;
	return r;
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

static struct question_place
place_of(struct task *task, const struct visit *visit)
{
	const struct transaction *transaction = visit->transaction;
	const struct ask *ask = visit->question.asked.ask;

	assert(transaction != NULL);
	return (struct question_place){
	    .id = transaction->id,
	    .action = task_printf(task, "/consent?tx=%s", transaction->id),
	    .browser = &visit->browser,
	    .waits_until_s = ask == NULL ? 0 : ask->request->expires_s,
	};
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
 * button again.  consents NULL: no. */
static int
decide(struct task *task, const struct visit *visit, struct consent **consents)
{
	struct transaction *transaction = visit->transaction;
	const bool is_allowed = consents != NULL;
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
		r = answer(task, visit, consents);
	else if (is_allowed)
		r = consent_give_all(task, consents);
	else
		r = denial_audit(task, visit);
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

/* Where an essential one is not known there was nothing that the person could have allowed. */
static int
denial_audit(struct task *task, const struct visit *visit)
{
	return audit_write(task, &(struct audit_event){.event = "consent.denied",
				     .actor = visit->question.is_impossible ? "gateway" : "person",
				     .person_id = visit->transaction->person_id,
				     .client_id = visit->question.client->id});
}
