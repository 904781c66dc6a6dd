/* SPDX-License-Identifier: Apache-2.0
 *
 * POST /token: trade an authorization code for tokens (RFC 6749 section 4.1.3, RFC 7636 section
 * 4.6, OpenID Connect Core section 3.1.3).
 *
 * The order is the rule: parse, who is calling, claim, then what the code is bound to.  What fails
 * before the claim leaves the code as it was; what fails after it leaves the code spent, unless it
 * was a store of ours.
 */
#include "oidc/oidc.h"

#include "access/client_auth.h"
#include "core/log.h"
#include "issue/issue.h"
#include "oidc/rules/cors.h"
#include "oidc/rules/pkce.h"
#include "oidc/rules/resource.h"
#include "oidc/rules/tokens.h"
#include "records/audit.h"

#define CODE_GRANT           "authorization_code"
#define PRE_AUTHORIZED_GRANT "urn:ietf:params:oauth:grant-type:pre-authorized_code"
#define SCOPE_WORDS_MAX      64

static int form_check(struct task *task, const struct request *request);
static int code_grant(struct task *task, const struct request *request, struct reply *reply);
static int grant_type_check(struct task *task, const struct client *client, const char *type);
static int bound_check(struct task *task, const struct request *request,
    const struct client *client, const struct grant *grant);
static int given_back(struct task *task, const char *code, const struct grant *grant);
static int client_check(struct task *task, const struct client *client, const struct grant *grant);
static int scope_check(struct task *task, const char *granted, const char *asked);

int
oidc_token(struct task *task, const struct request *request, struct reply *reply)
{
	const char *type;
	int r;

	reply_header(reply, "Pragma", "no-cache");
	r = form_check(task, request);
	if (r < 0)
		return r;
	type = request_form(request, "grant_type");
	if (str_is_empty(type))
		return fail(task, INVALID_REQUEST, "no grant_type");
	if (str_equal(type, PRE_AUTHORIZED_GRANT))
		return issue_token(task, request, reply);
	if (!str_equal(type, CODE_GRANT))
		return fail(task, UNSUPPORTED_GRANT_TYPE, "the grant type is not known here");
	return code_grant(task, request, reply);
}

static int
form_check(struct task *task, const struct request *request)
{
	if (!str_equal(request->content_type, "application/x-www-form-urlencoded"))
		return fail(task, INVALID_REQUEST, "the body is not a form");
	if (request->duplicate != NULL)
		return fail(task, INVALID_REQUEST, "a parameter stands twice");
	return 0;
}

static int
code_grant(struct task *task, const struct request *request, struct reply *reply)
{
	const char *code = request_form(request, "code");
	const struct client *client;
	const char *answer;
	struct grant grant;
	int r;

	if (str_is_empty(code))
		return fail(task, INVALID_REQUEST, "no code");
	r = client_authenticate(task, request, &client);
	if (r < 0)
		return r;
	cors_allow(request, reply, client);
	r = grant_type_check(task, client, CODE_GRANT);
	if (r < 0)
		return r;
	r = grant_code_redeem(task, code, &grant);
	if (r < 0)
		return r;
	r = bound_check(task, request, client, &grant);
	if (r < 0)
		return r;
	r = tokens_give(task, client, &grant, &answer);
	if (r < 0)
		return given_back(task, code, &grant);
	return reply_text(reply, 200, "application/json", answer);
}

static int
grant_type_check(struct task *task, const struct client *client, const char *type)
{
	const char *const *allowed;

	for (allowed = client->grant_types; *allowed != NULL; allowed++)
		if (str_equal(*allowed, type))
			return 0;
	return fail(task, UNAUTHORIZED_CLIENT, "the client is not registered for %s", type);
}

static int
bound_check(struct task *task, const struct request *request, const struct client *client,
    const struct grant *grant)
{
	int r;

	r = client_check(task, client, grant);
	if (r < 0)
		return r;
	if (!str_equal(request_form(request, "redirect_uri"), grant->redirect_uri))
		return fail(task, INVALID_GRANT, "redirect_uri is not the one of the request");
	r = pkce_check(task, grant->code_challenge, request_form(request, "code_verifier"));
	if (r < 0)
		return r;
	r = scope_check(task, grant->scope, request_form(request, "scope"));
	if (r < 0)
		return r;
	return resource_check(task, grant->resource, request_form(request, "resource"));
}

/* A store that was away must not cost the client its code: nothing was given for it.  Returns the
 * fault that was. */
static int
given_back(struct task *task, const char *code, const struct grant *grant)
{
	struct fault first = task->fault;

	if (!fault_is_ours(first.code))
		return first.code;
	fault_clear(task);
	grant_code_return(task, code, grant);
	task->fault = first;
	return first.code;
}

/* A code in another client's hands was stolen or planted: that is for the audit trail. */
static int
client_check(struct task *task, const struct client *client, const struct grant *grant)
{
	json_auto_t *detail = NULL;
	struct audit_event event = {.event = "code.other_client", .person_id = grant->person_id};
	int r;

	if (str_equal(client->id, grant->client_id))
		return 0;
	detail = json_object();
	json_set_text(detail, "grant", grant->id);
	json_set_text(detail, "presented_by", client->id);
	event.actor = task_printf(task, "client:%s", client->id);
	event.client_id = grant->client_id;
	event.detail = detail;
	r = audit_write(task, &event);
	if (r < 0)
		return r;
	return fail(task, INVALID_GRANT, "the code was given to another client");
}

static int
scope_check(struct task *task, const char *granted, const char *asked)
{
	const char **word;

	if (str_is_empty(asked))
		return 0;
	word = str_words(task, asked, SCOPE_WORDS_MAX);
	if (word == NULL)
		return fail(task, INVALID_SCOPE, "scope has too many words");
	for (; *word != NULL; word++)
		if (!str_has_word(granted, *word))
			return fail(task, INVALID_SCOPE, "scope is wider than what was granted");
	return 0;
}
