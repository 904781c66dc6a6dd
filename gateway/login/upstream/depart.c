/* SPDX-License-Identifier: Apache-2.0
 *
 * /login/upstream/{name}: the person is sent to the upstream (OpenID Connect Core section 3.1.2.1,
 * RFC 7636, RFC 9126), after a page of ours where it wants to be told something first.
 */
#include "login/upstream/upstream.h"

#include "access/browser.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/task.h"
#include "jose/digest.h"
#include "login/upstream/provider.h"
#include "pages/page.h"
#include "records/client.h"

#include <string.h>

#define PAIRS_MAX     32
#define URL_MAX_BYTES (16u << 10)
#define PHONE_MIN     6
#define PHONE_MAX     15
#define EMAIL_MAX     254
#define TEXT_MAX      64

/* One person on the way out. */
struct going {
	const struct request *request;
	struct reply *reply;
	const struct upstream *upstream;
	struct transaction *transaction;
	struct metadata metadata;
	struct departure departure;
	struct pair pairs[PAIRS_MAX];
	size_t n_pairs;
};

static int send(struct task *task, struct going *going);
static int ask(struct task *task, const struct going *going, const char *wrong);
static json_t *field_view(struct task *task, const json_t *asked, const char *value, bool is_wrong);
static int answers_take(struct task *task, struct going *going, const char **ret_wrong);
static const char *answer_clean(struct task *task, const char *kind, const char *value);
static int depart(struct task *task, struct going *going);
static void pair(struct going *going, const char *name, const char *value);
static void wishes_add(struct task *task, struct going *going);
static int push(struct task *task, struct going *going);
static const char *location(struct task *task, const struct going *going);
static int away(struct task *task, const struct going *going, int code);
static const char *origin_of(struct task *task, const char *url);

int
upstream_depart(struct task *task, const struct request *request, struct reply *reply)
{
	struct going going = {.request = request,
	    .reply = reply,
	    .upstream = upstream_named(task, request_capture(request, "name"))};
	const char *reason;
	int r;

	if (str_equal(request->method, "HEAD"))
		return reply_empty(reply, 200);
	if (!going.upstream)
		return fail(task, NOT_FOUND, "no upstream of that name");
	if (!login_method_is_on(task, upstream_method.id))
		return page_refuse(task, request, reply, 403, METHOD_OFF);
	r = login_transaction(task, request, &going.transaction, &reason);
	if (r < 0)
		return r;
	if (reason)
		return page_refuse(task, request, reply, 400, reason);
	page_language(task, request, reply, going.transaction->ui_locales);
	r = upstream_metadata(task, going.upstream, &going.metadata);
	if (r == 0)
		r = send(task, &going);
	if (r == UPSTREAM_BROKEN || r == UPSTREAM_LATE || r == BUSY)
		return away(task, &going, r);
	return r;
}

static int
send(struct task *task, struct going *going)
{
	const char *wrong = NULL;
	int r;

	if (json_array_size(going->upstream->asks) > 0) {
		if (!str_equal(going->request->method, "POST"))
			return ask(task, going, NULL);
		r = answers_take(task, going, &wrong);
		if (r < 0)
			return r;
		if (wrong)
			return ask(task, going, wrong);
	}
	return depart(task, going);
}

