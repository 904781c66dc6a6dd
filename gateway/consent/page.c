/* SPDX-License-Identifier: Apache-2.0
 *
 * The consent page: each attribute with its value, why it is asked, whether the service cannot do
 * without; allow and deny alike.  Nothing leaves here: the decision is kept, release.c acts on it.
 */
#include "consent/page.h"

#include "access/browser.h"
#include "consent/purpose.h"
#include "consent/release.h"
#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"
#include "jose/digest.h"
#include "pages/page.h"
#include "records/audit.h"
#include "records/client_uri.h"
#include "records/credential_type.h"
#include "records/session.h"
#include "records/transaction.h"

/* What both the page and the decision stand on, so that what is kept is what was shown. */
struct question {
	struct browser browser;
	struct transaction *transaction;
	const struct client *client;
	struct asked asked;
	json_t *known; /* {name: value} of what is asked and known of the person */
	int64_t until_s;
	const char *refusal; /* a page's reason: nothing can be asked; NULL: ask */
	bool is_impossible;  /* an essential claim is not known: the client is to be told */
};

static int question_of(
    struct task *task, const struct request *request, struct reply *reply, struct question *ret);
static const char *form_name(struct task *task, const struct question *question);
static json_t *question_view(struct task *task, const struct question *question);
static const char *client_link(struct task *task, const struct client *client, const char *name);
static bool is_own(const struct client *client, const char *source);
static int decide(struct task *task, const struct question *question, const char *const *allowed);
static int denial_audit(struct task *task, const struct question *question, const char *actor);
static int impossible(struct task *task, const struct request *request, struct reply *reply,
    const struct question *question);

int
consent_page_show(struct task *task, const struct request *request, struct reply *reply)
{
	struct question question;
	json_t *view;
	int r;

	r = question_of(task, request, reply, &question);
	if (r < 0)
		return r;
	if (question.is_impossible)
		return impossible(task, request, reply, &question);
	if (question.refusal)
		return page_refuse(task, request, reply, 400, question.refusal);

	view = question_view(task, &question);
	json_set_text(
	    view, "action", task_printf(task, "/consent?tx=%s", question.transaction->id));
	json_set_text(
	    view, "csrf", browser_csrf(task, &question.browser, form_name(task, &question)));
	return page_reply(task, request, reply,
	    &(struct page_show){.page = PAGE_CONSENT,
		.view = view,
		.form_targets = str_join(task, question.client->origins, " ")});
}

/* A form answers what its page asked: where the client's purpose or services, or what is known of
 * the person, changed since the page was shown, its token fits no more. */
static const char *
form_name(struct task *task, const struct question *question)
{
	json_t *asked = json_keep(
	    task, json_pack("[s, s, o, O, b]", question->transaction->id,
		      question->asked.purpose->version, names_json(question->asked.resources),
		      question->known, question->asked.is_offline));

	return digest_b64u(task, json_text(task, asked));
}

/* Only what stood on the page can be allowed; essential claims are not a choice of their own. */
static const char *const *
claims_allowed(struct task *task, const struct request *request, const struct question *question)
{
	const char *const *ticked = (const char *const *)request_form_all(task, request, "claim");
	const char *const *claim = question->asked.all;
	const char **allowed = task_new_n(task, const char *, names_count(claim) + 1);

	for (size_t n = 0; *claim; claim++) {
		if (json_object_get(question->known, *claim) &&
		    (names_have(question->asked.essential, *claim) || names_have(ticked, *claim)))
			allowed[n++] = *claim;
	}
	return allowed;
}

int
consent_page_decide(struct task *task, const struct request *request, struct reply *reply)
{
	const char *decision = request_form(request, "decision");
	struct question question;
	int r;

	r = question_of(task, request, reply, &question);
	if (r < 0)
		return r;
	if (question.is_impossible)
		return impossible(task, request, reply, &question);
	if (question.refusal)
		return page_refuse(task, request, reply, 400, question.refusal);
	r = browser_csrf_check(task, request, &question.browser, form_name(task, &question));
	if (r < 0)
		return r;
	if (!str_equal(decision, "allow") && !str_equal(decision, "deny"))
		return fail(task, BAD_REQUEST, "decision is neither allow nor deny");

	question.transaction->decision = decision;
	r = decide(task, &question, claims_allowed(task, request, &question));
	if (r == CONFLICT) {
		/* Another press of the same form was first: the answer is the one a late press
		 * gets. */
		fault_clear(task);
		return page_refuse(task, request, reply, 400, "link-used");
	}
	if (r < 0)
		return r;
	return reply_redirect(
	    reply, task_printf(task, "/authorize/continue?tx=%s", question.transaction->id));
}

