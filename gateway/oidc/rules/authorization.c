/* SPDX-License-Identifier: Apache-2.0
 *
 * The authorization request: its parameters, each by its rule.  Called by authorize.c; continue.c
 * takes it from the transaction.
 */
#include "oidc/rules/authorization.h"

#include "core/task.h"
#include "issue/details.h"
#include "oidc/rules/acr.h"
#include "oidc/rules/details.h"
#include "oidc/rules/hint.h"
#include "oidc/rules/issuer_state.h"
#include "oidc/rules/pkce.h"
#include "oidc/rules/prompt.h"
#include "oidc/rules/resource.h"
#include "oidc/rules/response_mode.h"
#include "records/credential_type.h"

#include <string.h>

#define STATE_MAX_BYTES  2048
#define NONCE_MAX_BYTES  512
#define SCOPE_MAX_BYTES  1024
#define TEXT_MAX_BYTES   1024
#define CLAIMS_MAX_BYTES 8192
#define ID_MAX_BYTES     255

typedef int rule(struct task *, const struct parameters *, struct authorization *);

static int whole_check(struct task *task, const struct parameters *parameters);
static int rules_apply(struct task *task, const struct parameters *parameters, rule *const *rules,
    struct authorization *authorization);
static int refuse_unsupported(struct task *task, const struct parameters *parameters);
static int response_check(struct task *task, const struct parameters *parameters);
static int way_check(
    struct task *task, const struct parameters *parameters, struct authorization *authorization);
static int scope_read(
    struct task *task, const struct parameters *parameters, struct authorization *authorization);
static int texts_read(
    struct task *task, const struct parameters *parameters, struct authorization *authorization);
static int text_read(struct task *task, const struct parameters *parameters, const char *name,
    const char **ret_text);
static int dpop_jkt_read(
    struct task *task, const struct parameters *parameters, struct authorization *authorization);
static int claims_read(
    struct task *task, const struct parameters *parameters, struct authorization *authorization);

static bool may_be_answered(const struct authorization *authorization);

int
authorization_client(
    struct task *task, const struct parameters *parameters, struct authorization *authorization)
{
	const char *client_id = parameters_find(parameters, "client_id");
	const struct client *client;
	int r;

	if (str_equal(parameters->duplicate, "client_id"))
		return fail(task, INVALID_REQUEST, "client_id stands twice");
	if (str_is_empty(client_id) || strlen(client_id) > ID_MAX_BYTES)
		return fail(task, UNAUTHORIZED_CLIENT, "no client_id");
	r = client_find(task, client_id, &client);
	if (r < 0)
		return r;
	if (client == NULL || client->is_service)
		return fail(
		    task, UNAUTHORIZED_CLIENT, "no client of that client_id signs people in");
	*authorization = (struct authorization){.client = client, .max_age_s = -1};
	return 0;
}

int
authorization_begin(
    struct task *task, const struct parameters *parameters, struct authorization *authorization)
{
	const char *redirect_uri = parameters_find(parameters, "redirect_uri");
	const char *state = parameters_find(parameters, "state");
	const char *duplicate = parameters->duplicate;

	if (str_equal(duplicate, "client_id") || str_equal(duplicate, "redirect_uri"))
		return fail(task, INVALID_REQUEST, "%s stands twice", duplicate);
	if (redirect_uri == NULL || !client_may_redirect(authorization->client, redirect_uri))
		return fail(
		    task, INVALID_REDIRECT_URI, "redirect_uri is not registered for the client");
	authorization->redirect_uri = redirect_uri;
	response_mode_of(authorization->client, parameters_get(parameters, "response_mode"),
	    &authorization->response_mode);
	/* A state that is not one, or too long to come back whole, is not echoed at all. */
	if (state != NULL && strlen(state) <= STATE_MAX_BYTES && !str_equal(duplicate, "state"))
		authorization->state = state;
	return 0;
}

int
authorization_read(
    struct task *task, const struct parameters *parameters, struct authorization *authorization)
{
	static rule *const rules[] = {
	    response_mode_check,
	    way_check,
	    details_read,
	    scope_read,
	    texts_read,
	    claims_read,
	    pkce_read,
	    dpop_jkt_read,
	    prompt_read,
	    resource_read,
	    acr_read,
	    hint_read,
	    issuer_state_read,
	    NULL,
	};
	int r;

	r = whole_check(task, parameters);
	if (r < 0)
		return r;
	if (parameters_find(parameters, "state") != NULL && authorization->state == NULL)
		return fail(task, INVALID_REQUEST, "state is over %d bytes", STATE_MAX_BYTES);
	r = refuse_unsupported(task, parameters);
	if (r < 0)
		return r;
	r = response_check(task, parameters);
	if (r < 0)
		return r;
	return rules_apply(task, parameters, rules, authorization);
}

