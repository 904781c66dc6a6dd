/* SPDX-License-Identifier: Apache-2.0
 *
 * Presentations of a wallet (see presentation.h; the steps are in presentation_script.h).
 */
#include "records/presentation.h"

#include "core/clock.h"
#include "core/random.h"
#include "core/settings.h"
#include "core/task.h"
#include "jose/digest.h"
#include "records/fields.h"
#include "records/handle.h"
#include "records/presentation_script.h"
#include "store/redis.h"

#include <string.h>

#define SECONDS           1000
#define KID_BYTES         16
#define SECRET_MAX_LENGTH 128

static const struct field fields[] = {
    {"x", FIELD_TEXT, offsetof(struct presentation, transaction_id)},
    {"b", FIELD_TEXT, offsetof(struct presentation, browser)},
    {"n", FIELD_TEXT, offsetof(struct presentation, nonce)},
    {"s", FIELD_TEXT, offsetof(struct presentation, state)},
    {"i", FIELD_TEXT, offsetof(struct presentation, kid)},
    {"k", FIELD_TEXT, offsetof(struct presentation, key)},
    {"m", FIELD_TEXT, offsetof(struct presentation, message)},
    {"c", FIELD_NUMBER, offsetof(struct presentation, created_s)},
    {0},
};

static int presentation_put(
    struct task *task, const struct presentation *presentation, const char *text);
static int by_handle(
    struct task *task, const char *handle, bool is_fetch, struct presentation **ret_presentation);
static int found(
    struct task *task, const struct redis_answer *answer, struct presentation **ret_presentation);
static int result_read(struct task *task, const char *text, const json_t **ret_result);
static int step(struct task *task, struct redis_script *script, const struct redis_call *call);
static char *key_of(struct task *task, const char *transaction_id);
static int is_at_hand(
    struct task *task, const struct presentation *presentation, const char *browser);

int
presentation_create(struct task *task, struct presentation *presentation)
{
	const char *text;
	int r;

	presentation->nonce = random_id(task, RANDOM_ID);
	presentation->state = random_id(task, RANDOM_ID);
	presentation->kid = random_id(task, KID_BYTES);
	presentation->same_device = random_id(task, RANDOM_ID);
	presentation->cross_device = NULL;
	if (presentation->may_cross)
		presentation->cross_device = random_id(task, RANDOM_ID);
	presentation->created_s = clock_now_s();
	presentation->stage = PRESENTATION_WAITING;
	presentation->way = 0;
	r = fields_text(task, fields, presentation, &text);
	if (r < 0)
		return r;
	return presentation_put(task, presentation, text);
}

static int
presentation_put(struct task *task, const struct presentation *presentation, const char *text)
{
	static struct redis_script script = {.source = PRESENTATION_CREATE};
	const int64_t ttl_s = task->rooms->settings->wallet_transaction;
	const int64_t until_s = presentation->created_s + task->rooms->settings->wallet_handle;
	const char *same = handle_key(task, "vh", presentation->same_device), *cross = NULL;
	struct redis_answer answer;

	if (presentation->cross_device != NULL)
		cross = handle_key(task, "vh", presentation->cross_device);
	const struct redis_call call = {
	    .keys = (const char *const[]){key_of(task, presentation->transaction_id), same, cross,
		NULL},
	    .args = (const char *const[]){task_number(task, ttl_s * SECONDS),
		digest_b64u(task, presentation->transaction_id), text, presentation->kid,
		presentation->browser, task_number(task, presentation->created_s),
		task_number(task, until_s), strchr(same, ':') + 1,
		cross == NULL ? NULL : strchr(cross, ':') + 1, NULL},
	};
	return redis_run(task, &script, &call, &answer);
}

static char *
key_of(struct task *task, const char *transaction_id)
{
	return handle_key(task, "v", transaction_id);
}

int
presentation_renew(struct task *task, const char *transaction_id, enum presentation_way way,
    const char **ret_handle)
{
	static struct redis_script script = {.source = PRESENTATION_RENEW};
	const char *handle = random_id(task, RANDOM_ID), *key = handle_key(task, "vh", handle);
	const int64_t now_s = clock_now_s(), until_s = now_s + task->rooms->settings->wallet_handle;
	const int64_t grace_s =
	    way == PRESENTATION_CROSS_DEVICE ? PRESENTATION_GRACE_S : until_s - now_s;
	const struct redis_call call = {
	    .keys = (const char *const[]){key_of(task, transaction_id), key, "vh:", NULL},
	    .args = (const char *const[]){task_number(task, way), digest_b64u(task, transaction_id),
		task_number(task, until_s), task_number(task, now_s + grace_s),
		strchr(key, ':') + 1, NULL},
	};
	int r;

	r = step(task, &script, &call);
	if (r < 0)
		return r;
	*ret_handle = handle;
	return 0;
}