static int
asked_again(struct task *task, struct question *question)
{
	const json_t *request = question->transaction->request;
	struct asking asking = {
	    .client = question->client,
	    .scope = json_get_text(request, "scope"),
	    .claims = json_object_get(request, "claims"),
	    .details = json_object_get(request, "authorization_details"),
	    .resources = json_get_text(request, "resource"),
	};

	return purpose_asked(task, &asking, &question->asked);
}

static bool
lacks_essential(const struct question *question)
{
	const char *const *name = question->asked.essential;

	for (; *name; name++)
		if (!json_object_get(question->known, *name))
			return true;
	return false;
}

/* Or refused by this very page, which may be loaded again. */
static bool
is_open(const struct transaction *transaction)
{
	return transaction->step == STEP_CONSENT ||
	       (transaction->step == STEP_DECIDED && transaction->refusal);
}

static int
question_of(
    struct task *task, const struct request *request, struct reply *reply, struct question *ret)
{
	struct question question = {0};
	bool is_ended;
	int r;

	if (!browser_known(task, request, &question.browser)) {
		*ret = (struct question){.refusal = "transaction-gone"};
		return 0;
	}
	r = transaction_find(
	    task, request_query(request, "tx"), question.browser.hash, &question.transaction);
	if (r < 0)
		return r;
	if (!question.transaction || !is_open(question.transaction)) {
		*ret = (struct question){
		    .refusal = question.transaction ? "link-used" : "transaction-gone"};
		return 0;
	}
	/* What is known of a person is not shown to who comes back to the page later (case L05). */
	r = session_is_ended(task, question.transaction->session_id, &is_ended);
	if (r < 0)
		return r;
	if (is_ended) {
		*ret = (struct question){.refusal = "transaction-gone"};
		return 0;
	}
	page_language(task, request, reply, question.transaction->ui_locales);
	r = client_find(task, question.transaction->client_id, &question.client);
	if (r < 0)
		return r;
	if (!question.client) {
		*ret = (struct question){.refusal = "client-unknown"};
		return 0;
	}
	r = asked_again(task, &question);
	if (r < 0)
		return r;
	r = release_preview(
	    task, question.transaction->person_id, question.asked.all, &question.known);
	if (r < 0)
		return r;
	json_keep(task, question.known);
	question.until_s = question.transaction->created_s + task->rooms->settings->consent_life;
	if (question.asked.until_s > 0 && question.asked.until_s < question.until_s)
		question.until_s = question.asked.until_s;
	question.is_impossible =
	    question.transaction->step == STEP_DECIDED || lacks_essential(&question);
	*ret = question;
	return 0;
}

static json_t *
claim_view(struct task *task, const struct question *question, const struct purpose_claim *claim)
{
	json_t *view = json_object();
	const json_t *value = json_object_get(question->known, claim->name);

	json_set_text(view, "name", claim->name);
	json_set_text(view, "label", page_claim_label(task, claim->name));
	json_set_text(view, "value", page_claim_value(task, claim->name, value));
	json_set_text(view, "why", page_pick(task, claim->why));
	json_object_set_new(view, "essential", json_boolean(claim->is_essential));
	return view;
}

/* A kind of credential: its name, and what it will tell whoever it is shown to. */
static json_t *
document_view(struct task *task, const char *id)
{
	const struct credential_type *type = credential_type_find(task, id);
	const char **names = task_new_n(task, const char *, CREDENTIAL_TYPE_CLAIMS + 1);

	for (size_t i = 0; i < type->n_claims; i++)
		names[i] = type->claims[i].label != NULL
			       ? page_pick(task, type->claims[i].label)
			       : page_claim_label(task, type->claims[i].name);
	return json_pack("{s:s, s:s}", "name", page_pick(task, type->name), "holds",
	    str_join(task, names, str_equal(task->language, "ar") ? "، " : ", "));
}

