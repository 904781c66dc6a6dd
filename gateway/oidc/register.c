/* SPDX-License-Identifier: Apache-2.0
 *
 * POST /register, and GET, PUT, DELETE /register/{id}: clients register themselves and look after
 * what they registered (OpenID Connect Dynamic Client Registration 1.0, RFC 7591, RFC 7592).
 *
 * Only where settings registration.enabled says so, and only with an initial access token
 * (`dvara client invite`) or a software statement.  A client of this way is not approved
 * (records/client.h) until an operator says so.
 */
#include "oidc/oidc.h"

#include "access/client_outside.h"
#include "access/software_statement.h"
#include "core/random.h"
#include "core/settings.h"
#include "core/task.h"
#include "jose/digest.h"
#include "oidc/rules/registration.h"
#include "records/asset.h"
#include "records/client.h"
#include "records/client_metadata.h"
#include "records/rate.h"
#include "records/registration.h"

#include <string.h>
#include <strings.h>

#define WINDOW_S 3600

/* A registration on its way. */
struct asking {
	json_t *given; /* the body */
	const char *token;
	const json_t *before; /* what is registered now; NULL: nothing */
	struct registering who;
};

static int door(struct task *task);
static int try_count(struct task *task, const char *who);
static int token_of(struct task *task, const struct request *request, const char **ret_token);
static int body_read(struct task *task, const struct request *request, json_t **ret_json);
static int vouched(struct task *task, struct asking *asking);
static int store(struct task *task, const struct asking *asking, struct client_made *ret_made);
static int found(struct task *task, const struct request *request, struct asking *ret_asking,
    struct registration *ret_registration);
static int same_check(
    struct task *task, const struct asking *asking, const struct registration *registration);
static int answer(
    struct reply *reply, int status, const struct asking *asking, const struct client_made *made);

int
oidc_register(struct task *task, const struct request *request, struct reply *reply)
{
	struct asking asking = {0};
	struct client_made made;
	int r;

	r = door(task);
	if (r < 0)
		return r;
	r = try_count(task, request->address);
	if (r < 0)
		return r;
	r = token_of(task, request, &asking.token);
	if (r < 0)
		return r;
	r = body_read(task, request, &asking.given);
	if (r < 0)
		return r;
	r = vouched(task, &asking);
	if (r < 0)
		return r;
	asking.who.token = random_id(task, RANDOM_ID);
	r = store(task, &asking, &made);
	if (r < 0)
		return r;
	return answer(reply, 201, &asking, &made);
}

static int
door(struct task *task)
{
	if (!task->rooms->settings->registration_enabled)
		return fail(task, NOT_FOUND, "clients are registered by an operator here");
	return 0;
}

/* Each try counts: a caller who is refused must not try names and addresses for ever, and whoever
 * is let in has us call other hosts. */
static int
try_count(struct task *task, const char *who)
{
	const struct rate rate = {
	    "register", who, task->rooms->settings->registration_per_hour, WINDOW_S};

	return rate_claim(task, &rate);
}

/* *ret_token: NULL where there is no Authorization header. */
static int
token_of(struct task *task, const struct request *request, const char **ret_token)
{
	const char *header = request_header(request, "Authorization");

	*ret_token = NULL;
	if (header == NULL)
		return 0;
	if (strncasecmp(header, "Bearer ", 7) != 0 || header[7] == '\0')
		return fail(task, INVALID_TOKEN, "the Authorization header is not Bearer");
	*ret_token = header + 7;
	return 0;
}

static int
body_read(struct task *task, const struct request *request, json_t **ret_json)
{
	json_t *json;
	int r;

	r = request_json(task, request, &json);
	if (r < 0)
		return fault_as(task, r == INVALID_REQUEST ? INVALID_CLIENT_METADATA : r);
	*ret_json = json_keep(task, json);
	return 0;
}

/* By an initial access token, by a software statement, or by both. */
static int
vouched(struct task *task, struct asking *asking)
{
	const json_t *member = json_object_get(asking->given, "software_statement");
	json_t *statement;
	int r;

	if (asking->token == NULL && member == NULL)
		return fail(task, NO_TOKEN, "neither initial access token nor software statement");
	if (asking->token != NULL) {
		r = registration_may(task, asking->token);
		if (r < 0)
			return r;
		asking->who.invite = asking->token;
	}
	if (member == NULL)
		return 0;
	if (!json_is_string(member))
		return fail(task, INVALID_SOFTWARE_STATEMENT, "software_statement is not text");
	r = software_statement_open(task, json_string_value(member), &statement);
	if (r < 0)
		return r;
	asking->who.statement = statement;
	return 0;
}

