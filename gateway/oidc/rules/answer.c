/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers by redirect.  Called by authorize.c, continue.c and decide.c.
 */
#include "oidc/rules/answer.h"

#include "core/buf.h"
#include "core/log.h"
#include "core/settings.h"
#include "core/task.h"
#include "pages/page.h"

#include <string.h>

#define LOCATION_MAX_BYTES (16u << 10)

static const char *location_of(struct task *task, const struct answer *answer);
static void param_add(struct buf *buf, const char *name, const char *value);
static const char *plain(struct task *task, const char *text);
static int interstitial(
    struct task *task, const struct request *request, struct reply *reply, const char *location);
static const char *host_of(struct task *task, const char *url);

int
answer_send(struct task *task, const struct request *request, struct reply *reply,
    const struct answer *answer)
{
	const char *location = location_of(task, answer);

	if (answer->error != NULL && answer->is_automatic && !answer->to->client->is_approved)
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

static const char *
location_of(struct task *task, const struct answer *answer)
{
	const char *redirect_uri = answer->to->redirect_uri;
	struct buf buf;

	buf_open(&buf, task, LOCATION_MAX_BYTES);
	buf_text_add(&buf, redirect_uri);
	buf_char_add(&buf, strchr(redirect_uri, '?') == NULL ? '?' : '&');
	buf_text_add(&buf, "iss=");
	buf_url_add(&buf, task->rooms->settings->gateway_issuer);
	param_add(&buf, "code", answer->code);
	param_add(&buf, "error", answer->error);
	if (answer->description != NULL)
		param_add(&buf, "error_description", plain(task, answer->description));
	if (answer->error != NULL)
		param_add(&buf, "error_uri", reply_error_uri(task, answer->error));
	param_add(&buf, "state", answer->to->state);
	return buf_text(&buf);
}

static void
param_add(struct buf *buf, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buf_char_add(buf, '&');
	buf_text_add(buf, name);
	buf_char_add(buf, '=');
	buf_url_add(buf, value);
}

/* RFC 6749 section 4.1.2.1: %x20-21 / %x23-5B / %x5D-7E. */
static const char *
plain(struct task *task, const char *text)
{
	char *copy = task_dup(task, text), *c;

	for (c = copy; *c != 0; c++)
		if (*c < 0x20 || *c > 0x7e || *c == '"' || *c == '\\')
			*c = '\'';
	return copy;
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