int
authorization_read_detached(struct task *task, const struct parameters *parameters,
    const struct client *client, struct authorization *ret_authorization)
{
	static rule *const rules[] = {
	    details_read,
	    scope_read,
	    texts_read,
	    claims_read,
	    resource_read,
	    acr_read,
	    hint_read,
	    NULL,
	};
	int r;

	r = whole_check(task, parameters);
	if (r < 0)
		return r;
	r = refuse_unsupported(task, parameters);
	if (r < 0)
		return r;
	*ret_authorization = (struct authorization){.client = client, .max_age_s = -1};
	return rules_apply(task, parameters, rules, ret_authorization);
}

static int
whole_check(struct task *task, const struct parameters *parameters)
{
	if (parameters->duplicate != NULL)
		return fail(task, INVALID_REQUEST, "%s stands twice", parameters->duplicate);
	if (parameters->too_many)
		return fail(task, INVALID_REQUEST, "too many parameters");
	return 0;
}

static int
rules_apply(struct task *task, const struct parameters *parameters, rule *const *rules,
    struct authorization *authorization)
{
	int r = 0;

	for (; r == 0 && *rules != NULL; rules++)
		r = (*rules)(task, parameters, authorization);
	return r;
}

static int
refuse_unsupported(struct task *task, const struct parameters *parameters)
{
	if (parameters_get(parameters, "request_uri") != NULL)
		return fail(task, REQUEST_URI_NOT_SUPPORTED, "request_uri is none of our /par");
	if (parameters_get(parameters, "registration") != NULL)
		return fail(task, REGISTRATION_NOT_SUPPORTED, "registration is not supported");
	return 0;
}

static int
response_check(struct task *task, const struct parameters *parameters)
{
	const char *type = parameters_get(parameters, "response_type");

	if (type == NULL)
		return fail(task, INVALID_REQUEST, "no response_type");
	if (!str_equal(type, "code"))
		return fail(task, UNSUPPORTED_RESPONSE_TYPE, "response_type is not code");
	return 0;
}

/* FAPI 2.0 section 5.3.2.2-1: only what was pushed. */
static int
way_check(
    struct task *task, const struct parameters *parameters, struct authorization *authorization)
{
	const struct client *client = authorization->client;

	if (parameters->pushed == NULL && (client->requires_par || client->profile == CLIENT_FAPI2))
		return fail(task, INVALID_REQUEST, "this client must push its requests (PAR)");
	if (!parameters->is_signed && authorization->client->requires_signed_request)
		return fail(task, INVALID_REQUEST, "this client must sign its requests (JAR)");
	authorization->pushed = parameters->pushed;
	return 0;
}

/* Which scopes the client may ask is looked at with the purpose (consent/purpose.h). */
static int
scope_read(
    struct task *task, const struct parameters *parameters, struct authorization *authorization)
{
	const char *scope = parameters_get(parameters, "scope");
	bool is_wallet = issue_details_are_ours(authorization->details);

	if (scope == NULL && is_wallet)
		scope = "";
	if (scope == NULL || strlen(scope) > SCOPE_MAX_BYTES || !str_is_printable_ascii(scope))
		return fail(task, INVALID_SCOPE, "no scope, or none that could be one");
	if (!str_has_word(scope, "openid") && !is_wallet && !credential_type_is_asked(task, scope))
		return fail(task, INVALID_SCOPE, "scope does not hold openid");
	authorization->scope = scope;
	return 0;
}

static int
texts_read(
    struct task *task, const struct parameters *parameters, struct authorization *authorization)
{
	int r;

	authorization->nonce = parameters_get(parameters, "nonce");
	if (authorization->nonce != NULL && strlen(authorization->nonce) > NONCE_MAX_BYTES)
		return fail(task, INVALID_REQUEST, "nonce is over %d bytes", NONCE_MAX_BYTES);
	r = text_read(task, parameters, "ui_locales", &authorization->ui_locales);
	if (r < 0)
		return r;
	r = text_read(task, parameters, "idp_hint", &authorization->idp_hint);
	if (r < 0)
		return r;
	r = text_read(task, parameters, "consent_request", &authorization->consent_request);
	if (r < 0)
		return r;
	return text_read(task, parameters, "login_hint", &authorization->login_hint);
}

static int
text_read(
    struct task *task, const struct parameters *parameters, const char *name, const char **ret_text)
{
	const char *text = parameters_get(parameters, name);

	if (text != NULL && strlen(text) > TEXT_MAX_BYTES)
		return fail(task, INVALID_REQUEST, "%s is over %d bytes", name, TEXT_MAX_BYTES);
	*ret_text = text;
	return 0;
}

static int
claims_read(
    struct task *task, const struct parameters *parameters, struct authorization *authorization)
{
	const char *text = parameters_get(parameters, "claims");
	json_t *claims;
	int r;

