/* SPDX-License-Identifier: Apache-2.0
 *
 * Asking the gateway for attributes: POST /attributes as this service's own client
 * (private_key_jwt, RFC 7523), the person's token as a parameter.
 */
#include "host.h"

#include "core/buf.h"
#include "core/clock.h"
#include "core/random.h"
#include "http/fetch.h"
#include "jose/sign.h"

#include <stdlib.h>
#include <string.h>

#define ASSERTION_S    60
#define FORM_MAX_BYTES (32u << 10)
#define NAMES_MAX      64

/* POST /attributes, with one parameter more than who asks and about whose token. */
struct asking {
	struct dvara_request *request;
	const char *name, *value;
	json_t *answer; /* an object */
};

static int ask(struct task *task, void *arg);
static int form_fill(struct task *task, const struct asking *asking, struct bytes *ret_body);
static int answer_read(struct task *task, const struct fetched *fetched, struct asking *asking);
static int assertion(struct task *task, const char **ret_assertion);

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
	const json_t *said = host_said(is_sub ? "subjects" : "attributes");
	const char **names = str_words(task, asking->value, NAMES_MAX);

	if (!said || !names)
		return DVARA_ENOTFOUND;
	if (is_sub && !json_get_text(said, asking->value))
		return DVARA_ENOTFOUND;
	asking->answer = json_object();
	if (is_sub)
		json_set_text(asking->answer, "sub", json_get_text(said, asking->value));
	for (; !is_sub && *names; names++)
		if (json_object_get(said, *names))
			json_object_set(asking->answer, *names, json_object_get(said, *names));
	return DVARA_OK;
}

static int
ask(struct task *task, void *arg)
{
	static const struct pair headers[] = {
	    {"Content-Type", "application/x-www-form-urlencoded"}};
	struct fetch fetch = {.method = "POST", .headers = {headers, 1}};
	struct asking *asking = arg;
	struct fetched fetched;
	int r;

	if (host_seat.said)
		return ask_conversation(task, asking);
	r = form_fill(task, asking, &fetch.body);
	if (r < 0)
		return r;
	r = host_fetch(task, &fetch, "/attributes", &fetched);
	return r < 0 ? DVARA_EUPSTREAM : answer_read(task, &fetched, asking);
}

static void
param(struct buf *form, const char *name, const char *value)
{
	if (form->len)
		buf_char_add(form, '&');
	buf_text_add(form, name);
	buf_char_add(form, '=');
	buf_url_add(form, value);
}

static int
form_fill(struct task *task, const struct asking *asking, struct bytes *ret_body)
{
	const char *proof;
	struct buf form;

	if (assertion(task, &proof) < 0)
		return DVARA_EINTERNAL;
	buf_open(&form, task, FORM_MAX_BYTES);
	param(&form, "client_id", host_seat.client_id);
	param(&form, "client_assertion_type",
	    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
	param(&form, "client_assertion", proof);
	param(&form, "token", asking->request->token);
	param(&form, asking->name, asking->value);
	if (!buf_text(&form))
		return DVARA_EINPUT;
	*ret_body = BYTES_OF(buf_text(&form));
	return DVARA_OK;
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

static int
assertion(struct task *task, const char **ret_assertion)
{
	struct sign_as as = {.signer = host_seat.signer, .typ = "JWT"};
	json_t *claims = json_keep(task,
	    json_pack("{s:s, s:s, s:s, s:s, s:I, s:I}", "iss", host_seat.client_id, "sub",
		host_seat.client_id, "aud", host_seat.gateway, "jti", random_id(task, 16), "iat",
		(json_int_t)clock_now_s(), "exp", (json_int_t)(clock_now_s() + ASSERTION_S)));

	return jws_sign(task, &as, claims, ret_assertion);
}