/* A script that answers 1 where it took its step. */
static int
step(struct task *task, struct redis_script *script, const struct redis_call *call)
{
	struct redis_answer answer;
	int r;

	r = redis_run(task, script, call, &answer);
	if (r < 0)
		return r;
	if (answer.integer != 1)
		return fail(task, CONFLICT, "the presentation does not stand at that step");
	return 0;
}

int
presentation_fetch(struct task *task, const char *handle, struct presentation **ret_presentation)
{
	return by_handle(task, handle, true, ret_presentation);
}

int
presentation_find(struct task *task, const char *handle, struct presentation **ret_presentation)
{
	return by_handle(task, handle, false, ret_presentation);
}

static int
by_handle(
    struct task *task, const char *handle, bool is_fetch, struct presentation **ret_presentation)
{
	static struct redis_script script = {.source = PRESENTATION_BY_HANDLE};
	const struct settings *settings = task->rooms->settings;
	struct redis_answer answer;
	const char *key;
	int r;

	if (str_is_empty(handle) || strlen(handle) > SECRET_MAX_LENGTH) {
		*ret_presentation = NULL;
		return 0;
	}
	key = handle_key(task, "vh", handle);
	const struct redis_call call = {
	    .keys = (const char *const[]){key, "v:", NULL},
	    .args = (const char *const[]){strchr(key, ':') + 1, task_number(task, clock_now_s()),
		task_number(task, settings->wallet_transaction),
		is_fetch ? task_number(task, PRESENTATION_FETCH_AGAIN_S) : NULL, NULL},
	};
	r = redis_run(task, &script, &call, &answer);
	if (r < 0)
		return r;
	return found(task, &answer, ret_presentation);
}

/* What the scripts answer: nothing, or d g w n r y, the last of which may be left off. */
static int
found(struct task *task, const struct redis_answer *answer, struct presentation **ret_presentation)
{
	struct presentation *presentation;
	int r;

	if (answer->is != REDIS_LIST) {
		*ret_presentation = NULL;
		return 0;
	}
	presentation = task_new(task, struct presentation);
	r = fields_read(task, fields, answer->list[0], presentation);
	if (r < 0)
		return r;
	presentation->stage = (enum presentation_stage)(answer->list[1][0] - '0');
	presentation->way = (enum presentation_way)(answer->list[2][0] - '0');
	presentation->number = answer->n > 3 ? answer->list[3] : NULL;
	if (answer->n > 4 && answer->list[4] != NULL) {
		r = result_read(task, answer->list[4], &presentation->result);
		if (r < 0)
			return r;
	}
	presentation->failure = answer->n > 5 ? answer->list[5] : NULL;
	*ret_presentation = presentation;
	return 0;
}

static int
result_read(struct task *task, const char *text, const json_t **ret_result)
{
	json_t *result;

	if (json_parse_object(task, text, strlen(text), &result) < 0) {
		fault_clear(task);
		return fail(task, BROKEN, "a stored result cannot be read");
	}
	*ret_result = json_keep(task, result);
	return 0;
}

int
presentation_claim(struct task *task, struct presentation *presentation)
{
	static struct redis_script script = {.source = PRESENTATION_CLAIM};
	const struct redis_call call = {
	    .keys = (const char *const[]){key_of(task, presentation->transaction_id), NULL},
	    .args = (const char *const[]){presentation->kid, NULL},
	};
	int r;

	r = step(task, &script, &call);
	if (r < 0)
		return r;
	presentation->stage = PRESENTATION_CLAIMED;
	return 0;
}

int
presentation_answer(struct task *task, struct presentation *presentation, const json_t *result,
    const char **ret_response_code)
{
	static struct redis_script script = {.source = PRESENTATION_ANSWER};
	const char *code = random_id(task, RANDOM_ID);
	const char *value =
	    task_printf(task, "%s|%s|%lld", digest_b64u(task, presentation->transaction_id),
		presentation->kid, (long long)clock_now_s());
	const struct redis_call call = {
	    .keys = (const char *const[]){key_of(task, presentation->transaction_id),
		handle_key(task, "vr", code), NULL},
	    .args = (const char *const[]){presentation->kid, json_text(task, result), value,
		task_number(task, PRESENTATION_RESPONSE_CODE_S * SECONDS),
		task_printf(task, "%02u", random_below(100)), NULL},
	};
	int r;

	r = step(task, &script, &call);
	if (r < 0)
		return r;
	presentation->stage = PRESENTATION_ANSWERED;
	*ret_response_code = code;
	return 0;
}