	if (text == NULL)
		return 0;
	if (strlen(text) > CLAIMS_MAX_BYTES)
		return fail(task, INVALID_REQUEST, "claims is over %d bytes", CLAIMS_MAX_BYTES);
	r = json_parse_object(task, text, strlen(text), &claims);
	if (r < 0)
		return r;
	authorization->claims = json_keep(task, claims);
	return 0;
}

/* RFC 9449 section 10: base64url of SHA-256. */
static int
dpop_jkt_read(
    struct task *task, const struct parameters *parameters, struct authorization *authorization)
{
	const char *jkt = parameters_get(parameters, "dpop_jkt");
	struct bytes hash;

	if (jkt != NULL && (!b64u_decode(task, jkt, strlen(jkt), &hash) || hash.len != 32))
		return fail(task, INVALID_REQUEST, "dpop_jkt is not the thumbprint of a key");
	authorization->dpop_jkt = jkt;
	return 0;
}

const json_t *
authorization_json(struct task *task, const struct authorization *authorization)
{
	json_t *json = json_keep(task, json_object());

	json_set_text(json, "client_id", authorization->client->id);
	json_set_text(json, "redirect_uri", authorization->redirect_uri);
	json_object_set_new(json, "response_mode", json_integer(authorization->response_mode));
	json_set_text(json, "state", authorization->state);
	json_set_text(json, "scope", authorization->scope);
	json_set_text(json, "nonce", authorization->nonce);
	json_set_text(json, "code_challenge", authorization->code_challenge);
	json_set_text(json, "resource", authorization->resources);
	json_set_text(json, "dpop_jkt", authorization->dpop_jkt);
	json_set_text(json, "prompt", authorization->prompt_words);
	json_set_text(json, "acr_values", authorization->acr_values);
	json_set_text(json, "ui_locales", authorization->ui_locales);
	json_set_text(json, "login_hint", authorization->login_hint);
	json_set_text(json, "idp_hint", authorization->idp_hint);
	json_set_text(json, "subject", authorization->subject);
	json_set_text(json, "consent_request", authorization->consent_request);
	json_set_text(json, "pending", authorization->pending);
	json_set_text(json, "pushed", authorization->pushed);
	if (authorization->claims != NULL)
		json_object_set_new(json, "claims", json_deep_copy(authorization->claims));
	if (authorization->details != NULL)
		json_object_set_new(
		    json, "authorization_details", json_deep_copy(authorization->details));
	if (authorization->max_age_s >= 0)
		json_object_set_new(json, "max_age", json_integer(authorization->max_age_s));
	if (authorization->acr_is_essential)
		json_object_set_new(json, "acr_is_essential", json_true());
	return json;
}

int
authorization_of_json(
    struct task *task, const json_t *json, struct authorization *ret_authorization)
{
	const char *client_id = json_get_text(json, "client_id");
	struct authorization authorization = {
	    .redirect_uri = json_get_text(json, "redirect_uri"),
	    .state = json_get_text(json, "state"),
	    .scope = json_get_text(json, "scope"),
	    .nonce = json_get_text(json, "nonce"),
	    .code_challenge = json_get_text(json, "code_challenge"),
	    .resources = json_get_text(json, "resource"),
	    .dpop_jkt = json_get_text(json, "dpop_jkt"),
	    .prompt_words = json_get_text(json, "prompt"),
	    .acr_values = json_get_text(json, "acr_values"),
	    .acr_is_essential = json_get_bool(json, "acr_is_essential"),
	    .ui_locales = json_get_text(json, "ui_locales"),
	    .login_hint = json_get_text(json, "login_hint"),
	    .idp_hint = json_get_text(json, "idp_hint"),
	    .subject = json_get_text(json, "subject"),
	    .consent_request = json_get_text(json, "consent_request"),
	    .pending = json_get_text(json, "pending"),
	    .pushed = json_get_text(json, "pushed"),
	    .claims = json_object_get(json, "claims"),
	    .details = json_object_get(json, "authorization_details"),
	    .max_age_s = -1,
	};
	int r;

	if (client_id == NULL || authorization.scope == NULL)
		return fail(task, BROKEN, "the transaction's request is not whole");
	r = client_find(task, client_id, &authorization.client);
	if (r < 0)
		return r;
	if (authorization.client == NULL || !may_be_answered(&authorization))
		return fail(task, INVALID_REQUEST, "the client or its address has gone meanwhile");
	json_get_i64(json, "max_age", &authorization.max_age_s);
	authorization.response_mode =
	    (enum response_mode)json_integer_value(json_object_get(json, "response_mode"));
	r = prompt_parse(task, authorization.prompt_words, &authorization.prompt);
	if (r < 0)
		return r;
	*ret_authorization = authorization;
	return 0;
}

static bool
may_be_answered(const struct authorization *authorization)
{
	return authorization->pending != NULL ||
	       client_may_redirect(authorization->client, authorization->redirect_uri);
}
