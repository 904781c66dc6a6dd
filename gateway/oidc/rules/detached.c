/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers kept for a poll (see detached.h).
 */
#include "oidc/rules/detached.h"

#include "core/random.h"
#include "core/task.h"
#include "pages/page.h"
#include "records/audit.h"

#define GRANT_ID_BYTES 16

static int audit_grant(struct task *task, const struct grant *grant);
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
	const char *client = page_pick(task, authorization->client->name);
	struct pending *pending;
	int r;

	r = pending_find(task, authorization->pending, &pending);
	if (r < 0)
		return r;
	if (pending == NULL)
		return fail(task, CONFLICT, "the request was answered before, or has expired");
	/* What the device does, not the browser, ends these tokens. */
	grant->session_id = NULL;
	grant->id = random_id(task, GRANT_ID_BYTES);
	/* The row first: from the decision on the client may have the tokens. */
	r = audit_grant(task, grant);
	if (r < 0)
		return r;
	r = pending_decide(task, pending, grant);
	if (r < 0)
		return r;
	return last_page(task, request, reply, page_text(task, "You can go back to your device"),
	    page_text_with(task, "It will be signed in to %{client}. You can close this page.",
		(const char *const[]){client}));
}

static int
audit_grant(struct task *task, const struct grant *grant)
{
	json_auto_t *detail = json_object();
	const struct audit_event event = {
	    .event = "device.allowed",
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

int
detached_refuse(struct task *task, const struct request *request, struct reply *reply,
    const struct authorization *authorization)
{
	struct pending *pending;
	int r;

	r = pending_find(task, authorization->pending, &pending);
	if (r == 0 && pending != NULL)
		r = pending_decide(task, pending, NULL);
	if (r < 0 && r != CONFLICT)
		return r;
	fault_clear(task);
	return last_page(task, request, reply, page_text(task, "The device was not signed in"),
	    page_text(task, "Nothing about you was shared. You can close this page."));
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
