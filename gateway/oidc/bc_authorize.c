/* SPDX-License-Identifier: Apache-2.0
 *
 * POST /bc-authorize: a client that knows a person asks for them while they are elsewhere (OpenID
 * CIBA Core 1.0 section 7).  The person finds the request at /account/requests.
 *
 * Whoever can name people can find out who is registered here, and can send them things to allow:
 * so this is for clients that an operator approved, wrong names are counted, and few requests wait
 * for one person at a time.
 */
#include "oidc/oidc.h"

#include "access/client_auth.h"
#include "consent/release.h"
#include "core/settings.h"
#include "oidc/decision.h"
#include "oidc/rules/ciba_request.h"
#include "records/subject.h"
#include "records/pending.h"
#include "records/person.h"
#include "records/rate.h"
#include "sources/source.h"

#include <string.h>

#define WRONG_NAMES    20 /* of one client */
#define WRONG_WINDOW_S 600
#define TOKEN_MAX      1024
#define HINT_MAX       255

struct asking_far {
	const struct client *client;
	struct parameters parameters;
	struct decision decision;
	struct pending pending;
};

static int client_check(struct task *task, const struct client *client);
static int asked_check(struct task *task, struct asking_far *asking);
static int hints_check(struct task *task, const struct parameters *parameters);
static int message_read(struct task *task, struct asking_far *asking);
static int token_read(struct task *task, struct asking_far *asking);
static int expiry_read(struct task *task, struct asking_far *asking);
static int person_read(struct task *task, struct asking_far *asking);
static int person_named(
    struct task *task, const struct asking_far *asking, const char **ret_person_id);
static int person_by_hint(struct task *task, const char *login_hint, const char **ret_person_id);
static int answer(struct task *task, struct reply *reply, struct asking_far *asking);

int
oidc_bc_authorize(struct task *task, const struct request *request, struct reply *reply)
{
	static int (*const rules[])(struct task *, struct asking_far *) = {
	    asked_check, message_read, token_read, expiry_read, person_read};
	struct asking_far asking = {.pending = {.kind = PENDING_CIBA}};
	size_t i;
	int r;

	if (!str_equal(request->content_type, "application/x-www-form-urlencoded"))
		return fail(task, INVALID_REQUEST, "the body is not a form");
	r = client_authenticate(task, request, &asking.client);
	if (r < 0)
		return r;
	r = client_check(task, asking.client);
	if (r < 0)
		return r;
	r = ciba_request_read(task, request, asking.client, &asking.parameters);
	if (r < 0)
		return r;
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		r = rules[i](task, &asking);
		if (r < 0)
			return r;
	}
	return answer(task, reply, &asking);
}

static int
client_check(struct task *task, const struct client *client)
{
	if (client->auth_method == CLIENT_AUTH_NONE || !client_may_grant(client, CLIENT_CIBA_GRANT))
		return fail(task, UNAUTHORIZED_CLIENT,
		    "the CIBA grant is not among the grant_types that the client registered");
	if (!client->is_approved)
		return fail(task, UNAUTHORIZED_CLIENT, "no operator has approved this client yet");
	return 0;
}

static int
asked_check(struct task *task, struct asking_far *asking)
{
	int r;

	r = hints_check(task, &asking->parameters);
	if (r < 0)
		return r;
	r = authorization_read_detached(
	    task, &asking->parameters, asking->client, &asking->decision.authorization);
	if (r < 0)
		return r;
	r = decision_ask(task, &asking->decision);
	if (r < 0)
		return r;
	asking->pending.client_id = asking->client->id;
	asking->pending.interval_s = task->rooms->settings->ciba_interval;
	asking->pending.request = authorization_json(task, &asking->decision.authorization);
	return 0;
}

/* Section 7.1: one and only one. */
static int
hints_check(struct task *task, const struct parameters *parameters)
{
	int n = (parameters_get(parameters, "login_hint") != NULL) +
		(parameters_get(parameters, "id_token_hint") != NULL) +
		(parameters_get(parameters, "login_hint_token") != NULL);

	if (n != 1)
		return fail(task, INVALID_REQUEST, "%s of login_hint and id_token_hint",
		    n == 0 ? "none" : "more than one");
	if (parameters_get(parameters, "login_hint_token") != NULL)
		return fail(task, INVALID_REQUEST, "login_hint_token is not supported");
	return 0;
}

