/* SPDX-License-Identifier: Apache-2.0
 *
 * Webhook endpoints: made, shown, changed, removed, their secrets rotated (see webhooks.h).
 */
#include "consent/webhooks.h"

#include "consent/api.h"
#include "consent/webhook_sign.h"
#include "consent/webhooks_inside.h"
#include "core/clock.h"
#include "core/rfc3339.h"
#include "core/settings.h"
#include "core/task.h"
#include "http/fetch.h"
#include "records/client_uri.h"
#include "records/event.h"

#define EVERYTHING "*"
#define EVENTS_MAX 32

static api_act create, rotate, secret_show;
static int draft_read(struct task *task, const json_t *body, struct webhook *webhook);
static int url_read(struct task *task, const json_t *body, struct webhook *webhook);
static int events_read(struct task *task, const json_t *body, struct webhook *webhook);
static int algorithm_read(struct task *task, const json_t *body, struct webhook *webhook);
static int switch_read(struct task *task, const json_t *enabled, struct webhook *webhook);
static int view(struct task *task, const struct webhook *webhook, json_t **ret_view);
static json_t *events_view(struct task *task, const struct webhook *webhook);
static int found(struct task *task, const struct request *request, struct webhook *ret_webhook);

int
webhooks_create(struct task *task, const struct request *request, struct reply *reply)
{
	return api_post(
	    task, request, reply, &(struct api_post){.act = create, .finish = secret_show});
}

static int
create(struct task *task, const struct api_call *call, struct api_result *result)
{
	struct webhook webhook = {
	    .client_id = call->client->id, .events = EVERYTHING, .algorithm = WEBHOOK_V1};
	int r;

	r = api_members_check(task, call->body, "url events algorithm enabled");
	if (r == 0 && json_object_get(call->body, "url") == NULL)
		r = fail(task, INVALID_REQUEST, "url is missing");
	if (r == 0)
		r = algorithm_read(task, call->body, &webhook);
	if (r == 0)
		r = draft_read(task, call->body, &webhook);
	if (r == 0)
		r = webhook_add(task, &webhook);
	if (r < 0)
		return r;
	result->status = 201;
	result->location = task_printf(task, "%s/consent/v1/webhook-endpoints/%s",
	    task->rooms->settings->gateway_issuer, webhook.id);
	return view(task, &webhook, &result->json);
}

/* What is absent stays as it is. */
static int
draft_read(struct task *task, const json_t *body, struct webhook *webhook)
{
	const json_t *enabled = json_object_get(body, "enabled");
	int r;

	r = url_read(task, body, webhook);
	if (r == 0)
		r = events_read(task, body, webhook);
	if (r == 0 && enabled != NULL && !json_is_boolean(enabled))
		r = fail(task, INVALID_REQUEST, "enabled is not true or false");
	if (r == 0 && enabled != NULL)
		r = switch_read(task, enabled, webhook);
	return r;
}

static int
switch_read(struct task *task, const json_t *enabled, struct webhook *webhook)
{
	bool is_on = json_is_true(enabled);

	if (is_on == (webhook->disabled_s == 0))
		return 0;
	if (is_on && str_equal(webhook->reason, "operator"))
		return fail(task, CONFLICT, "the operator of the gateway turned it off");
	webhook->disabled_s = is_on ? 0 : clock_now_s();
	webhook->reason = is_on ? NULL : "client";
	return 0;
}

/* Where the name of a host leads is looked at with each call (http/fetch.h). */
static int
url_read(struct task *task, const json_t *body, struct webhook *webhook)
{
	const json_t *member = json_object_get(body, "url");
	const char *url = json_string_value(member), *why;
	struct client_uri uri;

	if (member == NULL)
		return 0;
	if (url == NULL)
		return fail(task, INVALID_REQUEST, "url is not a text");
	if (!client_uri_split(url, &uri, &why))
		return fail(task, INVALID_REQUEST, "url: %s", why);
	if (!uri.is_https && !(uri.is_http && uri.is_loopback))
		return fail(task, INVALID_REQUEST, "url is not https");
	if (uri.host == NULL || !fetch_may_reach(task, uri.host, uri.host_len))
		return fail(task, INVALID_REQUEST, "url is an address that is not public");
	webhook->url = url;
	return 0;
}

static int
events_read(struct task *task, const json_t *body, struct webhook *webhook)
{
	const json_t *events = json_object_get(body, "events");
	const char *words[EVENTS_MAX + 1] = {NULL};
	size_t n = json_array_size(events);

	if (events == NULL)
		return 0;
	if (n == 0 || n > EVENTS_MAX)
		return fail(
		    task, INVALID_REQUEST, "events is not an array of 1 to %d types", EVENTS_MAX);
	for (size_t i = 0; i < n; i++) {
		words[i] = json_string_value(json_array_get(events, i));
		if (!str_equal(words[i], EVERYTHING) && !event_is_type(words[i]))
			return fail(
			    task, INVALID_REQUEST, "events: element %zu is no type of events", i);
		if (str_equal(words[i], EVERYTHING) && n > 1)
			return fail(task, INVALID_REQUEST, "events: \"*\" stands alone");
	}
	webhook->events = str_join(task, words, " ");
	return 0;
}

static int
algorithm_read(struct task *task, const json_t *body, struct webhook *webhook)
{
	const json_t *member = json_object_get(body, "algorithm");
	const char *name = json_string_value(member);

	if (member == NULL || str_equal(name, "v1"))
		return 0;
	if (!str_equal(name, "v1a"))
		return fail(task, INVALID_REQUEST, "algorithm is neither v1 nor v1a");
	webhook->algorithm = WEBHOOK_V1A;
	return 0;
}

