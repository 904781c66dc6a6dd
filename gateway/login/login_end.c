/* SPDX-License-Identifier: Apache-2.0
 *
 * How a login ends: who it is has been proved, or it was refused, or the person turned back.
 */
#include "login/login.h"

#include "access/browser.h"
#include "core/metrics.h"
#include "core/task.h"
#include "login/chooser.h"
#include "pages/page.h"
#include "records/audit.h"
#include "records/client.h"
#include "records/lifecycle.h"
#include "records/link_offer.h"
#include "records/notice.h"
#include "records/person.h"
#include "records/signout.h"
#include "sources/source.h"

static int person_admitted(struct task *task, const struct login_proof *proof,
    struct person *ret_person, const char **ret_reason);
static int link_redeem(
    struct task *task, const struct transaction *transaction, const struct login_proof *proof);
static int land(
    struct task *task, const struct request *request, struct reply *reply, const char *onward);
static int session_begin(struct task *task, const struct request *request, struct reply *reply,
    struct transaction *transaction, const struct login_proof *proof);
static int session_taken_over(
    struct task *task, const char *cookie, const char *person_id, const char **ret_id);
static void session_drop(struct task *task, const char *cookie);
static int evidence_of(struct task *task, const struct login_proof *proof, const char *session_id);
static int login_audit(
    struct task *task, const struct transaction *transaction, const char *event, const char *word);
static int refusal_set(
    struct task *task, struct transaction *transaction, const char *event, const char *word);

int
login_complete(struct task *task, const struct request *request, struct reply *reply,
    struct transaction *transaction, const struct login_proof *proof)
{
	const char *reason = NULL;
	struct person person;
	int r;

	r = person_admitted(task, proof, &person, &reason);
	if (r < 0)
		return r;
	/* A step-up is for the person who is signed in already, and nobody else (case X20). */
	if (!reason && transaction->person_id && !str_equal(transaction->person_id, person.id))
		reason = "other-person";
	if (reason)
		return login_refuse(task, request, reply, transaction, reason);

	transaction->person_id = person.id;
	r = link_redeem(task, transaction, proof);
	if (r < 0)
		return r;
	r = session_begin(task, request, reply, transaction, proof);
	if (r < 0)
		return r;
	if (proof->way)
		reply_cookie(reply, CHOOSER_COOKIE, proof->way, CHOOSER_COOKIE_S);
	if (proof->is_from_elsewhere)
		return land(task, request, reply, login_onward(task, transaction));
	return reply_redirect(reply, login_onward(task, transaction));
}

/* Nobody becomes a person here by being shown: the register must know them, alive and not blocked.
 */
static int
person_admitted(struct task *task, const struct login_proof *proof, struct person *ret_person,
    const char **ret_reason)
{
	struct source_entry *entry = NULL;
	int r;

	r = source_find(task, &(struct source_asking){.register_key = proof->register_key}, &entry);
	if (r < 0)
		return r;
	if (!entry)
		*ret_reason = "person-unknown";
	else if (entry->life == LIFE_DEAD)
		*ret_reason = "person-dead";
	else if (entry->life == LIFE_BLOCKED)
		*ret_reason = "person-blocked";
	if (entry && *ret_reason)
		return lifecycle_person_gone(task, proof->register_key);
	return *ret_reason ? 0 : person_of(task, proof->register_key, ret_person);
}

/* Another provider's identity that this login was to tell whose it is.  A QR may have been relayed
 * by who left that identity here: the person is signed in all the same, but nothing lasts of it. */
static int
link_redeem(
    struct task *task, const struct transaction *transaction, const struct login_proof *proof)
{
	const struct link link = {.person_id = transaction->person_id,
	    .acr = proof->acr,
	    .how = proof->method,
	    .device = proof->device};

	if (!task->rooms->upstreams || proof->is_cross)
		return 0;
	return link_offer_redeem(task, transaction->id, &link);
}

/* The row before the step: from the step on /authorize/continue gives a code.  The step is the
 * claim: whoever comes second with the same transaction leaves no session behind.  The person's own
 * session that was there goes last, when nothing can fail any more that it would be missed for. */
static int
session_begin(struct task *task, const struct request *request, struct reply *reply,
    struct transaction *transaction, const struct login_proof *proof)
{
	const char *old_cookie = request_cookie(task, request, SESSION_COOKIE), *id;
	struct session session = {
	    .person_id = transaction->person_id,
	    .way = proof->method,
	    .device = proof->device,
	    .is_cross = proof->is_cross,
	    .acr = proof->acr,
	    .amr = proof->amr,
	    .auth_time_s = proof->auth_time_s,
	};
	int r;

