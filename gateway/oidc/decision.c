/* SPDX-License-Identifier: Apache-2.0
 *
 * Login, consent, code: in this order, each only where it is lacking.
 */
#include "oidc/decision.h"

#include "consent/release.h"
#include "consent/service_question.h"
#include "core/random.h"
#include "core/task.h"
#include "login/wallet/policy.h"
#include "oidc/rules/acr.h"
#include "oidc/rules/answer.h"
#include "oidc/rules/detached.h"
#include "oidc/rules/details.h"
#include "oidc/rules/hint.h"
#include "oidc/rules/prompt.h"
#include "records/audit.h"
#include "records/evidence.h"
#include "records/grant.h"
#include "records/lineage.h"
#include "records/pushed.h"
#include "store/sql.h"

#define GRANT_ID_BYTES 16

static bool person_fits(
    struct task *task, const struct authorization *authorization, const struct session *session);
static bool login_fits(const struct task *task, const struct authorization *authorization,
    const struct session *session);
static sql_reading consent_read;
static int pushed_once(struct task *task, const struct decision *decision);
static int code_give(struct task *task, const struct request *request, struct reply *reply,
    const struct decision *decision);
static void grant_fill(struct grant *grant, const struct decision *decision);
static int roots_keep(
    struct task *task, const struct decision *decision, const struct grant *grant);
static int record(struct task *task, const struct grant *grant);

int
decision_ask(struct task *task, struct decision *decision)
{
	const struct asking asking = {
	    .client = decision->authorization.client,
	    .scope = decision->authorization.scope,
	    .claims = decision->authorization.claims,
	    .details = decision->authorization.details,
	    .resources = decision->authorization.resources,
	    .request_id = decision->authorization.consent_request,
	};

	return purpose_asked(task, &asking, &decision->asked);
}

void
decision_take_session(struct task *task, struct decision *decision, const struct session *session)
{
	if (session == NULL || !person_fits(task, &decision->authorization, session))
		return;
	if (!login_fits(task, &decision->authorization, session)) {
		decision->step_up_of = session->person_id;
		return;
	}
	decision->person_id = session->person_id;
	decision->session_id = session->id;
	decision->device = session->device;
	decision->acr = session->acr;
	decision->amr = session->amr;
	decision->auth_time_s = session->auth_time_s;
}

static bool
person_fits(
    struct task *task, const struct authorization *authorization, const struct session *session)
{
	return !(authorization->prompt & PROMPT_LOGIN) &&
	       hint_fits(task, authorization, session->person_id);
}

static bool
login_fits(const struct task *task, const struct authorization *authorization,
    const struct session *session)
{
	const struct policy_asked asked = {
	    authorization->client, authorization->scope, authorization->details};

	if (session->is_cross && !policy_request_may_cross(task, &asked))
		return false;
	return prompt_is_fresh(authorization, session->auth_time_s) &&
	       acr_fits(task, authorization, session->acr);
}

void
decision_take_transaction(struct decision *decision, const struct transaction *transaction)
{
	decision->person_id = transaction->person_id;
	decision->session_id = transaction->session_id;
	decision->device = transaction->device;
	decision->acr = transaction->acr;
	decision->amr = transaction->amr;
	decision->auth_time_s = transaction->auth_time_s;
	decision->consent_id = transaction->consent_id;
}

int
decision_find_consent(struct task *task, struct decision *decision)
{
	return release_settle(
	    task, decision->person_id, sql_read_together(task, consent_read, decision));
}

/* A session outlives what the register says of a person; a code does not. */
static int
consent_read(struct task *task, void *arg)
{
	struct decision *decision = arg;
	const struct consent *consent;
	bool do_services_stand;
	int r;

	r = release_person_read(task, decision->person_id);
	/* A request of the consent API is answered by itself. */
	if (r < 0 || (decision->authorization.prompt & PROMPT_CONSENT) ||
	    decision->asked.ask != NULL)
		return r;
	r = consent_find(task, decision->person_id, decision->authorization.client->id,
	    decision->asked.purpose->id, &consent);
	if (r < 0)
		return r;
	if (consent == NULL || !purpose_is_covered(&decision->asked, consent))
		return 0;
	r = service_consents_stand(task, &decision->asked, decision->person_id, &do_services_stand);
	if (r == 0 && do_services_stand)
		decision->consent_id = consent->id;
	return r;
}