static int
store(struct task *task, const struct asking *asking, struct client_made *ret_made)
{
	json_t *metadata, *checked;
	struct asset logo;
	bool has_logo;
	int r;

	r = registration_allowed(
	    task, asking->given, asking->before, asking->who.statement, &metadata);
	if (r < 0)
		return r;
	json_set_text(metadata, "client_id", asking->who.client_id);
	r = client_outside_check(task, metadata);
	if (r < 0)
		return r;
	r = client_metadata_check(task, metadata, &checked);
	if (r < 0)
		return r;
	r = asking->before == NULL ? 0 : registration_sector_check(task, asking->before, checked);
	if (r < 0)
		return r;
	r = client_outside_sector(task, checked);
	if (r < 0)
		return r;
	r = client_outside_logo(task, checked, &logo, &has_logo);
	if (r < 0)
		return r;
	return client_register(task,
	    &(struct client_draft){.metadata = metadata, .logo = has_logo ? &logo : NULL},
	    &asking->who, ret_made);
}

/* RFC 7591 section 3.2.1, RFC 7592 section 3. */
static int
answer(struct reply *reply, int status, const struct asking *asking, const struct client_made *made)
{
	struct task *task = reply_task(reply);
	json_t *json = json_keep(task, made->stored);

	json_set_text(json, "client_secret", made->secret);
	if (made->secret != NULL)
		json_object_set_new(json, "client_secret_expires_at", json_integer(0));
	json_set_text(json, "registration_access_token", asking->who.token);
	json_set_text(json, "registration_client_uri",
	    task_printf(task, "%s/register/%s", task->rooms->settings->gateway_issuer,
		json_get_text(json, "client_id")));
	return reply_json(reply, status, json);
}

int
oidc_registration(struct task *task, const struct request *request, struct reply *reply)
{
	struct registration registration;
	struct client_made made = {0};
	struct asking asking;
	int r;

	r = found(task, request, &asking, &registration);
	if (r < 0)
		return r;
	made.stored = json_incref(registration.metadata);
	return answer(reply, 200, &asking, &made);
}

static int
found(struct task *task, const struct request *request, struct asking *ret_asking,
    struct registration *ret_registration)
{
	const char *id = request_capture(request, "id"), *token;
	int r;

	r = door(task);
	if (r < 0)
		return r;
	r = token_of(task, request, &token);
	if (r < 0)
		return r;
	if (token == NULL)
		return fail(task, NO_TOKEN, "no registration access token");
	r = registration_find(task, id, token, ret_registration);
	if (r < 0)
		return r;
	*ret_asking = (struct asking){
	    .token = token,
	    .before = ret_registration->metadata,
	    .who = {.client_id = id, .token = token, .statement = ret_registration->statement},
	};
	return 0;
}

/* RFC 7592 section 2.2: the whole metadata anew; what is left out is at its default again. */
int
oidc_registration_replace(struct task *task, const struct request *request, struct reply *reply)
{
	struct registration registration;
	struct client_made made;
	struct asking asking;
	int r;

	r = found(task, request, &asking, &registration);
	if (r < 0)
		return r;
	r = try_count(task, request->address);
	if (r < 0)
		return r;
	r = try_count(task, asking.who.client_id);
	if (r < 0)
		return r;
	r = body_read(task, request, &asking.given);
	if (r < 0)
		return r;
	r = same_check(task, &asking, &registration);
	if (r < 0)
		return r;
	r = store(task, &asking, &made);
	if (r < 0)
		return r;
	return answer(reply, 200, &asking, &made);
}

/* client_id must be there, and client_secret, where it is, the one that is: neither is the client's
 * to choose. */
static int
same_check(struct task *task, const struct asking *asking, const struct registration *registration)
{
	const json_t *member = json_object_get(asking->given, "client_secret");
	const char *secret = json_string_value(member);
	bool matches = false;
	int r;

	if (!str_equal(json_get_text(asking->given, "client_id"), asking->who.client_id))
		return fail(task, INVALID_CLIENT_METADATA, "client_id is missing or another");
	if (member == NULL)
		return 0;
	if (secret != NULL && registration->secret != NULL) {
		r = digest_secret_matches(task, secret, registration->secret, &matches);
		if (r < 0)
			return r;
	}
	if (!matches)
		return fail(task, INVALID_CLIENT_METADATA, "client_secret is not the one it has");
	return 0;
}

int
oidc_registration_remove(struct task *task, const struct request *request, struct reply *reply)
{
	struct registration registration;
	struct asking asking;
	int r;

	r = found(task, request, &asking, &registration);
	if (r < 0)
		return r;
	r = client_remove(task, asking.who.client_id, NULL);
	if (r == NOT_FOUND)
		return fault_as(task, INVALID_TOKEN);
	if (r < 0)
		return r;
	return reply_empty(reply, 204);
}