int
presentation_fail(struct task *task, struct presentation *presentation, const char *why)
{
	static struct redis_script script = {.source = PRESENTATION_FAIL};
	const struct redis_call call = {
	    .keys = (const char *const[]){key_of(task, presentation->transaction_id), NULL},
	    .args = (const char *const[]){presentation->kid, why, NULL},
	};
	int r;

	r = step(task, &script, &call);
	if (r < 0)
		return r;
	presentation->stage = PRESENTATION_FAILED;
	presentation->failure = why;
	return 0;
}

int
presentation_return(struct task *task, const char *response_code, const char *browser,
    struct presentation **ret_presentation)
{
	static struct redis_script script = {.source = PRESENTATION_RETURN};
	struct redis_answer answer;
	int r;

	if (str_is_empty(response_code) || strlen(response_code) > SECRET_MAX_LENGTH) {
		*ret_presentation = NULL;
		return 0;
	}
	const struct redis_call call = {
	    .keys = (const char *const[]){handle_key(task, "vr", response_code), "v:", NULL},
	    .args = (const char *const[]){browser == NULL ? "" : browser,
		task_number(task, clock_now_s()), task_number(task, PRESENTATION_RESPONSE_CODE_S),
		NULL},
	};
	r = redis_run(task, &script, &call, &answer);
	if (r < 0)
		return r;
	if (answer.is == REDIS_INTEGER && answer.integer == 1)
		return fail(task, FORBIDDEN, "the wallet came back in another browser");
	return found(task, &answer, ret_presentation);
}

int
presentation_confirm(struct task *task, const struct presentation_guess *guess,
    struct presentation **ret_presentation, int *ret_n_left)
{
	static struct redis_script script = {.source = PRESENTATION_CONFIRM};
	const struct redis_call call = {
	    .keys = (const char *const[]){key_of(task, guess->transaction_id), NULL},
	    .args = (const char *const[]){guess->browser == NULL ? "" : guess->browser,
		guess->number == NULL ? "" : guess->number, task_number(task, PRESENTATION_TRIES),
		task_number(task, clock_now_s()),
		task_number(task, task->rooms->settings->wallet_transaction), NULL},
	};
	struct redis_answer answer;
	int r;

	r = redis_run(task, &script, &call, &answer);
	if (r < 0)
		return r;
	if (answer.is == REDIS_INTEGER && answer.integer == -1)
		return fail(task, NOT_FOUND, "there is no such presentation");
	if (answer.is == REDIS_INTEGER && answer.integer == -2)
		return fail(task, FORBIDDEN, "the presentation is of another browser");
	if (answer.is == REDIS_INTEGER && answer.integer == -3)
		return fail(task, CONFLICT, "no number is asked for now");
	r = found(task, &answer, ret_presentation);
	if (r < 0)
		return r;
	*ret_n_left = answer.is == REDIS_INTEGER ? (int)answer.integer : 0;
	return 0;
}

int
presentation_look(struct task *task, const char *transaction_id, const char *browser,
    struct presentation **ret_presentation)
{
	static struct redis_script script = {.source = PRESENTATION_LOOK};
	struct presentation *presentation = NULL;
	struct redis_answer answer;
	int r;

	if (str_is_empty(transaction_id) || strlen(transaction_id) > SECRET_MAX_LENGTH)
		return fail(task, NOT_FOUND, "there is no such presentation");
	const struct redis_call call = {
	    .keys = (const char *const[]){key_of(task, transaction_id), NULL},
	    .args = (const char *const[]){NULL},
	};
	r = redis_run(task, &script, &call, &answer);
	if (r < 0)
		return r;
	r = found(task, &answer, &presentation);
	if (r < 0)
		return r;
	r = is_at_hand(task, presentation, browser);
	if (r < 0)
		return r;
	*ret_presentation = presentation;
	return 0;
}

static int
is_at_hand(struct task *task, const struct presentation *presentation, const char *browser)
{
	const int64_t life_s = task->rooms->settings->wallet_transaction;

	if (presentation == NULL || clock_now_s() - presentation->created_s > life_s)
		return fail(task, NOT_FOUND, "there is no such presentation");
	if (!str_equal(presentation->browser, browser))
		return fail(task, FORBIDDEN, "the presentation is of another browser");
	return 0;
}

int
presentation_cancel(struct task *task, const char *transaction_id)
{
	return redis_drop(task, key_of(task, transaction_id));
}
