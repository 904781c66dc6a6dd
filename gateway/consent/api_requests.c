/* SPDX-License-Identifier: Apache-2.0
 *
 * /consent/v1/consent-requests: a client asks, looks how it stands, and takes it back.  Answers say
 * states, never anything of the person.
 */
#include "consent/api.h"
#include "consent/api_handlers.h"
#include "consent/ask.h"
#include "core/rfc3339.h"
#include "core/settings.h"
#include "core/task.h"
#include "jose/digest.h"
#include "records/consent_request.h"
#include "records/person.h"
#include "records/probe.h"
#include "records/subject.h"

static api_act create;
static int person_of_hint(struct task *task, const struct client *client, const struct ask *ask,
    const char **ret_person_id);
static const char *once_of(struct task *task, const struct request *request);
static json_t *answer_of(struct task *task, const struct consent_request *asked);
static int find(struct task *task, const struct client *client, const char *id,
    const struct consent_request **ret_request);
static bool is_waiting(const struct consent_request *asked);

int
api_request_create(struct task *task, const struct request *request, struct reply *reply)
{
	return api_post(task, request, reply, &(struct api_post){.act = create});
}

static int
create(struct task *task, const struct api_call *call, struct api_result *result)
{
	struct consent_request asked = {.client_id = call->client->id};
	struct ask ask;
	int r;

	r = ask_read(task, call->client, call->body, &ask);
	if (r == 0)
		r = person_of_hint(task, call->client, &ask, &asked.person_id);
	if (r < 0)
		return r;
	asked.once = once_of(task, call->request);
	asked.purpose_id = ask.purpose->id;
	asked.purpose_version = ask.purpose->version;
	asked.asked = ask_json(task, &ask);
	r = consent_request_create(task, &asked);
	if (r < 0)
		return r;
	result->status = 201;
	result->json = answer_of(task, &asked);
	result->location = task_printf(task, "%s/consent/v1/consent-requests/%s",
	    task->rooms->settings->gateway_issuer, asked.id);
	return 0;
}

/* Of its own people alone: somebody else's is like nobody's (case S08). */
static int
person_of_hint(struct task *task, const struct client *client, const struct ask *ask,
    const char **ret_person_id)
{
	struct probe probe = {.sector = client->sector, .names = ask->names, .values = ask->values};
	const char *person_id = NULL;
	int r;

	if (ask->subject_hint == NULL)
		return 0;
	r = person_by_subject(task, ask->subject_hint, &person_id);
	if (r < 0)
		return r;
	if (person_id == NULL || !str_equal(subject_of(task, client, person_id), ask->subject_hint))
		return fail_at(task, "/subject_hint", NOT_FOUND, "there is nothing of this id");
	probe.person_id = person_id;
	r = probe_check(task, &probe);
	if (r == FORBIDDEN)
		return fault_as(task, LIMIT_EXCEEDED);
	if (r == 0)
		*ret_person_id = person_id;
	return r;
}

static const char *
once_of(struct task *task, const struct request *request)
{
	const char *body = task_dup_n(task, (const char *)request->body.at, request->body.len);

	return digest_b64u(
	    task, task_printf(task, "%s\n%s", request_header(request, "Idempotency-Key"), body));
}

static json_t *
answer_of(struct task *task, const struct consent_request *asked)
{
	const char *issuer = task->rooms->settings->gateway_issuer;
	const char *url = task_printf(task, "%s/consent/requests/%s", issuer, asked->id);
	json_t *json = json_keep(task, json_deep_copy((json_t *)(uintptr_t)asked->asked));

	json_set_text(json, "id", asked->id);
	json_set_text(json, "status", asked->status);
	json_set_text(json, "created_at", rfc3339_text(task, asked->created_s));
	json_set_text(json, "expires_at", rfc3339_text(task, asked->expires_s));
	json_set_text(json, "authorise_url", url);
	json_set_text(json, "qr_payload", url);
	json_set_text(json, "request_uri", task_printf(task, CONSENT_REQUEST_URI "%s", asked->id));
	json_set_text(json, "consent_id", asked->consent_id);
	if (asked->decided_s > 0)
		json_set_text(json, "decided_at", rfc3339_text(task, asked->decided_s));
	return json;
}

int
api_request_show(struct task *task, const struct request *request, struct reply *reply)
{
	const struct consent_request *asked;
	const struct client *client;
	struct api_wait wait;
	int r;

	r = api_client(task, request, &client);
	if (r < 0)
		return r;
	api_wait_open(&wait, reply, client);
	do
		r = find(task, client, request_capture(request, "id"), &asked);
	while (r == 0 && is_waiting(asked) && api_wait(&wait));
	api_wait_close(&wait);
	if (r < 0)
		return r;
	return reply_json(reply, 200, answer_of(task, asked));
}

static int
find(struct task *task, const struct client *client, const char *id,
    const struct consent_request **ret_request)
{
	const struct consent_request *asked;
	int r;

	r = consent_request_find(task, id, &asked);
	if (r < 0)
		return r;
	if (asked == NULL || !str_equal(asked->client_id, client->id))
		return fail(task, NOT_FOUND, "there is nothing of this id");
	*ret_request = asked;
	return 0;
}

static bool
is_waiting(const struct consent_request *asked)
{
	return str_equal(asked->status, CONSENT_REQUEST_AWAITING);
}

int
api_request_cancel(struct task *task, const struct request *request, struct reply *reply)
{
	const struct consent_request *asked;
	const struct client *client;
	int r;

	r = api_client(task, request, &client);
	if (r == 0)
		r = find(task, client, request_capture(request, "id"), &asked);
	if (r == 0)
		r = consent_request_cancel(task, asked);
	return r < 0 ? r : reply_empty(reply, 204);
}
