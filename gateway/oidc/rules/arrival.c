/* SPDX-License-Identifier: Apache-2.0
 *
 * Which parameters count.  Called by authorize.c.
 */
#include "oidc/rules/arrival.h"

#include "consent/api_handlers.h"
#include "core/task.h"
#include "oidc/rules/request_object.h"
#include "records/consent_request.h"
#include "records/pushed.h"

#include <string.h>

static int object_open(struct task *task, const char *object, struct parameters *parameters,
    struct authorization *authorization);
static int consent_open(
    struct task *task, const char *id, const struct client *client, struct parameters *parameters);
static void preset(json_t *object, const char *name, const char *value);
static int pushed_open(
    struct task *task, const char *handle, const char *client_id, struct parameters *parameters);

int
arrival_open(struct task *task, struct parameters *parameters, struct authorization *authorization)
{
	const char *uri = parameters_get(parameters, "request_uri");
	const char *object = parameters_get(parameters, "request");

	if (uri != NULL && object != NULL)
		return fail(task, INVALID_REQUEST, "request_uri and request at once");
	if (object != NULL)
		return object_open(task, object, parameters, authorization);
	if (uri != NULL && str_starts(uri, CONSENT_REQUEST_URI))
		return consent_open(
		    task, uri + strlen(CONSENT_REQUEST_URI), authorization->client, parameters);
	/* Another's request_uri is never fetched; the rules refuse it. */
	if (uri == NULL || !str_starts(uri, REQUEST_URI_PREFIX))
		return 0;
	if (parameters->duplicate != NULL)
		return fail(task, INVALID_REQUEST, "a parameter stands twice");
	return pushed_open(
	    task, uri + strlen(REQUEST_URI_PREFIX), authorization->client->id, parameters);
}

static int
object_open(struct task *task, const char *object, struct parameters *parameters,
    struct authorization *authorization)
{
	int r;

	r = parameters->duplicate != NULL
		? fail(task, INVALID_REQUEST, "a parameter stands twice")
		: request_object_open(task, authorization->client, object, parameters);
	/* The first fault stays the task's, whether or not there is an address for it. */
	if (r < 0)
		(void)authorization_begin(task, parameters, authorization);
	return r;
}

static int
pushed_open(
    struct task *task, const char *handle, const char *client_id, struct parameters *parameters)
{
	struct pushed *pushed;
	int r;

	r = pushed_find(task, handle, client_id, &pushed);
	if (r < 0)
		return r;
	if (pushed == NULL)
		return fail(
		    task, INVALID_REQUEST, "request_uri is unknown, expired, used, or another's");
	parameters_of_json(task, pushed->parameters, parameters);
	parameters->pushed = pushed->mark;
	parameters->is_signed = pushed->is_signed;
	return 0;
}

/* What a request of the consent API says, with what came beside it; without that it is the shortest
 * sign-in there is, back to its return_url. */
static int
consent_open(
    struct task *task, const char *id, const struct client *client, struct parameters *parameters)
{
	const struct consent_request *request;
	json_t *object;
	int r;

	if (parameters->duplicate != NULL)
		return fail(task, INVALID_REQUEST, "a parameter stands twice");
	r = consent_request_find(task, id, &request);
	if (r < 0)
		return r;
	if (request == NULL || !str_equal(request->client_id, client->id) ||
	    !str_equal(request->status, CONSENT_REQUEST_AWAITING))
		return fail(
		    task, INVALID_REQUEST, "request_uri is unknown, expired, used, or another's");
	object = parameters_json(task, parameters);
	json_object_del(object, "request_uri");
	json_set_text(object, "consent_request", request->id);
	preset(object, "redirect_uri", json_get_text(request->asked, "return_url"));
	preset(object, "ui_locales", json_get_text(request->asked, "ui_locales"));
	preset(object, "response_type", "code");
	preset(object, "scope", "openid");
	parameters_of_json(task, object, parameters);
	return 0;
}

static void
preset(json_t *object, const char *name, const char *value)
{
	if (str_is_empty(json_get_text(object, name)))
		json_set_text(object, name, value);
}
