/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers kept for a poll (see detached.h).
 */
#include "oidc/rules/detached.h"

#include "core/task.h"
#include "oidc/ciba_ping.h"
#include "pages/page.h"
#include "records/audit.h"
#include "records/person.h"
#include "records/session.h"

static int audit_grant(struct task *task, const struct pending *pending, const struct grant *grant);
static int allowed_page(struct task *task, const struct request *request, struct reply *reply,
    const struct client *client, enum pending_kind kind);
static int last_page(struct task *task, const struct request *request, struct reply *reply,
    const char *title, const char *text);

int
detached_open(
    struct task *task, const struct pending *pending, struct authorization *ret_authorization)
{
	json_t *request = json_keep(task, json_copy((json_t *)(uintptr_t)pending->request));

	json_set_text(request, "pending", pending->mark);
	return authorization_of_json(task, request, ret_authorization);
}

int
detached_grant(struct task *task, const struct request *request, struct reply *reply,
    const struct authorization *authorization, struct grant *grant)
{
	struct pending *pending;
	int r;

	r = pending_find(task, authorization->pending, &pending);
	if (r < 0)
		return r;
	if (pending == NULL)
		return fail(task, CONFLICT, "the request was answered before, or has expired");
	/* Not this browser's session, signing out everywhere ends these tokens. */
	grant->session_id = NULL;
	r = person_everywhere(task, grant->person_id, &grant->everywhere_id);
	if (r < 0)
		return r;
	/* The row first: from the decision on the client may have the tokens. */
	r = audit_grant(task, pending, grant);
	if (r < 0)
		return r;
	r = pending_decide(task, pending, grant);
	if (r < 0)
		return r;
	ciba_ping_write(task, pending);
	return allowed_page(task, request, reply, authorization->client, pending->kind);
}

static int
audit_grant(struct task *task, const struct pending *pending, const struct grant *grant)
{
	json_auto_t *detail = json_object();
	const struct audit_event event = {
	    .event = pending->kind == PENDING_DEVICE ? "device.allowed" : "ciba.allowed",
	    .actor = "person",
	    .person_id = grant->person_id,
	    .client_id = grant->client_id,
	    .detail = detail,
	};

	json_set_text(detail, "grant", grant->id);
	json_set_text(detail, "scope", grant->scope);
	json_set_text(detail, "resource", grant->resource);
	json_set_text(detail, "consent", grant->consent_id);
	return audit_write(task, &event);
}

static int
allowed_page(struct task *task, const struct request *request, struct reply *reply,
    const struct client *client, enum pending_kind kind)
{
	const char *const name[] = {page_pick(task, client->name)};

	if (kind == PENDING_DEVICE)
		return last_page(task, request, reply,
		    page_text(task, "You can go back to your device"),
		    page_text_with(
			task, "It will be signed in to %{client}. You can close this page.", name));
	return last_page(task, request, reply, page_text(task, "You have confirmed it"),
	    page_text_with(task, "%{client} can go on now. You can close this page.", name));
}

/* offline_access or not: nothing was given for it yet. */
int
detached_check(struct task *task, const struct grant *grant)
{
	bool is_ended;
	int r;

	r = session_is_ended(task, grant->everywhere_id, &is_ended);
	if (r < 0)
		return r;
	if (is_ended)
		return fail(
		    task, DENIED_BY_PERSON, "the person has signed out everywhere meanwhile");
	return 0;
}

int
detached_refuse(struct task *task, const struct request *request, struct reply *reply,
    const struct authorization *authorization)
{
	const char *const nothing =
	    page_text(task, "Nothing about you was shared. You can close this page.");
	struct pending *pending;
	int r;

	r = pending_find(task, authorization->pending, &pending);
	if (r == 0 && pending != NULL)
		r = pending_decide(task, pending, NULL);
	if (r < 0 && r != CONFLICT)
		return r;
	fault_clear(task);
	if (pending != NULL && r == 0)
		ciba_ping_write(task, pending);
	if (pending != NULL && pending->kind == PENDING_CIBA)
		return last_page(
		    task, request, reply, page_text(task, "You have not confirmed it"), nothing);
	return last_page(
	    task, request, reply, page_text(task, "The device was not signed in"), nothing);
}

static int
last_page(struct task *task, const struct request *request, struct reply *reply, const char *title,
    const char *text)
{
	json_t *view = json_keep(task, json_object());

	json_set_text(view, "title", title);
	json_set_text(view, "text", text);
	return page_reply(
	    task, request, reply, &(struct page_show){.page = PAGE_NOTICE, .view = view});
}
