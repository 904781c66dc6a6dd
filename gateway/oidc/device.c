/* SPDX-License-Identifier: Apache-2.0
 *
 * /device: where a person brings the code that a device shows (RFC 8628 sections 3.3, 5).
 *
 * GET gives the form, or with user_code (verification_uri_complete) the page that says who asks for
 * what; POST the same of a typed code; POST /device/answer takes the person's word, and only then
 * the login and the consent begin that every request goes through.  Nothing is ever granted by GET:
 * whoever sends a link to somebody else's code meets the question whether the device is theirs.
 */
#include "oidc/oidc.h"

#include "access/browser.h"
#include "core/settings.h"
#include "core/task.h"
#include "oidc/decision.h"
#include "oidc/rules/detached.h"
#include "pages/page.h"
#include "records/pending.h"
#include "records/rate.h"
#include "records/session.h"

#define WRONG_WINDOW_S     600
#define WRONG_ALL_WINDOW_S 10
#define CALLER_TIMES       10 /* many people share one address */
#define FORM_NAME          "device"
#define N_LIMITS           3

/* A code that fits, and what stands behind it. */
struct found {
	struct pending *pending; /* NULL: it does not fit */
	struct decision decision;
};

static int show(struct task *task, const struct request *request, struct reply *reply,
    const struct browser *browser);
static int code_look(struct task *task, const struct request *request,
    const struct browser *browser, struct found *found);
static int limits_read(struct task *task, const struct request *request,
    const struct browser *browser, struct rate *ret_limits);
static int code_ask(struct task *task, const struct request *request, struct reply *reply,
    const struct browser *browser);
static int person_ask(struct task *task, const struct request *request, struct reply *reply,
    const struct browser *browser, struct found *found);
static const char *form_name(struct task *task, const struct pending *pending);

int
oidc_device(struct task *task, const struct request *request, struct reply *reply)
{
	struct browser browser;

	if (str_equal(request->method, "HEAD"))
		return reply_empty(reply, 200);
	browser_of(task, request, reply, &browser);
	if (str_is_empty(request_query(request, "user_code")))
		return code_ask(task, request, reply, &browser);
	return show(task, request, reply, &browser);
}

int
oidc_device_enter(struct task *task, const struct request *request, struct reply *reply)
{
	struct browser browser;
	int r;

	if (!browser_known(task, request, &browser))
		return fail(task, FORBIDDEN, "the form comes from no browser we know");
	r = browser_csrf_check(task, request, &browser, FORM_NAME);
	if (r < 0)
		return r;
	return show(task, request, reply, &browser);
}

static int
show(struct task *task, const struct request *request, struct reply *reply,
    const struct browser *browser)
{
	struct found found = {0};
	int r;

	r = code_look(task, request, browser, &found);
	if (r < 0)
		return r;
	if (found.pending == NULL)
		return code_ask(task, request, reply, browser);
	return person_ask(task, request, reply, browser, &found);
}

/* Section 5.1: every guess counts, those that fit are given back.  The same for all ways to show a
 * code, or one of them would tell what the others do not. */
static int
code_look(struct task *task, const struct request *request, const struct browser *browser,
    struct found *found)
{
	struct authorization *authorization = &found->decision.authorization;
	struct rate limits[N_LIMITS];
	struct pending *pending;
	int r;

	r = limits_read(task, request, browser, limits);
	if (r < 0)
		return r;
	r = rate_claim_all(task, limits, N_LIMITS);
	if (r < 0)
		return r;
	r = pending_by_user_code(task, request_param(request, "user_code"), &pending);
	if (r < 0 || pending == NULL)
		return r;
	for (size_t i = 0; i < N_LIMITS; i++)
		rate_return(task, &limits[i]);
	r = detached_open(task, pending, authorization);
	if (r < 0)
		return r;
	found->pending = pending;
	return decision_ask(task, &found->decision);
}

