/* SPDX-License-Identifier: Apache-2.0
 *
 * POST /device_authorization: a device without a browser of use asks for a person (RFC 8628 section
 * 3.1).  What it asks is checked by the rules of /authorize, before anybody types a code.
 */
#include "oidc/oidc.h"

#include "access/client_auth.h"
#include "core/settings.h"
#include "login/wallet/policy.h"
#include "oidc/decision.h"
#include "oidc/grants/grants.h"
#include "oidc/rules/cors.h"
#include "records/pending.h"
#include "records/rate.h"

#define WINDOW_S    60
#define CALLER_PART 10

static int asked_check(struct task *task, const struct request *request,
    const struct client *client, struct authorization *ret_authorization);
static int scope_check(struct task *task, const struct authorization *authorization);
static int request_count(
    struct task *task, const struct request *request, const struct client *client);
static int begin(struct task *task, const struct request *request, struct reply *reply,
    const struct authorization *authorization);

int
oidc_device_authorization(struct task *task, const struct request *request, struct reply *reply)
{
	struct authorization authorization;
	const struct client *client;
	int r;

	if (!str_equal(request->content_type, "application/x-www-form-urlencoded"))
		return fail(task, INVALID_REQUEST, "the body is not a form");
	r = client_authenticate(task, request, &client);
	if (r < 0)
		return r;
	cors_allow(request, reply, client);
	if (!client_may_grant(client, device_grant_type.name))
		return fail(task, UNAUTHORIZED_CLIENT,
		    "the device grant is not among the grant_types that the client registered");
	r = asked_check(task, request, client, &authorization);
	if (r < 0)
		return r;
	r = request_count(task, request, client);
	if (r < 0)
		return r;
	return begin(task, request, reply, &authorization);
}

static int
asked_check(struct task *task, const struct request *request, const struct client *client,
    struct authorization *ret_authorization)
{
	struct decision decision = {0};
	struct parameters parameters;
	int r;

	parameters_of_request(request, &parameters);
	/* RFC 8628 knows no request objects: what is in one must not be passed over in silence. */
	if (parameters_get(&parameters, "request") != NULL ||
	    parameters_get(&parameters, "request_uri") != NULL)
		return fail(task, REQUEST_NOT_SUPPORTED, "request is not taken here");
	r = authorization_read_detached(task, &parameters, client, &decision.authorization);
	if (r < 0)
		return r;
	r = scope_check(task, &decision.authorization);
	if (r == 0)
		r = decision_ask(task, &decision);
	if (r < 0)
		return r;
	*ret_authorization = decision.authorization;
	return 0;
}

/* A code from another's screen can be relayed as a QR can. */
static int
scope_check(struct task *task, const struct authorization *authorization)
{
	const struct policy_asked asked = {
	    .scope = authorization->scope, .details = authorization->details};
	const char *high = policy_high_scope(task, &asked);

	if (high != NULL)
		return fail(task, INVALID_SCOPE, "%s is given on one device only", high);
	return 0;
}

/* Each is kept until it expires.  A public client is whoever says so: its own devices must not be
 * shut out by one caller. */
static int
request_count(struct task *task, const struct request *request, const struct client *client)
{
	const int64_t max = task->rooms->settings->device_per_minute;
	const char *caller = task_printf(task, "%s %s", client->id, request->address);
	const struct rate rates[] = {
	    {"device_of", client->id, max, WINDOW_S},
	    {"device_of", caller, max / CALLER_PART + 1, WINDOW_S},
	};
	bool is_public = client->auth_method == CLIENT_AUTH_NONE;

	return max == 0 ? 0 : rate_claim_all(task, rates, is_public ? 2 : 1);
}

static int
begin(struct task *task, const struct request *request, struct reply *reply,
    const struct authorization *authorization)
{
	const struct settings *settings = task->rooms->settings;
	const char *uri = task_printf(task, "%s/device", settings->gateway_issuer), *device_code;
	json_t *answer = json_keep(task, json_object());
	struct pending pending = {
	    .kind = PENDING_DEVICE,
	    .client_id = authorization->client->id,
	    .request = authorization_json(task, authorization),
	    .from_address = request->address,
	    .life_s = settings->device_life,
	    .interval_s = settings->device_interval,
	};
	int r;

	r = pending_create(task, &pending, &device_code);
	if (r < 0)
		return r;
	json_set_text(answer, "device_code", device_code);
	json_set_text(answer, "user_code", pending.user_code);
	json_set_text(answer, "verification_uri", uri);
	json_set_text(answer, "verification_uri_complete",
	    task_printf(task, "%s?user_code=%s", uri, pending.user_code));
	json_object_set_new(answer, "expires_in", json_integer(pending.life_s));
	json_object_set_new(answer, "interval", json_integer(pending.interval_s));
	return reply_json(reply, 200, answer);
}