int
decision_grant(struct task *task, const struct request *request, struct reply *reply,
    const struct decision *decision)
{
	const char *pushed = decision->authorization.pushed;
	int r;

	r = pushed_once(task, decision);
	if (r < 0)
		return r;
	r = code_give(task, request, reply, decision);
	/* A store that was away must not cost the client its request: no code has left. */
	if (r < 0 && fault_is_ours(r) && pushed != NULL)
		pushed_return(task, pushed);
	return r;
}

/* RFC 9126 section 7.3: whatever was begun with a request_uri, one code is given for it. */
static int
pushed_once(struct task *task, const struct decision *decision)
{
	bool is_first;
	int r;

	if (decision->authorization.pushed == NULL)
		return 0;
	r = pushed_claim(task, decision->authorization.pushed, &is_first);
	if (r < 0)
		return r;
	if (!is_first)
		return fail(task, CONFLICT, "a code was given for this request_uri already");
	return 0;
}

static int
code_give(struct task *task, const struct request *request, struct reply *reply,
    const struct decision *decision)
{
	struct answer answer = {.to = &decision->authorization};
	struct grant grant = {.id = random_id(task, GRANT_ID_BYTES)};
	int r;

	grant_fill(&grant, decision);
	r = details_granted(task, decision->authorization.details, decision->consent_id,
	    &grant.authorization_details);
	if (r == 0)
		r = roots_keep(task, decision, &grant);
	if (r < 0)
		return r;
	if (decision->authorization.pending != NULL)
		return detached_grant(task, request, reply, &decision->authorization, &grant);
	r = grant_code_issue(task, &grant, &answer.code);
	if (r < 0)
		return r;
	r = record(task, &grant);
	if (r < 0)
		return r;
	return answer_send(task, request, reply, &answer);
}

/* That grant is no sign-in: it outlives the browser's session, which served to ask. */
static bool
is_of_wallet(const struct asked *asked)
{
	return names_count(asked->credentials) > 0 && !str_has_word(asked->scope, "openid");
}

static void
grant_fill(struct grant *grant, const struct decision *decision)
{
	const struct authorization *authorization = &decision->authorization;

	grant->client_id = authorization->client->id;
	grant->person_id = decision->person_id;
	if (!is_of_wallet(&decision->asked)) {
		grant->session_id = decision->session_id;
		grant->device = decision->device;
	}
	grant->consent_id = decision->consent_id;
	grant->purpose_id = decision->asked.purpose->id;
	grant->redirect_uri = authorization->redirect_uri;
	grant->code_challenge = authorization->code_challenge;
	grant->nonce = authorization->nonce;
	grant->scope = decision->asked.scope;
	grant->resources = authorization->resources;
	grant->jkt = authorization->dpop_jkt;
	grant->acr = decision->acr;
	grant->amr = decision->amr;
	grant->auth_time_s = decision->auth_time_s;
	grant->id_token_claims = decision->asked.id_token;
	grant->userinfo_claims = decision->asked.userinfo;
	grant->claim_values = decision->asked.values;
}

/* Before anything leaves that may outlive the session: what ends the session's worth ends the
 * grant's. */
static int
roots_keep(struct task *task, const struct decision *decision, const struct grant *grant)
{
	const struct lineage lineage = {grant->id, decision->device, grant->person_id};
	int r;

	if (decision->device != NULL && names_count(decision->asked.credentials) > 0) {
		r = lineage_keep(task, &lineage);
		if (r < 0)
			return r;
	}
	if (grant->session_id != NULL && decision->authorization.pending == NULL)
		return 0;
	return evidence_copy(task, decision->session_id, grant->id);
}

static int
record(struct task *task, const struct grant *grant)
{
	json_auto_t *detail = json_object();
	const struct audit_event event = {
	    .event = "code",
	    .actor = "gateway",
	    .person_id = grant->person_id,
	    .client_id = grant->client_id,
	    .detail = detail,
	};

	json_set_text(detail, "grant", grant->id);
	json_set_text(detail, "scope", grant->scope);
	json_set_text(detail, "resource", grant->resources);
	json_set_text(detail, "consent", grant->consent_id);
	return audit_write(task, &event);
}