/* The form ends at the upstream, and browsers hold that against form-action too. */
static int
ask(struct task *task, const struct going *going, const char *wrong)
{
	const char *tx = going->transaction->id, *targets;
	const char *self = task_printf(task, "/login/upstream/%s?tx=%s", going->upstream->name, tx);
	json_t *view = json_keep(task, json_object()), *fields = json_array(), *asked;
	const struct client *client;
	struct browser browser;
	const char *name;
	size_t i;
	int r;

	r = login_asker(task, going->transaction, &client, &name);
	if (r < 0)
		return r;
	browser_known(task, going->request, &browser);
	json_set_text(view, "client", name);
	json_set_text(view, "name", page_pick(task, going->upstream->title));
	json_set_text(view, "action", self);
	json_set_text(view, "self", self);
	json_set_text(view, "csrf", browser_csrf(task, &browser, tx));
	json_set_text(view, "other_href", task_printf(task, "/login?tx=%s", tx));
	json_object_set_new(
	    view, "cancel", login_cancel_button(task, going->request, going->transaction));
	json_array_foreach((json_t *)(uintptr_t)going->upstream->asks, i, asked) {
		const char *parameter = json_get_text(asked, "parameter");

		json_array_append_new(
		    fields, field_view(task, asked, request_form(going->request, parameter),
				str_equal(parameter, wrong)));
	}
	json_object_set_new(view, "fields", fields);
	targets = login_form_targets(task, client);
	targets =
	    task_printf(task, "%s%s%s", origin_of(task, going->metadata.authorization_endpoint),
		targets ? " " : "", targets ? targets : "");
	return page_reply(task, going->request, going->reply,
	    &(struct page_show){.page = PAGE_UPSTREAM,
		.view = view,
		.form_targets = targets,
		.status = wrong ? 400 : 0});
}

static json_t *
field_view(struct task *task, const json_t *asked, const char *value, bool is_wrong)
{
	const char *kind = json_get_text(asked, "kind");
	bool is_phone = str_equal(kind, "phone");
	json_t *view = json_object();

	json_set_text(view, "name", json_get_text(asked, "parameter"));
	json_set_text(view, "label", page_pick(task, json_object_get(asked, "label")));
	json_set_text(view, "mode", is_phone ? "tel" : kind);
	json_set_text(view, "autocomplete",
	    is_phone                   ? "tel"
	    : str_equal(kind, "email") ? "email"
				       : "off");
	if (value && strlen(value) <= EMAIL_MAX && page_keeps(value))
		json_set_text(view, "value", value);
	json_object_set_new(view, "wrong", json_boolean(is_wrong));
	return view;
}

static int
answers_take(struct task *task, struct going *going, const char **ret_wrong)
{
	struct browser browser;
	json_t *asked;
	size_t i;
	int r;

	browser_known(task, going->request, &browser);
	r = browser_csrf_check(task, going->request, &browser, going->transaction->id);
	if (r < 0)
		return r;
	json_array_foreach((json_t *)(uintptr_t)going->upstream->asks, i, asked) {
		const char *parameter = json_get_text(asked, "parameter");
		const char *value = answer_clean(
		    task, json_get_text(asked, "kind"), request_form(going->request, parameter));

		if (!value) {
			*ret_wrong = parameter;
			return 0;
		}
		pair(going, parameter, value);
	}
	return 0;
}

/* As the upstream may have it; NULL: it is none. */
static const char *
answer_clean(struct task *task, const char *kind, const char *value)
{
	char *clean = task_dup(task, value ? value : "");
	size_t len = 0;

	if (str_equal(kind, "phone")) {
		for (const char *at = clean; *at; at++)
			if (!strchr(" -.()", *at))
				clean[len++] = *at;
		clean[len] = '\0';
		value = *clean == '+' ? clean + 1 : clean;
		len = strlen(value);
		return len >= PHONE_MIN && len <= PHONE_MAX && strspn(value, "0123456789") == len
			   ? clean
			   : NULL;
	}
	len = strlen(clean);
	if (len == 0 || str_has_control(clean) || len > EMAIL_MAX)
		return NULL;
	if (str_equal(kind, "email"))
		return strchr(clean, '@') && !strchr(clean, ' ') ? clean : NULL;
	return len <= TEXT_MAX ? clean : NULL;
}

