/* SPDX-License-Identifier: Apache-2.0
 *
 * POSTs of the consent API, each done once (see api.h).
 */
#include "consent/api.h"

#include "core/task.h"
#include "jose/digest.h"
#include "records/idempotency.h"

#include <string.h>

#define KEY_MAX_LETTERS 255

static int call_read(struct task *task, const struct request *request, struct api_call *ret_call);
static int once_of(struct task *task, const struct api_call *call, struct idempotency *ret_once);
static int act_once(
    struct task *task, const struct api_call *call, api_act *act, struct api_result *result);
static json_t *result_json(const struct api_result *result);
static void result_read(struct task *task, const json_t *kept, struct api_result *result);
static int answer(struct reply *reply, const struct api_result *result);

int
api_post(struct task *task, const struct request *request, struct reply *reply,
    const struct api_post *post)
{
	struct api_result result = {.status = 200};
	struct api_call call;
	int r;

	r = call_read(task, request, &call);
	if (r < 0)
		return r;
	r = act_once(task, &call, post->act, &result);
	if (r == 0 && post->finish != NULL)
		r = post->finish(task, &call, &result);
	return r < 0 ? r : answer(reply, &result);
}

static int
call_read(struct task *task, const struct request *request, struct api_call *ret_call)
{
	struct api_call call = {.request = request};
	json_t *body;
	int r;

	r = api_client(task, request, &call.client);
	if (r < 0)
		return r;
	if (request->body.len == 0)
		body = json_object();
	else if ((r = request_json(task, request, &body)) < 0)
		return r;
	call.body = json_keep(task, body);
	if (!json_is_object(body))
		return fail(task, INVALID_REQUEST, "the body is not an object");
	*ret_call = call;
	return 0;
}

static int
act_once(struct task *task, const struct api_call *call, api_act *act, struct api_result *result)
{
	struct idempotency once;
	const json_t *kept;
	int r;

	r = once_of(task, call, &once);
	if (r == 0)
		r = idempotency_begin(task, &once, &kept);
	if (r < 0)
		return r;
	if (kept != NULL) {
		result_read(task, kept, result);
		return 0;
	}
	r = act(task, call, result);
	if (r < 0) {
		idempotency_forget(task, &once);
		return r;
	}
	json_auto_t *json = result_json(result);
	idempotency_end(task, &once, json);
	return 0;
}

static int
once_of(struct task *task, const struct api_call *call, struct idempotency *ret_once)
{
	const struct request *request = call->request;
	const char *key = request_header(request, "Idempotency-Key");
	const char *body;

	if (str_is_empty(key))
		return fail(task, IDEMPOTENCY_MISSING, "the header Idempotency-Key is missing");
	if (strlen(key) > KEY_MAX_LETTERS || !str_is_printable_ascii(key))
		return fail(task, INVALID_REQUEST, "Idempotency-Key is not 1 to %d visible letters",
		    KEY_MAX_LETTERS);
	body = task_dup_n(task, (const char *)request->body.at, request->body.len);
	*ret_once = (struct idempotency){
	    .client_id = call->client->id,
	    .key = key,
	    .print = digest_b64u(
		task, task_printf(task, "%s %s\n%s", request->method, request->path, body)),
	};
	return 0;
}

static json_t *
result_json(const struct api_result *result)
{
	json_t *kept = json_pack("{s:i}", "status", result->status);

	if (result->json != NULL)
		json_object_set(kept, "json", result->json);
	json_set_text(kept, "location", result->location);
	json_set_text(kept, "type", result->type);
	return kept;
}

static void
result_read(struct task *task, const json_t *kept, struct api_result *result)
{
	int64_t status = 200;

	json_get_i64(kept, "status", &status);
	*result = (struct api_result){
	    .status = (int)status,
	    .json = json_object_get(kept, "json"),
	    .location = json_get_text(kept, "location"),
	    .type = json_get_text(kept, "type"),
	};
	if (result->json != NULL)
		result->json = json_keep(task, json_deep_copy(result->json));
}

static int
answer(struct reply *reply, const struct api_result *result)
{
	if (result->location != NULL)
		reply_header(reply, "Location", result->location);
	if (result->json == NULL)
		return reply_empty(reply, result->status);
	if (result->type != NULL)
		return reply_text(
		    reply, result->status, result->type, json_string_value(result->json));
	return reply_json(reply, result->status, result->json);
}

int
api_members_check(struct task *task, const json_t *object, const char *names)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)object, name, value)
		if (!str_has_word(names, name))
			return fail(task, INVALID_REQUEST, "%s is no member of this", name);
	return 0;
}