/* Addresses and browsers cost a guesser nothing, so all together are limited too: of 20^8 codes, a
 * thousand of them live, 150 guesses in 10 seconds without end find one in twenty days.  Who is
 * signed in is one person, and cannot be shut out by the others. */
static int
limits_read(struct task *task, const struct request *request, const struct browser *browser,
    struct rate *ret_limits)
{
	const struct settings *settings = task->rooms->settings;
	const int64_t max = settings->device_wrong_codes;
	const struct session *session;
	int r;

	r = session_look(task, request_cookie(task, request, SESSION_COOKIE), &session);
	if (r < 0)
		return r;
	ret_limits[0] = (struct rate){"device", browser->hash, max, WRONG_WINDOW_S};
	ret_limits[1] =
	    (struct rate){"device", request->address, max * CALLER_TIMES, WRONG_WINDOW_S};
	ret_limits[2] =
	    (struct rate){"device", "all", settings->device_wrong_codes_all, WRONG_ALL_WINDOW_S};
	if (session != NULL)
		ret_limits[2] = (struct rate){"device", session->person_id, max, WRONG_WINDOW_S};
	return 0;
}

static int
code_ask(struct task *task, const struct request *request, struct reply *reply,
    const struct browser *browser)
{
	const char *shown = request_param(request, "user_code");
	json_t *view = json_keep(task, json_object());

	json_set_text(view, "self", "/device");
	json_set_text(view, "action", "/device");
	json_set_text(view, "csrf", browser_csrf(task, browser, FORM_NAME));
	json_object_set_new(view, "wrong", json_boolean(shown != NULL));
	return page_reply(task, request, reply,
	    &(struct page_show){
		.page = PAGE_DEVICE, .status = shown == NULL ? 200 : 400, .view = view});
}

static int
person_ask(struct task *task, const struct request *request, struct reply *reply,
    const struct browser *browser, struct found *found)
{
	const struct pending *pending = found->pending;
	const struct authorization *authorization = &found->decision.authorization;
	json_t *view = json_keep(task, json_object()), *claims = json_array();
	const char *const *claim = found->decision.asked.all;

	page_language(task, request, reply, authorization->ui_locales);
	for (; *claim != NULL; claim++)
		json_array_append_new(
		    claims, json_pack("{s:s}", "label",
				purpose_claim_label(
				    task, purpose_claim(found->decision.asked.purpose, *claim))));
	json_object_set_new(view, "claims", claims);
	json_set_text(view, "client", page_pick(task, authorization->client->name));
	json_set_text(view, "code", pending->user_code);
	json_set_text(view, "address", pending->from_address);
	json_set_text(view, "self", task_printf(task, "/device?user_code=%s", pending->user_code));
	json_set_text(view, "action", "/device/answer");
	json_set_text(view, "csrf", browser_csrf(task, browser, form_name(task, pending)));
	return page_reply(
	    task, request, reply, &(struct page_show){.page = PAGE_DEVICE_ASK, .view = view});
}

static const char *
form_name(struct task *task, const struct pending *pending)
{
	return task_printf(task, "device:%s", pending->mark);
}

int
oidc_device_answer(struct task *task, const struct request *request, struct reply *reply)
{
	const char *decision = request_form(request, "decision");
	struct found found = {0};
	struct browser browser;
	int r;

	if (!browser_known(task, request, &browser))
		return fail(task, FORBIDDEN, "the form comes from no browser we know");
	r = code_look(task, request, &browser, &found);
	if (r < 0)
		return r;
	if (found.pending == NULL)
		return page_refuse(task, request, reply, 400, "link-expired");
	r = browser_csrf_check(task, request, &browser, form_name(task, found.pending));
	if (r < 0)
		return r;
	page_language(task, request, reply, found.decision.authorization.ui_locales);
	if (str_equal(decision, "deny"))
		return detached_refuse(task, request, reply, &found.decision.authorization);
	if (!str_equal(decision, "continue"))
		return fail(task, BAD_REQUEST, "decision is neither continue nor deny");
	return decision_proceed(task, request, reply, &found.decision);
}
