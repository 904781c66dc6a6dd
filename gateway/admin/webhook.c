/* SPDX-License-Identifier: Apache-2.0
 *
 * `dvara webhook …`: whether relying parties hear what they are told.  Endpoints are the clients'
 * own (/consent/v1/webhook-endpoints); an operator sees which fail, turns them off and on, tries
 * them and has them told again.
 */
#include "admin/admin.h"

#include "core/fiber.h"
#include "records/event.h"
#include "records/outbox.h"
#include "records/webhook_watch.h"

#define SHOWN     20
#define LOOK_MS   200
#define LOOKS_MAX 100 /* 20 s: longer than a try may take */

static int find(struct admin_call *call, const struct webhook **ret_webhook);
static int letters_show(struct admin_call *call, const char *id, json_t **ret_letters);
static int turn(struct admin_call *call, bool is_on);
static int answer_await(struct admin_call *call, const struct webhook *webhook, const char *id);
static int answer_find(
    struct task *task, const struct webhook *webhook, const char *id, const json_t **ret_letter);

int
admin_webhook_list(struct admin_call *call)
{
	return webhook_watch_list(
	    call->task, call->n_args > 0 ? call->args[0] : NULL, &call->answer);
}

int
admin_webhook_show(struct admin_call *call)
{
	json_t *letters = NULL;
	int r;

	r = letters_show(call, call->args[0], &letters);
	if (r < 0)
		return r;
	r = webhook_watch_show(call->task, call->args[0], &call->answer);
	if (r == 0)
		json_object_set(call->answer, "letters", letters);
	return r;
}

/* Without what they say. */
static int
letters_show(struct admin_call *call, const char *id, json_t **ret_letters)
{
	const struct span span = {.limit = SHOWN};
	json_t *letters = NULL, *letter;
	size_t i;
	int r;

	r = outbox_of(call->task, id, &span, &letters);
	if (r < 0)
		return r;
	*ret_letters = json_keep(call->task, letters);
	json_array_foreach(letters, i, letter) {
		const json_t *body = json_object_get(letter, "body");

		json_set_text(letter, "webhook_id", json_get_text(body, "id"));
		json_set_text(letter, "type", json_get_text(body, "type"));
		json_object_del(letter, "body");
	}
	return 0;
}

int
admin_webhook_disable(struct admin_call *call)
{
	return turn(call, false);
}

int
admin_webhook_enable(struct admin_call *call)
{
	return turn(call, true);
}

static int
turn(struct admin_call *call, bool is_on)
{
	const char *id = call->args[0];
	int r;

	r = webhook_watch_switch(
	    call->task, &(struct webhook_switch){
			    .id = id, .operator_name = call->operator_name, .is_on = is_on});
	if (r < 0)
		return r;
	return admin_done(call, json_pack("{s:s, s:s}", "id", id, "state", is_on ? "on" : "off"),
	    is_on ? "webhook %s is on; what it missed: dvara webhook replay %s AFTER"
		  : "webhook %s is off: nothing is sent until dvara webhook enable %s",
	    id, id);
}

static int
find(struct admin_call *call, const struct webhook **ret_webhook)
{
	const struct webhook *webhook = NULL;
	int r;

	r = webhook_find(call->task, NULL, call->args[0], &webhook);
	if (r < 0)
		return r;
	if (webhook == NULL)
		return fail(
		    call->task, NOT_FOUND, "there is no webhook endpoint %.64s", call->args[0]);
	*ret_webhook = webhook;
	return 0;
}

int
admin_webhook_test(struct admin_call *call)
{
	const struct webhook *webhook = NULL;
	const char *id = NULL;
	int r;

	r = find(call, &webhook);
	if (r == 0)
		r = webhook_watch_test(call->task, webhook, call->operator_name, &id);
	return r < 0 ? r : answer_await(call, webhook, id);
}

/* The gateway sends it, not this command: so what is tried is its way out. */
static int
answer_await(struct admin_call *call, const struct webhook *webhook, const char *id)
{
	const json_t *letter = NULL;
	const char *result = NULL;
	int r = 0;

	for (int looks = 0; r == 0 && result == NULL && looks < LOOKS_MAX; looks++) {
		r = fiber_sleep(call->task, LOOK_MS);
		if (r == 0)
			r = answer_find(call->task, webhook, id, &letter);
		result = json_get_text(letter, "result");
	}
	if (r < 0)
		return r;
	if (result == NULL)
		return fail(call->task, TIMED_OUT,
		    "nobody has sent it yet: does a gateway run? It waits as %s", id);
	if (!str_equal(json_get_text(letter, "state"), "delivered"))
		return fail(call->task, UPSTREAM_BROKEN, "%.60s: %s", webhook->url, result);
	return admin_done(call,
	    json_pack("{s:s, s:s, s:s}", "id", webhook->id, "webhook_id", id, "result", result),
	    "webhook %s: %s answered %s", webhook->id, webhook->url, result);
}

static int
answer_find(
    struct task *task, const struct webhook *webhook, const char *id, const json_t **ret_letter)
{
	const struct span span = {0};
	json_t *letters = NULL, *letter;
	size_t i;
	int r;

	r = outbox_of(task, webhook->id, &span, &letters);
	if (r < 0)
		return r;
	json_keep(task, letters);
	json_array_foreach(letters, i, letter)
		if (str_equal(json_get_text(json_object_get(letter, "body"), "id"), id))
			*ret_letter = letter;
	return 0;
}

int
admin_webhook_replay(struct admin_call *call)
{
	struct event_replay replay = {.operator_name = call->operator_name};
	int r;

	if (!str_to_i64(call->args[1], 0, INT64_MAX, &replay.after))
		return ADMIN_WRONG_WORD(call, "AFTER is the number of an event, or 0");
	r = find(call, &replay.webhook);
	if (r == 0 && replay.webhook->disabled_s != 0)
		r = fail(call->task, CONFLICT, "the endpoint is turned off");
	if (r == 0)
		r = event_replay(call->task, &replay);
	if (r < 0)
		return r;
	return admin_done(call,
	    json_pack("{s:s, s:I, s:I}", "id", replay.webhook->id, "queued", (json_int_t)replay.n,
		"last", (json_int_t)replay.last),
	    "%lld letters leave for webhook %s again, up to event %lld", (long long)replay.n,
	    replay.webhook->id, (long long)replay.last);
}
