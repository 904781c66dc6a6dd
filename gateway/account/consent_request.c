/* SPDX-License-Identifier: Apache-2.0
 *
 * GET and POST /consent/requests/{id}: a person answers a client's request (see consent_request.h).
 * The page and its notice are those of a sign-in (consent/question.h); the request itself is
 * what makes the answer count once.
 */
#include "account/consent_request.h"

#include "account/account.h"
#include "consent/artefact.h"
#include "consent/ask.h"
#include "consent/question_page.h"
#include "core/buf.h"
#include "core/task.h"
#include "login/login.h"
#include "login/wallet/policy.h"
#include "pages/page.h"
#include "records/consent_request.h"
#include "records/subject.h"

#include <assert.h>
#include <string.h>

#define URL_MAX_BYTES 4096

/* What page and decision stand on, so that what is kept is what was shown. */
struct visit {
	struct account_visitor visitor;
	const struct consent_request *asked;
	struct ask *ask;
	struct question question;
	const char *refusal; /* a page's reason: nothing can be asked; NULL: ask */
	bool is_away;        /* nobody is signed in, or not well enough: the reply leads there */
};

static int visit_of(
    struct task *task, const struct request *request, struct reply *reply, struct visit *ret_visit);
static int question_of(struct task *task, struct visit *visit, const struct client *client);
static int person_enter(
    struct task *task, const struct request *request, struct reply *reply, struct visit *visit);
static bool login_fits(struct task *task, const struct session *session,
    const struct client *client, const char *acr_values);
static const char *refusal_of(const struct consent_request *asked);
static int decide(struct task *task, struct visit *visit, const char *const *allowed);
static struct question_place place_of(struct task *task, const struct visit *visit);
static int leave(struct task *task, const struct request *request, struct reply *reply,
    const struct visit *visit);
static const char *way_back(struct task *task, const struct visit *visit);
static int waiting_add(struct task *task, const char *id, json_t *waiting);

int
account_consent_show(struct task *task, const struct request *request, struct reply *reply)
{
	struct question_place place;
	struct visit visit = {0};
	int r;

	r = visit_of(task, request, reply, &visit);
	if (r < 0 || visit.is_away)
		return r;
	if (visit.refusal != NULL)
		return page_refuse(task, request, reply, 400, visit.refusal);
	place = place_of(task, &visit);
	return question_page(task, request, reply, &visit.question, &place);
}

int
account_consent_decide(struct task *task, const struct request *request, struct reply *reply)
{
	const char *const *allowed = NULL;
	struct question_place place;
	struct visit visit = {0};
	bool is_allowed = false;
	int r;

	r = visit_of(task, request, reply, &visit);
	if (r < 0 || visit.is_away)
		return r;
	if (visit.refusal != NULL)
		return page_refuse(task, request, reply, 400, visit.refusal);
	place = place_of(task, &visit);
	r = question_decision(task, request, &visit.question, &place, &is_allowed);
	if (r < 0)
		return r;
	if (is_allowed && visit.question.is_impossible)
		return question_page(task, request, reply, &visit.question, &place);
	if (is_allowed)
		allowed = question_allowed(task, request, &visit.question);
	r = decide(task, &visit, allowed);
	if (r == CONFLICT) {
		/* Another press of the same form was first, or the client took it back. */
		fault_clear(task);
		return page_refuse(task, request, reply, 400, "link-used");
	}
	if (r < 0)
		return r;
	question_count(is_allowed);
	return leave(task, request, reply, &visit);
}

static int
visit_of(
    struct task *task, const struct request *request, struct reply *reply, struct visit *ret_visit)
{
	struct visit visit = {.ask = task_new(task, struct ask)};
	int r;

	r = consent_request_find(task, request_capture(request, "id"), &visit.asked);
	if (r < 0)
		return r;
	page_language(task, request, reply,
	    visit.asked == NULL ? NULL : json_get_text(visit.asked->asked, "ui_locales"));
	visit.refusal = refusal_of(visit.asked);
	if (visit.refusal == NULL)
		r = person_enter(task, request, reply, &visit);
	if (r == 0)
		*ret_visit = visit;
	return r;
}

/* Whoever is here came by a login that the client takes: of a level that it asks of every login,
 * and not over a QR that somebody may have relayed where its logins may not cross; here as at
 * /authorize. */
static int
person_enter(
    struct task *task, const struct request *request, struct reply *reply, struct visit *visit)
{
	const struct client *client;
	struct login_errand errand = {.client_id = visit->asked->client_id};
	int r;

	r = client_find(task, visit->asked->client_id, &client);
	if (r < 0)
		return r;
	if (client == NULL) {
		visit->refusal = "client-unknown";
		return 0;
	}
	errand.path = task_printf(task, "/consent/requests/%s", visit->asked->id);
	errand.acr_values = login_acr_of_client(task, client);
	r = account_enter_by(task, request, reply, &errand, &visit->visitor);
	visit->is_away = visit->visitor.session == NULL;
	if (r < 0 || visit->is_away)
		return r;
	if (!login_fits(task, visit->visitor.session, client, errand.acr_values)) {
		visit->is_away = true;
		return login_begin(task, request, reply, &errand);
	}
	return question_of(task, visit, client);
}

static bool
login_fits(struct task *task, const struct session *session, const struct client *client,
    const char *acr_values)
{
	if (session->is_cross &&
	    !policy_request_may_cross(task, &(struct policy_asked){.client = client}))
		return false;
	return login_acr_satisfies(task, session->acr, acr_values);
}

