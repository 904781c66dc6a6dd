/* SPDX-License-Identifier: Apache-2.0
 *
 * What endpoints are sent: a test, what was sent before, all that was missed; and the same news to
 * be read (see webhooks.h).
 */
#include "consent/webhooks.h"

#include "consent/api.h"
#include "consent/webhooks_inside.h"
#include "core/rfc3339.h"
#include "core/task.h"
#include "records/event.h"
#include "records/outbox.h"
#include "records/rate.h"
#include "records/webhook_watch.h"

#define EVENTS_PRESET   20
#define EVENTS_MAX      100
#define MINUTE_S        60
#define HOUR_S          3600
#define TESTS_A_MINUTE  30 /* of one client */
#define REPLAYS_AN_HOUR 20

static api_act test, replay;
static int test_claim(struct task *task, const struct client *client);
static int replay_claim(struct task *task, const struct client *client);
static json_t *delivery_view(struct task *task, const json_t *letter);
static const char *time_of(struct task *task, const json_t *letter, const char *name);
static int page_read(struct task *task, const struct request *request, struct event_page *ret_page);

int
webhooks_test(struct task *task, const struct request *request, struct reply *reply)
{
	return api_post(task, request, reply, &(struct api_post){.act = test});
}

static int
test(struct task *task, const struct api_call *call, struct api_result *result)
{
	struct webhook webhook = {0};
	const char *id = NULL;
	int r;

	r = api_members_check(task, call->body, "");
	if (r == 0)
		r = webhooks_find(task, call->client->id, call->request, &webhook);
	if (r == 0 && webhook.disabled_s != 0)
		r = fail(task, CONFLICT, "the endpoint is turned off");
	if (r == 0)
		r = test_claim(task, call->client);
	if (r == 0)
		r = webhook_watch_test(task, &webhook, NULL, &id);
	if (r < 0)
		return r;
	event_haste(task);
	result->status = 202;
	result->json = json_keep(task, json_pack("{s:s}", "id", id));
	return 0;
}

static int
test_claim(struct task *task, const struct client *client)
{
	return rate_claim(task, &(struct rate){.kind = "webhooks",
				    .who = client->id,
				    .max = TESTS_A_MINUTE,
				    .window_s = MINUTE_S});
}

int
webhooks_deliveries(struct task *task, const struct request *request, struct reply *reply)
{
	json_auto_t *array = json_array();
	json_auto_t *letters = NULL;
	const struct client *client = NULL;
	struct webhook webhook = {0};
	struct api_page page = {0};
	const char *last = NULL;
	int r;

	r = api_client(task, request, &client);
	if (r == 0)
		r = webhooks_find(task, client->id, request, &webhook);
	if (r == 0)
		r = api_page_of(task, request, &page);
	if (r == 0)
		r = outbox_of(task, webhook.id,
		    &(struct span){.before = page.after, .limit = page.limit}, &letters);
	if (r < 0)
		return r;
	for (size_t i = 0; i < json_array_size(letters); i++) {
		const json_t *letter = json_array_get(letters, i);

		json_array_append_new(array, delivery_view(task, letter));
		last = json_get_text(letter, "id");
	}
	return api_page_reply(
	    reply, array, json_array_size(letters) == (size_t)page.limit ? last : NULL);
}

static json_t *
delivery_view(struct task *task, const json_t *letter)
{
	const json_t *body = json_object_get(letter, "body");
	int64_t n_tries = 0;

	json_get_i64(letter, "n_tries", &n_tries);
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:s, s:s*, s:s*, s:s*}", "id",
	    json_get_text(letter, "id"), "webhook_id", json_get_text(body, "id"), "type",
	    json_get_text(body, "type"), "status", json_get_text(letter, "state"), "attempts",
	    (json_int_t)n_tries, "created_at", time_of(task, letter, "since"), "next_attempt_at",
	    time_of(task, letter, "next"), "finished_at", time_of(task, letter, "done"), "result",
	    json_get_text(letter, "result"));
}

static const char *
time_of(struct task *task, const json_t *letter, const char *name)
{
	int64_t at_s;

	return json_get_i64(letter, name, &at_s) ? rfc3339_text(task, at_s) : NULL;
}

int
webhooks_replay(struct task *task, const struct request *request, struct reply *reply)
{
	return api_post(task, request, reply, &(struct api_post){.act = replay});
}

static int
replay(struct task *task, const struct api_call *call, struct api_result *result)
{
	struct event_replay replay = {0};
	struct webhook webhook = {0};
	int r;

	r = api_members_check(task, call->body, "after");
	if (r == 0 && (!json_get_i64(call->body, "after", &replay.after) || replay.after < 0))
		r = fail(task, INVALID_REQUEST, "after is not the number of an event, or 0");
	if (r == 0)
		r = webhooks_find(task, call->client->id, call->request, &webhook);
	if (r == 0 && webhook.disabled_s != 0)
		r = fail(task, CONFLICT, "the endpoint is turned off");
	if (r == 0)
		r = replay_claim(task, call->client);
	replay.webhook = &webhook;
	if (r == 0)
		r = event_replay(task, &replay);
	if (r < 0)
		return r;
	event_haste(task);
	result->status = 202;
	result->json = json_keep(task, json_pack("{s:I, s:I}", "queued", (json_int_t)replay.n,
					   "last", (json_int_t)replay.last));
	return 0;
}

/* Each may be hundreds of letters: who missed more than these reads /events. */
static int
replay_claim(struct task *task, const struct client *client)
{
	return rate_claim(task, &(struct rate){.kind = "webhooks-replay",
				    .who = client->id,
				    .max = REPLAYS_AN_HOUR,
				    .window_s = HOUR_S});
}

int
webhooks_events(struct task *task, const struct request *request, struct reply *reply)
{
	json_t *events = json_keep(task, json_array());
	const struct client *client = NULL;
	struct event_page page = {0};
	struct api_wait wait;
	int64_t last;
	int r;

	r = api_client(task, request, &client);
	if (r == 0)
		r = page_read(task, request, &page);
	if (r < 0)
		return r;
	api_wait_open(&wait, reply, client);
	do {
		r = event_list(task, client->id, &page, &events);
		if (r == 0)
			json_keep(task, events);
	} while (r == 0 && json_array_size(events) == 0 && api_wait(&wait));
	api_wait_close(&wait);
	if (r < 0)
		return r;
	last = page.after;
	if (json_array_size(events) > 0)
		json_get_i64(
		    json_array_get(events, json_array_size(events) - 1), "sequence", &last);
	return reply_json(reply, 200,
	    json_keep(task, json_pack("{s:O, s:I, s:b}", "data", events, "last", (json_int_t)last,
				"more", json_array_size(events) == (size_t)page.limit)));
}

/* Its cursor is plain: the number of the last event that the client has. */
static int
page_read(struct task *task, const struct request *request, struct event_page *ret_page)
{
	const char *after = request_query(request, "after"),
		   *limit = request_query(request, "limit");
	int64_t n = EVENTS_PRESET;
	struct event_page page = {0};

	if (after != NULL && !str_to_i64(after, 0, INT64_MAX, &page.after))
		return fail(task, INVALID_REQUEST, "after is not the number of an event, or 0");
	if (limit != NULL && !str_to_i64(limit, 1, EVENTS_MAX, &n))
		return fail(
		    task, INVALID_REQUEST, "limit is not a number from 1 to %d", EVENTS_MAX);
	page.limit = (int)n;
	*ret_page = page;
	return 0;
}
