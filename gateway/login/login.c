/* SPDX-License-Identifier: Apache-2.0
 *
 * What every way in begins and ends with (the chooser between them is chooser.c).
 */
/* clang-format off */
/* The steps of a transaction (records/transaction.h), each taken once:
 *
 *   STEP_LOGIN      a method proved who it is            STEP_LOGGED_IN   login_complete()
 *   STEP_LOGIN      the person turned back, was refused  STEP_LOGGED_IN   with a refusal for it
 *   STEP_LOGGED_IN  consent is needed                    STEP_CONSENT     oidc/continue.c
 *   STEP_CONSENT    allow or deny                        STEP_DECIDED     consent/page.c
 *   STEP_CONSENT    an essential claim is not known      STEP_DECIDED     consent/page.c, a refusal
 *   any of the last three                                STEP_DONE        oidc/continue.c: code or error
 */
/* clang-format on */
#include "login/login.h"

#include "access/browser.h"
#include "core/metrics.h"
#include "core/settings.h"
#include "core/task.h"
#include "login/chooser.h"
#include "login/card/card.h"
#include "login/upstream/upstream.h"
#include "login/wallet/wallet.h"
#include "pages/page.h"
#include "records/audit.h"
#include "records/client.h"
#include "records/evidence.h"
#include "records/lifecycle.h"
#include "records/link_offer.h"
#include "records/person.h"
#include "records/presentation.h"
#include "records/signout.h"
#include "sources/source.h"

static const struct login_method *const methods[] = {
    &wallet_method, &card_method, &upstream_method, NULL};

/* From the lowest up (eIDAS words; the names are the deployment's). */
static const char *const levels[] = {
    "urn:dvara:loa:low", "urn:dvara:loa:substantial", "urn:dvara:loa:high"};
#define N_LEVELS (sizeof(levels) / sizeof(levels[0]))

static const struct login_method *method_named(const struct task *task, const char *name);
static size_t level_of(const char *acr);
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

void
login_ways(struct task *task, const struct login_asked *asked, struct login_ways *ret_ways)
{
	const char *const *name = task->rooms->settings->login_methods;

	*ret_ways = (struct login_ways){0};
	for (; *name != NULL; name++) {
		const struct login_method *method = method_named(task, *name);

		if (method != NULL)
			method->ways(task, asked, ret_ways);
	}
}

/* NULL: not configured. */
static const struct login_method *
method_named(const struct task *task, const char *name)
{
	for (const struct login_method *const *method = methods; *method != NULL; method++)
		if (str_equal((*method)->id, name) && (*method)->is_ready(task))
			return *method;
	return NULL;
}

bool
login_method_is_on(const struct task *task, const char *id)
{
	const char *const *name = task->rooms->settings->login_methods;

	while (*name != NULL && !str_equal(*name, id))
		name++;
	return *name != NULL && method_named(task, id) != NULL;
}

void
login_way_add(struct task *task, struct login_ways *ways, const struct login_way *way)
{
	struct login_way *grown;

	if (ways->n == LOGIN_MAX_WAYS)
		return;
	grown = task_new_n(task, struct login_way, ways->n + 1);
	for (size_t i = 0; i < ways->n; i++)
		grown[i] = ways->at[i];
	grown[ways->n] = *way;
	*ways = (struct login_ways){grown, ways->n + 1};
}

static size_t
level_of(const char *acr)
{
	size_t i;

	for (i = 0; i < N_LEVELS; i++)
		if (str_equal(levels[i], acr))
			break;
	return i;
}

const char *const *
login_acr_values(struct task *task)
{
	const char **values = task_new_n(task, const char *, N_LEVELS + 1);
	struct login_ways ways;
	size_t n = 0;

	login_ways(task, &(struct login_asked){0}, &ways);
	for (size_t level = 0; level < N_LEVELS; level++)
		for (size_t i = 0; i < ways.n; i++)
			if (level_of(ways.at[i].acr) >= level) {
				values[n++] = levels[level];
				break;
			}
	return values;
}

bool
login_acr_satisfies(const struct task *task, const char *acr, const char *acr_values)
{
	(void)task;
	for (size_t i = 0; i < N_LEVELS; i++)
		if (str_has_word(acr_values, levels[i]) && level_of(acr) >= i &&
		    level_of(acr) < N_LEVELS)
			return true;
	return str_is_empty(acr_values) || str_has_word(acr_values, acr);
}

bool
login_acr_is_level(const char *acr)
{
	return acr && level_of(acr) < N_LEVELS;
}

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
login_begin(struct task *task, const struct request *request, struct reply *reply, const char *path,
    const char *scope)
{
	struct transaction transaction = {.step = STEP_LOGIN, .onward = path};
	struct browser browser;
	int r;

	if (scope)
		transaction.request = json_keep(task, json_pack("{s:s}", "scope", scope));
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
	return 0;
}

static int
evidence_of(struct task *task, const struct login_proof *proof, const char *session_id)
{
	return proof->evidence.reference ? evidence_keep(task, session_id, &proof->evidence) : 0;
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

/* A store that is away now takes nothing back: the browser has another cookie, and what stands
 * behind the old one goes by its time. */
static void
session_drop(struct task *task, const char *cookie)
{
	if (session_end(task, cookie) < 0)
		fault_clear(task);
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
login_turn_back(struct task *task, struct transaction *transaction)
{
	return refusal_set(task, transaction, "login.cancelled", "person");
}
