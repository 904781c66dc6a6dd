/* SPDX-License-Identifier: Apache-2.0
 *
 * POST /token (RFC 6749 section 3.2): one order for every grant.
 *
 * The order is the rule: parse, who is calling, with which key, claim, then what the claim is bound
 * to.  What fails before the claim leaves a code as it was; what fails after it leaves it spent,
 * unless it was a store of ours.  The grants themselves are in grants/.
 */
#include "oidc/oidc.h"

#include "access/client_auth.h"
#include "consent/release.h"
#include "core/log.h"
#include "core/metrics.h"
#include "oidc/grants/grants.h"
#include "oidc/rules/cors.h"
#include "oidc/rules/details.h"
#include "oidc/rules/resource.h"
#include "oidc/rules/scope.h"
#include "oidc/rules/tokens.h"
#include "records/audit.h"

static int form_check(struct task *task, const struct request *request);
static int in_order(
    struct task *task, const struct grant_type *type, struct token_call *call, struct reply *reply);
static int read_check(struct task *task, const struct grant_type *type, struct token_call *call);
static int allowed_check(
    struct task *task, const struct client *client, const struct grant_type *type);
static int bound_check(struct task *task, const struct grant_type *type, struct token_call *call);
static int client_check(
    struct task *task, const struct grant_type *type, const struct token_call *call);
static int grounds_check(struct task *task, const struct token_call *call);
static int as_token_fault(struct task *task, int r);
static int give(struct task *task, const struct grant_type *type, struct token_call *call,
    const char **ret_answer);
static int given_back(
    struct task *task, const struct grant_type *type, const struct token_call *call);

int
oidc_token(struct task *task, const struct request *request, struct reply *reply)
{
	const char *name = request_form(request, "grant_type");
	struct token_call call = {.request = request};
	const struct grant_type *type;
	int r;

	reply_header(reply, "Pragma", "no-cache");
	r = form_check(task, request);
	if (r < 0)
		return r;
	if (str_is_empty(name))
		return fail(task, INVALID_REQUEST, "grant_type is missing");
	type = grants_find(task, name);
	if (type == NULL)
		return fail(task, UNSUPPORTED_GRANT_TYPE, "this grant_type is not known here");
	if (type->alone != NULL && !client_is_named(request))
		return type->alone(task, request, reply);
	return in_order(task, type, &call, reply);
}

static int
form_check(struct task *task, const struct request *request)
{
	const char **resources = request_form_all(task, request, "resource");

	if (!str_equal(request->content_type, "application/x-www-form-urlencoded"))
		return fail(task, INVALID_REQUEST, "the body is not a form");
	if (request->duplicate != NULL)
		return fail(task, INVALID_REQUEST, "a parameter stands twice");
	/* RFC 8707 section 2.2 lets them be several; with a token for several each of them could
	 * call the others. */
	if (resources[0] != NULL && resources[1] != NULL)
		return fail(task, INVALID_TARGET, "resource: a token is for one, name one");
	return 0;
}

static int
in_order(
    struct task *task, const struct grant_type *type, struct token_call *call, struct reply *reply)
{
	const char *answer;
	int r;

	r = read_check(task, type, call);
	if (r < 0)
		return r;
	r = client_authenticate(task, call->request, &call->client);
	if (r < 0)
		return r;
	cors_allow(call->request, reply, call->client);
	r = allowed_check(task, call->client, type);
	if (r < 0)
		return r;
	r = sender_of(task, call->request, call->client, &call->sender);
	if (r < 0)
		return r;
	r = type->claim(task, call);
	if (r < 0)
		return r;
	r = bound_check(task, type, call);
	if (r < 0)
		return given_back(task, type, call);
	r = give(task, type, call, &answer);
	if (r < 0)
		return given_back(task, type, call);
	metric_add(metric_counter("dvara_tokens_total", "answers with tokens",
		       task_printf(task, "grant_type=\"%s\"", type->name)),
	    1);
	return reply_text(reply, 200, "application/json", answer);
}

static int
read_check(struct task *task, const struct grant_type *type, struct token_call *call)
{
	if (type->parameter != NULL && str_is_empty(request_form(call->request, type->parameter)))
		return fail(task, INVALID_REQUEST, "%s is missing", type->parameter);
	return type->read == NULL ? 0 : type->read(task, call);
}