static int
depart(struct task *task, struct going *going)
{
	const struct upstream *upstream = going->upstream;
	struct departure *departure = &going->departure;
	const char *name;
	json_t *value;
	int r;

	departure->transaction_id = going->transaction->id;
	departure->browser = going->transaction->browser;
	departure->upstream = upstream->name;
	json_object_foreach((json_t *)(uintptr_t)upstream->parameters, name, value)
		pair(going, name, json_string_value(value));
	wishes_add(task, going);
	r = departure_create(task, departure);
	if (r < 0)
		return r;
	pair(going, "response_type", "code");
	pair(going, "redirect_uri", upstream_redirect_uri(task, upstream));
	pair(going, "scope", upstream->scope);
	pair(going, "state", departure->state);
	pair(going, "nonce", departure->nonce);
	pair(going, "code_challenge", digest_b64u(task, departure->verifier));
	pair(going, "code_challenge_method", "S256");
	pair(going, "ui_locales", task->language);
	if (going->metadata.par_endpoint) {
		r = push(task, going);
		if (r < 0)
			return r;
	}
	pair(going, "client_id", upstream->client_id);
	return reply_redirect(going->reply, location(task, going));
}

static void
pair(struct going *going, const char *name, const char *value)
{
	if (value && going->n_pairs < PAIRS_MAX)
		going->pairs[going->n_pairs++] = (struct pair){name, value};
}

/* What the client asked of the login itself; nothing else of its request goes on from here. */
static void
wishes_add(struct task *task, struct going *going)
{
	const json_t *request = going->transaction->request;
	bool is_anew = str_has_word(json_get_text(request, "prompt"), "login");
	int64_t max_age_s = 0;

	pair(going, "acr_values",
	    upstream_acr_values(task, going->upstream, json_get_text(request, "acr_values")));
	if (is_anew && !json_object_get(going->upstream->parameters, "prompt"))
		pair(going, "prompt", "login");
	if (!is_anew && !json_get_i64(request, "max_age", &max_age_s))
		return;
	pair(going, "max_age", task_number(task, max_age_s));
	going->departure.auth_since_s = clock_now_s() - max_age_s;
}

/* The browser is then handed nothing but a reference. */
static int
push(struct task *task, struct going *going)
{
	struct upstream_call call = {.url = going->metadata.par_endpoint, .form = going->pairs};
	const char *request_uri;
	const json_t *answer;
	int status, r;

	/* A parameter of the request (RFC 9126 section 2.1), where it is not one of our proof. */
	if (str_equal(going->upstream->auth_method, "client_secret_basic"))
		pair(going, "client_id", going->upstream->client_id);
	call.n_form = going->n_pairs;
	r = upstream_post(task, going->upstream, &call, &status, &answer);
	if (r < 0)
		return r;
	request_uri = json_get_text(answer, "request_uri");
	if (status / 100 != 2 || str_is_empty(request_uri))
		return fail(
		    task, UPSTREAM_BROKEN, "the upstream refuses a pushed request: %d", status);
	going->n_pairs = 0;
	pair(going, "request_uri", request_uri);
	return 0;
}

static const char *
location(struct task *task, const struct going *going)
{
	const char *endpoint = going->metadata.authorization_endpoint;
	char separator = strchr(endpoint, '?') ? '&' : '?';
	struct buf url;

	buf_open(&url, task, URL_MAX_BYTES);
	buf_text_add(&url, endpoint);
	for (size_t i = 0; i < going->n_pairs; i++) {
		buf_char_add(&url, separator);
		separator = '&';
		buf_url_add(&url, going->pairs[i].name);
		buf_char_add(&url, '=');
		buf_url_add(&url, going->pairs[i].value);
	}
	return buf_text(&url);
}

static int
away(struct task *task, const struct going *going, int code)
{
	json_t *view = json_keep(task, json_object());

	log_fault(task, "upstream");
	fault_clear(task);
	if (code != BUSY)
		metadata_set_away(going->upstream->issuer);
	json_set_text(view, "reason", "upstream-away");
	json_set_text(view, "back_href", task_printf(task, "/login?tx=%s", going->transaction->id));
	json_set_text(view, "back_text", page_text(task, "Choose another way to sign in"));
	return page_reply(task, going->request, going->reply,
	    &(struct page_show){.page = PAGE_ERROR, .status = 503, .view = view});
}

/* scheme://host:port */
static const char *
origin_of(struct task *task, const char *url)
{
	const char *host = strstr(url, "://") + strlen("://");

	return task_dup_n(task, url, (size_t)(host - url) + strcspn(host, "/?"));
}