static json_t *
question_view(struct task *task, const struct question *question)
{
	json_t *view = json_keep(task, json_object());
	json_t *claims = json_array(), *services = json_array(), *documents = json_array();
	const struct purpose *purpose = question->asked.purpose;
	const char *const *id = question->asked.resources;

	for (size_t i = 0; i < purpose->n_claims; i++)
		if (json_object_get(question->known, purpose->claims[i].name))
			json_array_append_new(
			    claims, claim_view(task, question, &purpose->claims[i]));
	for (; id && *id; id++)
		if (!str_starts(*id, CREDENTIAL_RESOURCE))
			json_array_append_new(
			    services, json_pack("{s:s}", "name", page_service_name(task, *id)));
	for (id = question->asked.credentials; id && *id; id++)
		json_array_append_new(documents, document_view(task, *id));
	/* A logo speaks louder than a name: only where an operator has looked at it. */
	if (question->client->is_approved && question->client->logo != NULL)
		json_set_text(
		    view, "logo", task_printf(task, "/assets/%s", question->client->logo));
	json_set_text(view, "client", page_pick(task, question->client->name));
	json_set_text(view, "policy_href", client_link(task, question->client, "policy_uri"));
	json_set_text(view, "terms_href", client_link(task, question->client, "tos_uri"));
	json_set_text(
	    view, "message", json_get_text(question->transaction->request, "binding_message"));
	json_set_text(view, "why", page_pick(task, purpose->why));
	json_set_text(view, "until", page_date(task, question->until_s));
	json_object_set_new(view, "claims", claims);
	json_object_set_new(view, "services", services);
	json_object_set_new(view, "documents", documents);
	json_object_set_new(view, "offline", json_boolean(question->asked.is_offline));
	return view;
}

/* An https address of the client's metadata, in the person's language if it has one (RFC 7591
 * section 2.2).  Of a client that no operator has looked at only one of its own site (section 5):
 * our page would lend its good name to any other.  NULL: none. */
static const char *
client_link(struct task *task, const struct client *client, const char *name)
{
	const char *link =
	    json_get_text(client->metadata, task_printf(task, "%s#%s", name, task->language));
	struct client_uri uri;
	const char *why;

	if (link == NULL)
		link = json_get_text(client->metadata, name);
	if (link == NULL || !client_uri_split(link, &uri, &why) || !uri.is_https)
		return NULL;
	if (client->is_approved || is_own(client, client_uri_source(task, link)))
		return link;
	return NULL;
}

static bool
is_own(const struct client *client, const char *source)
{
	const char *const *origin = client->origins;

	while (*origin != NULL && !str_equal(*origin, source))
		origin++;
	return *origin != NULL;
}

static int
denial_audit(struct task *task, const struct question *question, const char *actor)
{
	return audit_write(task, &(struct audit_event){.event = "consent.denied",
				     .actor = actor,
				     .person_id = question->transaction->person_id,
				     .client_id = question->client->id});
}

/* The step is claimed first, so that a form sent twice decides once, and names the consent that
 * follows; where the store then fails the step is given back, so that the person can press the
 * button again. */
static int
decide(struct task *task, const struct question *question, const char *const *allowed)
{
	struct transaction *transaction = question->transaction;
	const char *shown = json_text(task, question_view(task, question));
	struct consent consent = {
	    .person_id = transaction->person_id,
	    .client_id = question->client->id,
	    .purpose_id = question->asked.purpose->id,
	    .purpose_version = question->asked.purpose->version,
	    .asked = question->asked.all,
	    .allowed = allowed,
	    .resources = question->asked.resources,
	    .is_offline = question->asked.is_offline,
	    .until_s = question->until_s,
	    .notice_hash = digest_b64u(task, shown),
	    .language = task->language,
	};
	bool is_allowed = str_equal(transaction->decision, "allow");
	int r;

	if (is_allowed)
		transaction->consent_id = consent.id = consent_new_id(task);
	r = transaction_step(task, transaction, STEP_CONSENT, STEP_DECIDED);
	if (r < 0)
		return r;
	if (is_allowed)
		r = consent_give(task, &consent);
	else
		r = denial_audit(task, question, "person");
	if (r < 0) {
		struct fault first = task->fault;

		transaction_step(task, transaction, STEP_DECIDED, STEP_CONSENT);
		task->fault = first;
	}
	return r;
}

/* The transaction goes on to /authorize/continue with nothing but a refusal in it. */
static int
impossible(struct task *task, const struct request *request, struct reply *reply,
    const struct question *question)
{
	struct transaction *transaction = question->transaction;
	json_t *view = json_keep(task, json_object());
	int r = 0;

	if (transaction->step == STEP_CONSENT) {
		r = denial_audit(task, question, "gateway");
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
	json_set_text(view, "back_name", page_pick(task, question->client->name));
	return page_reply(task, request, reply,
	    &(struct page_show){.page = PAGE_ERROR, .status = 400, .view = view});
}