static int
allowed_check(struct task *task, const struct client *client, const struct grant_type *type)
{
	if (client_may_grant(client, type->name))
		return 0;
	return fail(task, UNAUTHORIZED_CLIENT,
	    "grant_type is not among the grant_types that the client registered");
}

static int
bound_check(struct task *task, const struct grant_type *type, struct token_call *call)
{
	int r;

	r = client_check(task, type, call);
	if (r < 0)
		return r;
	r = sender_check(task, &call->sender, &call->claimed);
	if (r < 0)
		return r;
	r = type->bind == NULL ? 0 : as_token_fault(task, type->bind(task, call));
	if (r < 0)
		return r;
	call->grant = call->claimed;
	sender_bind(&call->sender, &call->grant);
	r = scope_narrow(task, &call->grant, request_form(call->request, "scope"));
	if (r < 0)
		return r;
	r = details_narrow(
	    task, &call->grant, request_form(call->request, "authorization_details"));
	if (r < 0)
		return r;
	r = resource_choose(
	    task, call->client, request_form(call->request, "resource"), &call->grant);
	if (r < 0)
		return r;
	return as_token_fault(task, grounds_check(task, call));
}

/* What is in another client's hands was stolen or planted: that is for the audit trail. */
static int
client_check(struct task *task, const struct grant_type *type, const struct token_call *call)
{
	const struct grant *grant = &call->claimed;
	json_auto_t *detail = NULL;
	struct audit_event event = {.event = "grant.other_client", .person_id = grant->person_id};
	int r;

	if (str_equal(call->client->id, grant->client_id))
		return 0;
	detail = json_object();
	json_set_text(detail, "grant", grant->id);
	json_set_text(detail, "presented_by", call->client->id);
	event.actor = task_printf(task, "client:%s", call->client->id);
	event.client_id = grant->client_id;
	event.detail = detail;
	r = audit_write(task, &event);
	if (r < 0)
		return r;
	return fail(task, INVALID_GRANT, "%s was given to another client", type->parameter);
}

/* Whom the tokens speak for may have died or been blocked since, or taken the consent back, whether
 * the ID token will hold claims or not. */
static int
grounds_check(struct task *task, const struct token_call *call)
{
	const struct grant *grant = &call->grant;
	const struct release release = {
	    .person_id = grant->person_id,
	    .client = call->holder == NULL ? call->client : call->holder,
	    .purpose_id = grant->purpose_id,
	    .consent_id = grant->consent_id,
	};

	return grant->person_id == NULL ? 0 : release_check(task, &release);
}

static int
give(struct task *task, const struct grant_type *type, struct token_call *call,
    const char **ret_answer)
{
	const struct giving giving = {
	    .client = call->client,
	    .grant = &call->grant,
	    .whole = call->claimed.person_id == NULL ? NULL : &call->claimed,
	    .refresh = call->refresh,
	    .grant_type = type->name,
	};
	int r;

	if (type->give != NULL)
		r = type->give(task, call, ret_answer);
	else
		r = tokens_give(task, &giving, ret_answer);
	/* claims of the ID token: withdrawn, blocked or signed out since the checks */
	return as_token_fault(task, r);
}

/* RFC 6749 section 5.2 has one error for a grant that holds no more.  A pause ends: nobody is to
 * throw the refresh token away for it. */
static int
as_token_fault(struct task *task, int r)
{
	if (r == CONSENT_PAUSED)
		return fault_as(task, DENIED_BY_PERSON);
	return r == CONSENT_REQUIRED || r == ACCESS_DENIED || r == LOGIN_REQUIRED
		   ? fault_as(task, INVALID_GRANT)
		   : r;
}

/* A store that was away must not cost the client its code: nothing was given for it.  Returns the
 * fault that was. */
static int
given_back(struct task *task, const struct grant_type *type, const struct token_call *call)
{
	struct fault first = task->fault;

	if (!fault_is_ours(first.code) || type->give_back == NULL)
		return first.code;
	fault_clear(task);
	type->give_back(task, call);
	task->fault = first;
	return first.code;
}