	r = session_taken_over(task, old_cookie, transaction->person_id, &id);
	if (r < 0)
		return r;
	session.id = id;
	r = session_create(task, &session);
	if (r < 0)
		return r;
	transaction->session_id = session.id;
	transaction->device = proof->device;
	transaction->acr = proof->acr;
	transaction->amr = proof->amr;
	transaction->auth_time_s = proof->auth_time_s;
	r = evidence_of(task, proof, session.id);
	if (r == 0)
		r = login_audit(task, transaction, "login", proof->method);
	if (r == 0)
		r = transaction_step(task, transaction, STEP_LOGIN, STEP_LOGGED_IN);
	if (r < 0) {
		struct fault first = task->fault;

		session_end(task, session.cookie);
		task->fault = first;
		return r;
	}
	reply_cookie(reply, SESSION_COOKIE, session.cookie, 0);
	session_drop(task, old_cookie);
	notice_write(task, session.person_id, "session.began");
	return 0;
}

/* The session that this browser has goes on where it is the same person's, under its id; another's
 * ends, at the services too: the browser has changed hands. */
static int
session_taken_over(
    struct task *task, const char *cookie, const char *person_id, const char **ret_id)
{
	const struct session *old;
	int r;

	r = session_look(task, cookie, &old);
	if (r < 0)
		return r;
	*ret_id = NULL;
	if (old != NULL && str_equal(old->person_id, person_id))
		*ret_id = old->id;
	else if (old != NULL)
		return signout_session(task, &(struct signout){.person_id = old->person_id,
						 .session_id = old->id,
						 .actor = "gateway",
						 .why = "another person signed in"});
	return 0;
}

static int
evidence_of(struct task *task, const struct login_proof *proof, const char *session_id)
{
	return proof->evidence.reference ? evidence_keep(task, session_id, &proof->evidence) : 0;
}

static int
login_audit(
    struct task *task, const struct transaction *transaction, const char *event, const char *word)
{
	json_t *detail = json_keep(task, json_object());
	int r;

	json_set_text(detail, "way", word);
	json_set_text(detail, "acr", transaction->acr);
	r = audit_write(task, &(struct audit_event){.event = event,
				  .actor = "person",
				  .person_id = transaction->person_id,
				  .client_id = transaction->client_id,
				  .detail = detail});
	if (r < 0)
		return r;
	metric_add(metric_counter("dvara_logins_total", "logins, and why others were not",
		       task_printf(task, "outcome=\"%s\",what=\"%s\"", event, word)),
	    1);
	return 0;
}

/* A store that is away now takes nothing back: the browser has another cookie, and what stands
 * behind the old one goes by its time. */
static void
session_drop(struct task *task, const char *cookie)
{
	if (session_end(task, cookie) < 0)
		fault_clear(task);
}

static int
land(struct task *task, const struct request *request, struct reply *reply, const char *onward)
{
	json_t *view = json_keep(task, json_object());

	json_set_text(view, "title", page_text(task, "Signed in"));
	json_set_text(view, "action_text", page_text(task, "Continue"));
	json_set_text(view, "action_href", onward);
	json_set_text(view, "self", onward);
	reply_header(reply, "Refresh", task_printf(task, "0;url=%s", onward));
	return page_reply(
	    task, request, reply, &(struct page_show){.page = PAGE_NOTICE, .view = view});
}

int
login_refuse(struct task *task, const struct request *request, struct reply *reply,
    struct transaction *transaction, const char *reason)
{
	json_t *view = json_keep(task, json_object());
	const struct client *client;
	const char *name;
	int r;

	r = refusal_set(task, transaction, "login.refused", reason);
	if (r < 0)
		return r;
	r = login_asker(task, transaction, &client, &name);
	if (r < 0)
		return r;
	json_set_text(view, "reason", reason);
	json_set_text(view, "back_href", login_onward(task, transaction));
	json_set_text(view, "back_name", client ? name : NULL);
	return page_reply(task, request, reply,
	    &(struct page_show){.page = PAGE_ERROR, .status = 403, .view = view});
}

/* The transaction goes on to /authorize/continue with nothing but a refusal in it; the row first
 * here too. */
static int
refusal_set(struct task *task, struct transaction *transaction, const char *event, const char *word)
{
	int r;

	r = login_audit(task, transaction, event, word);
	if (r < 0)
		return r;
	transaction->refusal = "access_denied";
	return transaction_step(task, transaction, STEP_LOGIN, STEP_LOGGED_IN);
}

int
login_turn_back(struct task *task, struct transaction *transaction)
{
	return refusal_set(task, transaction, "login.cancelled", "person");
}
