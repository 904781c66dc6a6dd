/* SPDX-License-Identifier: Apache-2.0
 *
 * One request to a register: a JWT (RFC 7519; typ register-request+jwt) as the body of a POST, so
 * that no key of a person stands in an address, and the register can show later what it was asked.
 *
 *	iss the gateway, aud the address that is called, iat, exp, jti
 *	key whom it is about
 *	fields [what is wanted], matches {field: what it may be}
 *
 * The circuit opens for who does not answer; an answer that is refused is an answer (http/fetch.h):
 * whoever has us ask about one broken record must not close the register to others.
 */
#include "core/clock.h"
#include "core/json.h"
#include "core/metrics.h"
#include "core/random.h"
#include "core/settings.h"
#include "core/task.h"
#include "jose/sign.h"
#include "sources/http_source_inner.h"

#include <string.h>

#define REQUEST_TYP      "register-request+jwt"
#define REQUEST_LIFE_S   60
#define MAX_FAILURES     5
#define OPEN_MS          5000
#define ANSWER_MAX_BYTES JSON_MAX_BYTES

static int ask(struct task *task, struct http_question *question, struct task *holder);
static bool is_left_alone(struct http_source *source);
static int call(struct task *task, struct http_source *source, const char *request,
    struct fetched *ret_fetched);
static int request_sign(struct task *task, const struct http_question *question,
    const char *request_id, const char **ret_request);
static json_t *fields_of(const struct http_question *question);
static void count(const struct http_source *source, bool is_away);

void
http_source_ask(struct task *task, struct http_question *question, struct task *holder)
{
	int r = ask(task, question, holder);

	question->is_away = r < 0;
	if (r < 0)
		question->why =
		    task_printf(holder, "%s: %s", question->source->name, task->fault.text);
	count(question->source, question->is_away);
}

static int
ask(struct task *task, struct http_question *question, struct task *holder)
{
	const char *id = random_id(task, RANDOM_ID), *request;
	struct http_source *source = question->source;
	struct fetched fetched = {0};
	int r;

	if (is_left_alone(source))
		return fail(task, UPSTREAM_BROKEN, "it is left alone for a moment");
	r = request_sign(task, question, id, &request);
	if (r < 0)
		return r;
	r = call(task, source, request, &fetched);
	if (r < 0)
		return r;
	if (fetched.status != 200 || !str_equal(fetched.content_type, "application/json"))
		return fail(task, UPSTREAM_BROKEN, "its answer is no JSON of status 200 but %d",
		    fetched.status);
	return http_source_answer(task, id, fetched.body, question, holder);
}

static bool
is_left_alone(struct http_source *source)
{
	int64_t now_ms = clock_mono_ms();

	if (source->n_failures >= MAX_FAILURES && now_ms < source->try_at_ms)
		return true;
	/* Whoever tries keeps the others from trying. */
	source->try_at_ms = now_ms + OPEN_MS;
	return false;
}

static int
call(
    struct task *task, struct http_source *source, const char *request, struct fetched *ret_fetched)
{
	struct pair headers[] = {{"Content-Type", "application/jwt"},
	    {"Accept", "application/json"}, {"X-Request-Id", task->request_id}};
	struct fetch fetch = {
	    .method = "POST",
	    .url = source->url,
	    .headers = {headers, sizeof(headers) / sizeof(headers[0])},
	    .body = BYTES_OF(request),
	    .tls = &source->tls,
	    .timeout_ms = source->timeout_ms,
	    .max_answer_bytes = ANSWER_MAX_BYTES,
	};
	int r = http_fetch(task, &fetch, ret_fetched);

	if (r == BUSY || r == STOPPING)
		return r;
	if (r == 0 && ret_fetched->status < 500) {
		source->n_failures = 0;
		return 0;
	}
	source->n_failures++;
	source->try_at_ms = clock_mono_ms() + OPEN_MS;
	return r;
}

static int
request_sign(struct task *task, const struct http_question *question, const char *request_id,
    const char **ret_request)
{
	const struct http_source *source = question->source;
	struct sign_as as = {.signer = source->signer, .typ = REQUEST_TYP};
	int64_t now_s = clock_now_s();
	json_t *claims;

	if (as.signer == NULL && task->rooms->keys != NULL)
		as.signer = keys_signer(task->rooms->keys, ALG_ES256);
	if (as.signer == NULL)
		return fail(task, MISCONFIGURED, "there is no key to sign what it is asked with");
	claims = json_keep(
	    task, json_pack("{s:s, s:s, s:I, s:I, s:s, s:s, s:o}", "iss",
		      task->rooms->settings->gateway_issuer, "aud", source->url, "iat",
		      (json_int_t)now_s, "exp", (json_int_t)(now_s + REQUEST_LIFE_S), "jti",
		      request_id, "key", question->key, "fields", fields_of(question)));
	if (question->candidates != NULL)
		json_object_set(claims, "matches", (json_t *)(uintptr_t)question->candidates);
	return jws_sign(task, &as, claims, ret_request);
}

static void
field_add(json_t *fields, const char *field)
{
	if (field != NULL && !json_has_text(fields, field))
		json_array_append_new(fields, json_string(field));
}

static json_t *
fields_of(const struct http_question *question)
{
	const struct http_source *source = question->source;
	json_t *fields = json_array();

	for (size_t i = 0; i < source->n_claims; i++)
		if (question->claims[i])
			field_add(fields, source->claims[i].field);
	field_add(fields, source->life_field);
	return fields;
}

static void
count(const struct http_source *source, bool is_away)
{
	char labels[96];

	snprintf(labels, sizeof(labels), "source=\"%s\",outcome=\"%s\"", source->name,
	    is_away ? "away" : "answered");
	metric_add(metric_counter("dvara_source_asked_total",
		       "questions to registers elsewhere about a person", labels),
	    1);
}