static int
view(struct task *task, const struct webhook *webhook, json_t **ret_view)
{
	bool is_v1a = webhook->algorithm == WEBHOOK_V1A, is_on = webhook->disabled_s == 0;
	const char *public_key = NULL;
	json_t *json;
	int r;

	if (is_v1a) {
		r = webhook_key_text(task, webhook, webhook->n_secret, &public_key);
		if (r < 0)
			return r;
	}
	json = json_keep(
	    task, json_pack("{s:s, s:s, s:o, s:s, s:s, s:s, s:I, s:s*}", "id", webhook->id, "url",
		      webhook->url, "events", events_view(task, webhook), "algorithm",
		      is_v1a ? "v1a" : "v1", "status", is_on ? "enabled" : "disabled", "created_at",
		      rfc3339_text(task, webhook->since_s), "secret_version",
		      (json_int_t)webhook->n_secret, "public_key", public_key));
	if (!is_on) {
		json_set_text(json, "disabled_at", rfc3339_text(task, webhook->disabled_s));
		json_set_text(json, "disabled_by", webhook->reason);
	}
	if (webhook->before_until_s > clock_now_s())
		json_set_text(
		    json, "previous_secret_until", rfc3339_text(task, webhook->before_until_s));
	*ret_view = json;
	return 0;
}

static json_t *
events_view(struct task *task, const struct webhook *webhook)
{
	json_t *array = json_array();

	for (const char **word = str_words(task, webhook->events, EVENTS_MAX);
	     word != NULL && *word != NULL; word++)
		json_array_append_new(array, json_string(*word));
	return array;
}

/* The secret of that number, into the answer alone: a repetition gets it again. */
static int
secret_show(struct task *task, const struct api_call *call, struct api_result *result)
{
	const struct webhook *webhook;
	const char *secret;
	int64_t n_secret;
	int r;

	r = webhook_find(task, call->client->id, json_get_text(result->json, "id"), &webhook);
	if (r < 0 || webhook == NULL || webhook->algorithm == WEBHOOK_V1A)
		return r;
	if (!json_get_i64(result->json, "secret_version", &n_secret))
		return fail(task, BROKEN, "a kept answer is not an endpoint");
	r = webhook_key_text(task, webhook, n_secret, &secret);
	if (r == 0)
		json_set_text(result->json, "secret", secret);
	return r;
}

int
webhooks_list(struct task *task, const struct request *request, struct reply *reply)
{
	const struct client *client = NULL;
	const struct webhook *webhooks = NULL;
	json_auto_t *array = json_array();
	size_t n = 0;
	int r;

	r = api_client(task, request, &client);
	if (r == 0)
		r = webhook_list(task, client->id, &webhooks, &n);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		json_t *one;

		r = view(task, &webhooks[i], &one);
		if (r < 0)
			return r;
		json_array_append(array, one);
	}
	return api_page_reply(reply, array, NULL);
}

int
webhooks_show(struct task *task, const struct request *request, struct reply *reply)
{
	struct webhook webhook = {0};
	json_t *json = NULL;
	int r;

	r = found(task, request, &webhook);
	if (r == 0)
		r = view(task, &webhook, &json);
	return r < 0 ? r : reply_json(reply, 200, json);
}

static int
found(struct task *task, const struct request *request, struct webhook *ret_webhook)
{
	const struct client *client = NULL;
	int r;

	r = api_client(task, request, &client);
	return r < 0 ? r : webhooks_find(task, client->id, request, ret_webhook);
}

int
webhooks_find(struct task *task, const char *client_id, const struct request *request,
    struct webhook *ret_webhook)
{
	const struct webhook *webhook;
	int r;

	r = webhook_find(task, client_id, request_capture(request, "id"), &webhook);
	if (r < 0)
		return r;
	if (webhook == NULL)
		return fail(task, NOT_FOUND, "there is no such webhook endpoint");
	*ret_webhook = *webhook;
	return 0;
}

int
webhooks_change(struct task *task, const struct request *request, struct reply *reply)
{
	struct webhook webhook = {0};
	json_t *body = NULL, *json = NULL;
	int r;

	r = found(task, request, &webhook);
	if (r == 0)
		r = request_json(task, request, &body);
	if (r < 0)
		return r;
	json_keep(task, body);
	if (!json_is_object(body))
		return fail(task, INVALID_REQUEST, "the body is not an object");
	r = api_members_check(task, body, "url events enabled");
	if (r == 0)
		r = draft_read(task, body, &webhook);
	if (r == 0)
		r = webhook_change(task, &webhook);
	if (r == 0)
		r = view(task, &webhook, &json);
	return r < 0 ? r : reply_json(reply, 200, json);
}

int
webhooks_remove(struct task *task, const struct request *request, struct reply *reply)
{
	struct webhook webhook = {0};
	int r;

	r = found(task, request, &webhook);
	if (r == 0)
		r = webhook_remove(task, &webhook);
	return r < 0 ? r : reply_empty(reply, 204);
}

int
webhooks_rotate(struct task *task, const struct request *request, struct reply *reply)
{
	return api_post(
	    task, request, reply, &(struct api_post){.act = rotate, .finish = secret_show});
}

static int
rotate(struct task *task, const struct api_call *call, struct api_result *result)
{
	int64_t grace_s = task->rooms->settings->webhooks_secret_grace;
	struct webhook webhook = {0};
	int r;

	r = api_members_check(task, call->body, "");
	if (r == 0)
		r = webhooks_find(task, call->client->id, call->request, &webhook);
	if (r == 0)
		r = webhook_rotate(task, &webhook, clock_now_s() + grace_s);
	return r < 0 ? r : view(task, &webhook, &result->json);
}
