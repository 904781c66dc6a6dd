/* SPDX-License-Identifier: Apache-2.0
 *
 * Asking the gateway for attributes: POST /attributes as this service's own client, the person's
 * token as a parameter.
 */
#include "host.h"

#include "http/fetch.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 64

/* POST /attributes, with one parameter more than who asks and about whose token. */
struct asking {
	struct dvara_request *request;
	const char *name, *value;
	json_t *answer; /* an object */
};

static int ask(struct task *task, void *arg);
static int answer_read(struct task *task, const struct fetched *fetched, struct asking *asking);

int
dvara_attributes(struct dvara_request *request, const char *names, const char **ret_json)
{
	struct asking asking = {.request = request, .name = "claims", .value = names};
	char *text, *json;
	int r;

	if (!*request->subject)
		return DVARA_EDENIED;
	r = host_wait(request, ask, &asking);
	if (r < 0)
		return r == DVARA_ENOTFOUND ? DVARA_EDENIED : r;
	text = json_dumps(asking.answer, JSON_COMPACT);
	json = text ? dvara_printf(request, "%s", text) : NULL;
	free(text);
	json_decref(asking.answer);
	if (!json)
		return DVARA_EINTERNAL;
	*ret_json = json;
	return DVARA_OK;
}

int
dvara_subject_of(struct dvara_request *request, const char *sub, const char **ret_subject)
{
	struct asking asking = {.request = request, .name = "sub", .value = sub};
	const char *found;
	char *subject;
	int r;

	r = host_wait(request, ask, &asking);
	if (r < 0)
		return r;
	found = json_get_text(asking.answer, "sub");
	subject = found ? dvara_printf(request, "%s", found) : NULL;
	json_decref(asking.answer);
	if (!subject)
		return DVARA_EINTERNAL;
	*ret_subject = subject;
	return DVARA_OK;
}

/* "attributes": {name: value}, of which those asked are released; "subjects": {sub: subject}. */
static int
ask_conversation(struct task *task, struct asking *asking)
{
	const bool is_sub = strcmp(asking->name, "sub") == 0;
	const json_t *answers = host_rehearsed(is_sub ? "subjects" : "attributes");
	const char **names = str_words(task, asking->value, NAMES_MAX);

	if (!answers || !names)
		return DVARA_ENOTFOUND;
	if (is_sub && !json_get_text(answers, asking->value))
		return DVARA_ENOTFOUND;
	asking->answer = json_object();
	if (is_sub)
		json_set_text(asking->answer, "sub", json_get_text(answers, asking->value));
	for (; !is_sub && *names; names++)
		if (json_object_get(answers, *names))
			json_object_set(asking->answer, *names, json_object_get(answers, *names));
	return DVARA_OK;
}

static int
ask(struct task *task, void *arg)
{
	static const struct pair headers[] = {
	    {"Content-Type", "application/x-www-form-urlencoded"}};
	struct fetch fetch = {.method = "POST", .headers = {headers, 1}};
	struct asking *asking = arg;
	const struct pair form[] = {
	    {"token", asking->request->token}, {asking->name, asking->value}};
	struct fetched fetched;
	int r;

	if (host_seat.rehearsed)
		return ask_conversation(task, asking);
	r = host_form(task, (struct pairs){form, 2}, &fetch.body);
	if (r < 0)
		return r;
	r = host_fetch(task, &fetch, "/attributes", &fetched);
	return r < 0 ? DVARA_EUPSTREAM : answer_read(task, &fetched, asking);
}

static int
answer_read(struct task *task, const struct fetched *fetched, struct asking *asking)
{
	json_t *json;

	if (fetched->status >= 500 || fetched->status == 429)
		return DVARA_EUPSTREAM;
	if (fetched->status == 404)
		return DVARA_ENOTFOUND;
	if (fetched->status != 200)
		return DVARA_EDENIED;
	if (json_parse_object(task, (const char *)fetched->body.at, fetched->body.len, &json) < 0)
		return DVARA_EUPSTREAM;
	asking->answer = json;
	return DVARA_OK;
}
