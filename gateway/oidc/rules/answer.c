/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers by redirect.  Called by authorize.c, continue.c and decision.c.
 */
#include "oidc/rules/answer.h"

#include "core/buf.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/settings.h"
#include "core/task.h"
#include "jose/sign.h"
#include "oidc/rules/detached.h"
#include "oidc/rules/response_mode.h"
#include "oidc/rules/sealed.h"
#include "pages/page.h"

#include <string.h>

#define LOCATION_MAX_BYTES (16u << 10)
#define SIGNED_LIFE_S      300 /* JARM section 2.1: at most 10 minutes */
#define PARAMS_MAX         6

static void params_fill(struct task *task, const struct answer *answer, struct pairs *ret_params);
static int params_sign(struct task *task, const struct client *client, struct pairs *params);
static const char *location_of(
    struct task *task, const struct authorization *to, const struct pairs *params);
static int form_page(struct task *task, const struct request *request, struct reply *reply,
    const struct answer *answer, const struct pairs *params);
static bool is_suspect(const struct answer *answer);
static int interstitial(
    struct task *task, const struct request *request, struct reply *reply, const char *location);
static const char *host_of(struct task *task, const char *url);

int
answer_send(struct task *task, const struct request *request, struct reply *reply,
    const struct answer *answer)
{
	enum response_mode mode = answer->to->response_mode;
	struct pairs params;
	const char *location;
	int r;

	if (answer->to->pending != NULL)
		return detached_refuse(task, request, reply, answer->to);
	params_fill(task, answer, &params);
	if (mode & RESPONSE_JWT) {
		r = params_sign(task, answer->to->client, &params);
		if (r < 0)
			return r;
	}
	if (response_mode_way(mode) == RESPONSE_FORM_POST)
		return form_page(task, request, reply, answer, &params);
	location = location_of(task, answer->to, &params);
	if (is_suspect(answer))
		return interstitial(task, request, reply, location);
	return reply_redirect(reply, location);
}

int
answer_fault(struct task *task, const struct request *request, struct reply *reply,
    const struct authorization *to)
{
	struct answer answer = {.to = to, .is_automatic = true};
	int code = task->fault.code;

	if (fault_is_ours(code))
		return code;
	answer.error = fault_name(code);
	answer.description = task_dup(task, task->fault.text);
	log_fault(task, "authorize");
	fault_clear(task);
	return answer_send(task, request, reply, &answer);
}

static void
params_fill(struct task *task, const struct answer *answer, struct pairs *ret_params)
{
	const char *description = NULL;

	if (answer->description != NULL)
		description = reply_description(task, answer->description);
	const struct pair all[PARAMS_MAX] = {
	    {"iss", task->rooms->settings->gateway_issuer},
	    {"code", answer->code},
	    {"error", answer->error},
	    {"error_description", description},
	    {"error_uri", answer->error == NULL ? NULL : reply_error_uri(task, answer->error)},
	    {"state", answer->to->state},
	};
	struct pair *params = task_new_n(task, struct pair, PARAMS_MAX);
	size_t i, n = 0;

	for (i = 0; i < PARAMS_MAX; i++)
		if (all[i].value != NULL)
			params[n++] = all[i];
	*ret_params = (struct pairs){params, n};
}

/* JARM section 2.1: all of them as the claims of one JWT for this client. */
static int
params_sign(struct task *task, const struct client *client, struct pairs *params)
{
	struct sign_as as = {.signer = keys_signer(task->rooms->keys, client->authorization_alg)};
	struct sealed sealed = {
	    .client = client, .seal = &client->authorization_seal, .cty = "JWT"};
	json_t *claims = json_keep(task, json_object());
	struct pair *signed_param = task_new(task, struct pair);
	size_t i;
	int r;

	if (as.signer == NULL)
		return fail(task, MISCONFIGURED, "there is no active %s key for answers",
		    alg_name(client->authorization_alg));
	for (i = 0; i < params->n; i++)
		json_set_text(claims, params->at[i].name, params->at[i].value);
	json_set_text(claims, "aud", client->id);
	json_object_set_new(claims, "iat", json_integer(clock_now_s()));
	json_object_set_new(claims, "exp", json_integer(clock_now_s() + SIGNED_LIFE_S));
	signed_param->name = "response";
	r = jws_sign(task, &as, claims, &sealed.text);
	if (r < 0)
		return r;
	r = sealed_make(task, &sealed, &signed_param->value);
	if (r < 0)
		return r;
	*params = (struct pairs){signed_param, 1};
	return 0;
}

static const char *
location_of(struct task *task, const struct authorization *to, const struct pairs *params)
{
	char first = strchr(to->redirect_uri, '?') == NULL ? '?' : '&';
	struct buf buf;
	size_t i;

	if (response_mode_way(to->response_mode) == RESPONSE_FRAGMENT)
		first = '#';
	buf_open(&buf, task, LOCATION_MAX_BYTES);
	buf_text_add(&buf, to->redirect_uri);
	for (i = 0; i < params->n; i++) {
		buf_char_add(&buf, i == 0 ? first : '&');
		buf_text_add(&buf, params->at[i].name);
		buf_char_add(&buf, '=');
		buf_url_add(&buf, params->at[i].value);
	}
	return buf_text(&buf);
}

/* The form sends itself by script; without script, and to an address nobody approved, a person
 * presses the button. */
static int
form_page(struct task *task, const struct request *request, struct reply *reply,
    const struct answer *answer, const struct pairs *params)
{
	const struct client *client = answer->to->client;
	json_t *view = json_keep(task, json_object()), *fields = json_array();
	const struct page_show show = {
	    .page = PAGE_FORM_POST,
	    .view = view,
	    .form_targets = str_join(task, client->origins, " "),
	};
	size_t i;

	for (i = 0; i < params->n; i++)
		json_array_append_new(fields, json_pack("{s:s, s:s}", "name", params->at[i].name,
						  "value", params->at[i].value));
	json_object_set_new(view, "fields", fields);
	json_set_text(view, "client", page_pick(task, client->name));
	json_set_text(view, "action", answer->to->redirect_uri);
	if (is_suspect(answer))
		json_set_text(view, "host", host_of(task, answer->to->redirect_uri));
	return page_reply(task, request, reply, &show);
}

static bool
is_suspect(const struct answer *answer)
{
	return answer->error != NULL && answer->is_automatic && !answer->to->client->is_approved;
}

static int
interstitial(
    struct task *task, const struct request *request, struct reply *reply, const char *location)
{
	const char *host = host_of(task, location);
	json_t *view = json_keep(task, json_object());
	const struct page_show show = {.page = PAGE_NOTICE, .view = view};
	const char *text = page_text(task, "A service asks to send you on to this address:");

	json_set_text(view, "title", page_text(task, "You are leaving this site"));
	json_set_text(view, "text", task_printf(task, "%s %s", text, host));
	json_set_text(view, "action_text", task_printf(task, "%s", host));
	json_set_text(view, "action_href", location);
	return page_reply(task, request, reply, &show);
}

static const char *
host_of(struct task *task, const char *url)
{
	const char *host = strstr(url, "://");

	host = host == NULL ? url : host + 3;
	return task_dup_n(task, host, strcspn(host, "/?#"));
}