static int
message_read(struct task *task, struct asking_far *asking)
{
	const char *message = parameters_get(&asking->parameters, "binding_message");

	if (message != NULL && !ciba_message_is_plain(message))
		return fail(task, INVALID_BINDING_MESSAGE,
		    "binding_message is not a plain text of up to 64 letters");
	asking->pending.binding_message = message;
	return 0;
}

/* Section 7.1: of the syntax of a bearer token, for it is used as one. */
static int
token_read(struct task *task, struct asking_far *asking)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789-._~+/=";
	const char *token = parameters_get(&asking->parameters, "client_notification_token");

	if (asking->client->ciba_notify_uri == NULL)
		return 0;
	if (token == NULL)
		return fail(task, INVALID_REQUEST, "client_notification_token is missing");
	if (strlen(token) > TOKEN_MAX || strspn(token, letters) != strlen(token))
		return fail(
		    task, INVALID_REQUEST, "client_notification_token is not a bearer token");
	asking->pending.notify_token = token;
	return 0;
}

static int
expiry_read(struct task *task, struct asking_far *asking)
{
	const struct settings *settings = task->rooms->settings;
	const char *text = parameters_get(&asking->parameters, "requested_expiry");

	asking->pending.life_s = settings->ciba_life;
	if (text == NULL)
		return 0;
	if (!str_to_i64(text, 1, INT32_MAX, &asking->pending.life_s))
		return fail(task, INVALID_REQUEST, "requested_expiry is not a number of seconds");
	if (asking->pending.life_s > settings->ciba_life_max)
		asking->pending.life_s = settings->ciba_life_max;
	return 0;
}

/* Nobody learns more than "not here" of who is unknown, dead or blocked. */
static int
person_read(struct task *task, struct asking_far *asking)
{
	const struct rate rate = {"ciba", asking->client->id, WRONG_NAMES, WRONG_WINDOW_S};
	const char *person_id = NULL;
	int r;

	r = rate_claim(task, &rate);
	if (r < 0)
		return r;
	r = person_named(task, asking, &person_id);
	if (r == 0 && person_id != NULL)
		r = release_person_check(task, person_id);
	if (r == ACCESS_DENIED)
		return fault_as(task, UNKNOWN_USER_ID);
	if (r == 0 && person_id == NULL)
		return fail(task, UNKNOWN_USER_ID, "the hint names nobody who can be asked");
	rate_return(task, &rate);
	if (r < 0)
		return r;
	asking->pending.person_id = person_id;
	return 0;
}

/* *ret_person_id stays NULL where it is nobody. */
static int
person_named(struct task *task, const struct asking_far *asking, const char **ret_person_id)
{
	const char *login_hint = parameters_get(&asking->parameters, "login_hint");
	const char *subject =
	    login_hint == NULL ? asking->decision.authorization.subject : login_hint;
	const char *person_id = NULL;
	int r;

	if (strlen(subject) > HINT_MAX)
		return 0;
	r = person_by_subject(task, subject, &person_id);
	if (r < 0)
		return r;
	/* Another client's subject is no name here. */
	if (person_id != NULL && str_equal(subject, subject_of(task, asking->client, person_id))) {
		*ret_person_id = person_id;
		return 0;
	}
	return login_hint == NULL ? 0 : person_by_hint(task, login_hint, ret_person_id);
}

/* By the key of the register, for agencies that know people by it. */
static int
person_by_hint(struct task *task, const char *login_hint, const char **ret_person_id)
{
	const char *register_key;
	struct person person = {0};
	int r;

	r = source_register_key(task, login_hint, &register_key);
	if (r == NOT_FOUND) {
		fault_clear(task);
		return 0;
	}
	if (r == 0)
		r = person_of(task, register_key, &person);
	if (r < 0)
		return r;
	*ret_person_id = person.id;
	return 0;
}

static int
answer(struct task *task, struct reply *reply, struct asking_far *asking)
{
	json_t *json = json_keep(task, json_object());
	const char *auth_req_id;
	int r;

	r = pending_create(task, &asking->pending, &auth_req_id);
	if (r < 0)
		return r;
	json_set_text(json, "auth_req_id", auth_req_id);
	json_object_set_new(json, "expires_in", json_integer(asking->pending.life_s));
	json_object_set_new(json, "interval", json_integer(asking->pending.interval_s));
	return reply_json(reply, 200, json);
}
