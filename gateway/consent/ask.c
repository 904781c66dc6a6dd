/* SPDX-License-Identifier: Apache-2.0
 *
 * What a client asks: of a body, of a request that is kept, of one that it names; and what the
 * person is asked then (see ask.h).
 */
#include "consent/ask_reading.h"

#include "core/clock.h"
#include "core/period.h"
#include "core/rfc3339.h"
#include "core/task.h"
#include "records/consent_request.h"

#include <string.h>

static const json_t *attribute_json(const struct ask *ask, const char *name);

int
ask_read(struct task *task, const struct client *client, const json_t *body, struct ask *ret_ask)
{
	struct reading reading = {
	    .task = task, .client = client, .ask.capped = json_keep(task, json_array())};
	int r;

	r = ask_members_check(&reading, body);
	if (r == 0)
		r = ask_members_read(&reading, body);
	if (r < 0)
		return r;
	*ret_ask = reading.ask;
	return 0;
}

int
ask_of_request(struct task *task, const struct client *client,
    const struct consent_request *request, struct ask *ret_ask)
{
	struct reading reading = {.task = task,
	    .client = client,
	    .ask.capped = json_keep(task, json_array()),
	    .is_stored = true};
	const struct purpose *purpose =
	    ask_purpose(task, client, json_get_text(request->asked, "purpose"));

	if (purpose == NULL || !str_equal(purpose->version, request->purpose_version) ||
	    !purpose_stands(purpose, clock_now_s()) ||
	    ask_members_read(&reading, request->asked) < 0) {
		fault_clear(task);
		return fail(task, GONE, "the client's purpose is not the one of the request");
	}
	reading.ask.request = request;
	*ret_ask = reading.ask;
	return 0;
}

int
ask_of_id(struct task *task, const struct client *client, const char *id, struct asked *ret_asked)
{
	const struct consent_request *request;
	struct ask *ask = task_new(task, struct ask);
	struct question question;
	int r;

	r = consent_request_find(task, id, &request);
	if (r < 0)
		return r;
	if (request == NULL || !str_equal(request->client_id, client->id))
		return fail(task, INVALID_REQUEST, "there is no such consent request");
	r = ask_of_request(task, client, request, ask);
	if (r < 0)
		return fault_as(task, INVALID_REQUEST);
	ask_question(client, ask, &question);
	*ret_asked = question.asked;
	return 0;
}

const struct purpose *
ask_purpose(struct task *task, const struct client *client, const char *name)
{
	const char *version = name == NULL ? NULL : strrchr(name, '/');
	const struct purpose *purpose;
	int64_t number;

	if (name == NULL)
		return NULL;
	purpose = client_purpose(client, name);
	/* A name may hold a slash itself. */
	if (purpose != NULL)
		return purpose;
	if (version == NULL || version[1] != 'v' || !str_to_i64(version + 2, 1, INT32_MAX, &number))
		return NULL;
	purpose = client_purpose(client, task_dup_n(task, name, (size_t)(version - name)));
	return purpose == NULL || purpose->number != number ? NULL : purpose;
}

const char *
ask_purpose_name(struct task *task, const struct purpose *purpose)
{
	return task_printf(task, "%s/v%d", purpose->id, purpose->number);
}

const json_t *
ask_json(struct task *task, const struct ask *ask)
{
	json_t *json = json_keep(task, json_object()), *attributes = json_array();

	for (const char *const *name = ask->names; *name != NULL; name++)
		json_array_append_new(attributes, (json_t *)(uintptr_t)attribute_json(ask, *name));
	json_set_text(json, "purpose", ask_purpose_name(task, ask->purpose));
	json_object_set_new(
	    json, "access", json_pack("{s:s}", "mode", ask->is_once ? "once" : "until"));
	json_set_text(json, "valid_until", rfc3339_text(task, ask->until_s));
	json_set_text(json, "data_life", period_text(task, ask->data_life_s));
	json_object_set_new(json, "attributes", attributes);
	json_set_text(json, "subject_hint", ask->subject_hint);
	json_set_text(json, "return_url", ask->return_url);
	json_set_text(json, "client_reference", ask->client_reference);
	json_set_text(json, "ui_locales", ask->ui_locales);
	json_object_set(json, "capped", ask->capped);
	return json;
}

static const json_t *
attribute_json(const struct ask *ask, const char *name)
{
	json_t *json =
	    json_pack("{s:s, s:b}", "name", name, "essential", names_have(ask->essential, name));

	if (json_object_get(ask->whys, name) != NULL)
		json_object_set(json, "why", json_object_get(ask->whys, name));
	if (json_object_get(ask->values, name) != NULL)
		json_object_set(
		    json, "value", json_array_get(json_object_get(ask->values, name), 0));
	return json;
}

void
ask_question(const struct client *client, const struct ask *ask, struct question *ret_question)
{
	static const char *const none[] = {NULL};
	static const struct client *const no_services[] = {NULL};

	*ret_question = (struct question){
	    .client = client,
	    .asked =
		{
		    .ask = ask,
		    .purpose = ask->purpose,
		    .all = ask->names,
		    .essential = ask->essential,
		    .id_token = none,
		    .userinfo = ask->names,
		    .resources = none,
		    .services = no_services,
		    .credentials = none,
		},
	};
	ask_terms(ask, ret_question);
}

void
ask_terms(const struct ask *ask, struct question *question)
{
	question->until_s = ask->until_s;
	question->is_once = ask->is_once;
	question->data_life_s = ask->data_life_s;
	question->whys = ask->whys;
	question->values = ask->values;
}
