/* SPDX-License-Identifier: Apache-2.0
 *
 * POST /par: a client gives its authorization request to the gateway itself, authenticated, and
 * sends the browser with a handle alone (RFC 9126).  It may sign it as well (RFC 9101).
 *
 * The request is checked whole by the rules of /authorize, and again there: what is refused is
 * refused before a person is troubled, and what changed meanwhile is noticed.
 */
#include "oidc/oidc.h"

#include "access/client_auth.h"
#include "access/sender.h"
#include "core/settings.h"
#include "oidc/decision.h"
#include "oidc/rules/arrival.h"
#include "oidc/rules/cors.h"
#include "oidc/rules/request_object.h"
#include "records/pushed.h"

struct pushing {
	const struct request *request;
	const struct client *client;
	json_t *object; /* the parameters, as they will be kept */
	bool is_signed; /* they are the claims of a request object */
};

static int request_take(struct task *task, struct pushing *pushing);
static void credentials_drop(json_t *object);
static int sender_take(struct task *task, struct pushing *pushing);
static int rules_check(struct task *task, const struct pushing *pushing);
static int keep(struct task *task, const struct pushing *pushing, struct reply *reply);

int
oidc_par(struct task *task, const struct request *request, struct reply *reply)
{
	struct pushing pushing = {.request = request};
	int r;

	if (!str_equal(request->content_type, "application/x-www-form-urlencoded"))
		return fail(task, INVALID_REQUEST, "the body is not a form");
	r = client_authenticate(task, request, &pushing.client);
	if (r < 0)
		return r;
	cors_allow(request, reply, pushing.client);
	r = request_take(task, &pushing);
	if (r < 0)
		return r;
	r = sender_take(task, &pushing);
	if (r < 0)
		return r;
	r = rules_check(task, &pushing);
	/* /authorize shows a page for it; here it is one bad parameter among others. */
	if (r == INVALID_REDIRECT_URI)
		return fault_as(task, INVALID_REQUEST);
	if (r < 0)
		return r;
	return keep(task, &pushing, reply);
}

static int
request_take(struct task *task, struct pushing *pushing)
{
	struct parameters sent;
	const char *object;
	int r;

	parameters_of_request(pushing->request, &sent);
	if (parameters_get(&sent, "request_uri") != NULL)
		return fail(task, INVALID_REQUEST, "request_uri cannot be pushed");
	object = parameters_get(&sent, "request");
	if (object != NULL) {
		r = request_object_open(task, pushing->client, object, &sent);
		if (r == REQUEST_NOT_SUPPORTED)
			return fault_as(task, INVALID_REQUEST_OBJECT);
		if (r < 0)
			return r;
	}
	pushing->is_signed = sent.is_signed;
	pushing->object = parameters_json(task, &sent);
	credentials_drop(pushing->object);
	json_set_text(pushing->object, "client_id", pushing->client->id);
	return 0;
}

static void
credentials_drop(json_t *object)
{
	json_object_del(object, "client_secret");
	json_object_del(object, "client_assertion");
	json_object_del(object, "client_assertion_type");
}

/* RFC 9449 section 10.1: a proof shown here is as good as dpop_jkt. */
static int
sender_take(struct task *task, struct pushing *pushing)
{
	const char *named = json_get_text(pushing->object, "dpop_jkt");
	struct sender sender;
	int r;

	r = sender_shown(task, pushing->request, &sender);
	if (r < 0)
		return r;
	if (sender.jkt != NULL && !str_is_empty(named) && !str_equal(sender.jkt, named))
		return fail(task, INVALID_DPOP_PROOF, "dpop_jkt is not the key of the DPoP proof");
	json_set_text(pushing->object, "dpop_jkt", sender.jkt);
	return 0;
}

static int
rules_check(struct task *task, const struct pushing *pushing)
{
	struct decision decision = {0};
	struct parameters parameters;
	int r;

	parameters_of_json(task, pushing->object, &parameters);
	parameters.pushed = "";
	parameters.is_signed = pushing->is_signed;
	r = authorization_client(task, &parameters, &decision.authorization);
	if (r < 0)
		return r;
	r = authorization_begin(task, &parameters, &decision.authorization);
	if (r < 0)
		return r;
	r = authorization_read(task, &parameters, &decision.authorization);
	if (r < 0)
		return r;
	return decision_ask(task, &decision);
}

static int
keep(struct task *task, const struct pushing *pushing, struct reply *reply)
{
	const struct pushed pushed = {
	    .client_id = pushing->client->id,
	    .parameters = pushing->object,
	    .is_signed = pushing->is_signed,
	};
	const char *handle;
	int r;

	r = pushed_keep(task, &pushed, &handle);
	if (r < 0)
		return r;
	return reply_json(reply, 201,
	    json_keep(task, json_pack("{s:s, s:I}", "request_uri",
				task_printf(task, REQUEST_URI_PREFIX "%s", handle), "expires_in",
				(json_int_t)task->rooms->settings->par_life)));
}