/* What the person who is here is asked, if it is them and it can still be asked. */
static int
question_of(struct task *task, struct visit *visit, const struct client *client)
{
	const char *person_id = visit->visitor.session->person_id;
	int r;

	if (visit->asked->person_id != NULL && !str_equal(visit->asked->person_id, person_id)) {
		visit->refusal = "other-person";
		return 0;
	}
	r = ask_of_request(task, client, visit->asked, visit->ask);
	if (r == GONE) {
		fault_clear(task);
		visit->refusal = "link-expired";
		return 0;
	}
	if (r < 0)
		return r;
	ask_question(client, visit->ask, &visit->question);
	visit->question.person_id = person_id;
	return question_read(task, &visit->question);
}

/* Where an essential one is not known the request waits on. */
static struct question_place
place_of(struct task *task, const struct visit *visit)
{
	assert(visit->asked != NULL);
	return (struct question_place){
	    .id = visit->asked->id,
	    .action = task_printf(task, "/consent/requests/%s", visit->asked->id),
	    .browser = &visit->visitor.browser,
	    .waits_until_s = visit->asked->expires_s,
	};
}

static const char *
refusal_of(const struct consent_request *asked)
{
	if (asked == NULL)
		return "link-expired";
	if (str_equal(asked->status, CONSENT_REQUEST_AWAITING))
		return NULL;
	return asked->consent_id != NULL || str_equal(asked->status, "rejected") ? "link-used"
										 : "link-expired";
}

/* allowed NULL: no. */
static int
decide(struct task *task, struct visit *visit, const char *const *allowed)
{
	const struct question *question = &visit->question;
	struct consent_answer answer = {
	    .person_id = question->person_id,
	    .subject = subject_of(task, question->client, question->person_id),
	};
	struct consent_request settled = *visit->asked;
	struct consent consent, *consents[] = {&consent, NULL};
	int r = 0;

	if (allowed != NULL) {
		question_consent(task, question, allowed, &consent);
		answer.consents = consents;
		r = artefact_seal(task, question->client, &consent);
	}
	if (r == 0)
		r = consent_request_decide(task, visit->asked, &answer);
	if (r < 0)
		return r;
	settled.status = allowed == NULL ? "rejected" : "authorised";
	settled.consent_id = allowed == NULL ? NULL : consent.id;
	visit->asked = memcpy(task_new(task, struct consent_request), &settled, sizeof(settled));
	return 0;
}

static int
leave(struct task *task, const struct request *request, struct reply *reply,
    const struct visit *visit)
{
	const char *back = way_back(task, visit);
	const char *const name[] = {page_pick(task, visit->question.client->name), NULL};
	bool is_allowed = visit->asked->consent_id != NULL;
	json_t *view;

	if (back != NULL)
		return reply_redirect(reply, back);
	view = json_keep(task, json_object());
	json_set_text(view, "title",
	    page_text(
		task, is_allowed ? N_("You have confirmed it") : N_("You have not confirmed it")));
	json_set_text(view, "text",
	    is_allowed
		? page_text_with(task, "%{client} can go on now. You can close this page.", name)
		: page_text(task, "Nothing about you was shared. You can close this page."));
	return page_reply(
	    task, request, reply, &(struct page_show){.page = PAGE_NOTICE, .view = view});
}

/* NULL: the client named no address. */
static const char *
way_back(struct task *task, const struct visit *visit)
{
	const char *url = visit->ask->return_url;
	struct buf back;

	if (url == NULL)
		return NULL;
	buf_open(&back, task, URL_MAX_BYTES);
	buf_printf(&back, "%s%sconsent_request=%s&status=%s", url,
	    strchr(url, '?') == NULL ? "?" : "&", visit->asked->id, visit->asked->status);
	if (visit->asked->consent_id != NULL)
		buf_printf(&back, "&consent_id=%s", visit->asked->consent_id);
	return buf_text(&back);
}

int
account_consent_waiting(struct task *task, const char *person_id, json_t **ret_waiting)
{
	json_t *waiting = json_keep(task, json_array());
	const char *const *ids;
	int r;

	r = consent_request_list(task, person_id, &ids);
	for (; r == 0 && *ids != NULL; ids++) {
		struct task_aside aside;

		task_aside_begin(task, &aside);
		r = waiting_add(task, *ids, waiting);
		task_aside_end(task, &aside);
	}
	if (r == 0)
		*ret_waiting = waiting;
	return r;
}

/* One that was answered just now, or whose client has gone or asks by another purpose, waits no
 * more. */
static int
waiting_add(struct task *task, const char *id, json_t *waiting)
{
	const struct consent_request *asked = NULL;
	const struct client *client = NULL;
	struct ask ask;
	json_t *one;
	int r;

	r = consent_request_find(task, id, &asked);
	if (r == 0 && refusal_of(asked) == NULL)
		r = client_find(task, asked->client_id, &client);
	if (r < 0 || client == NULL)
		return r;
	if (ask_of_request(task, client, asked, &ask) < 0) {
		fault_clear(task);
		return 0;
	}
	one = json_object();
	json_set_text(one, "client", page_pick(task, client->name));
	json_set_text(one, "why", page_pick(task, ask.purpose->why));
	json_set_text(one, "href", task_printf(task, "/consent/requests/%s", id));
	json_array_append_new(waiting, one);
	return 0;
}
