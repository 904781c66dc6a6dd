/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /account, and who may see it.
 */
#include "account/account.h"

#include "account/documents.h"
#include "consent/release.h"
#include "core/task.h"
#include "login/login.h"
#include "pages/page.h"
#include "records/audit.h"

static const char *page_of(const struct request *request);
static const char *form_name(struct task *task, const struct session *session);

int
account_show(struct task *task, const struct request *request, struct reply *reply)
{
	static int (*const sections[])(struct task *, const struct account_visitor *, json_t *) = {
	    account_sessions_add,
	    account_documents_add,
	    account_links_add,
	};
	json_t *view = json_keep(task, json_object());
	struct account_visitor visitor;
	int r;

	page_language(task, request, reply, NULL);
	r = account_enter(task, request, reply, &visitor);
	if (r < 0 || visitor.session == NULL)
		return r;
	json_set_text(
	    view, "csrf", browser_csrf(task, &visitor.browser, form_name(task, visitor.session)));
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		r = sections[i](task, &visitor, view);
		if (r < 0)
			return r;
	}
	return page_reply(
	    task, request, reply, &(struct page_show){.page = PAGE_ACCOUNT, .view = view});
}

int
account_enter(struct task *task, const struct request *request, struct reply *reply,
    struct account_visitor *ret_visitor)
{
	struct account_visitor visitor = {.request = request};
	int r;

	r = session_find(task, request_cookie(task, request, SESSION_COOKIE), &visitor.session);
	if (r == 0 && visitor.session == NULL)
		r = login_begin(task, request, reply, page_of(request), NULL);
	else if (r == 0)
		r = release_person_check(task, visitor.session->person_id);
	if (r < 0)
		return r;
	if (visitor.session != NULL)
		browser_of(task, request, reply, &visitor.browser);
	*ret_visitor = visitor;
	return 0;
}

static const char *
page_of(const struct request *request)
{
	return str_equal(request->method, "POST") ? ACCOUNT_PATH : request->path;
}

int
account_enter_by_form(struct task *task, const struct request *request, struct reply *reply,
    struct account_visitor *ret_visitor)
{
	struct account_visitor visitor;
	int r;

	r = account_enter(task, request, reply, &visitor);
	if (r == 0 && visitor.session != NULL)
		r = browser_csrf_check(
		    task, request, &visitor.browser, form_name(task, visitor.session));
	if (r < 0)
		return r;
	*ret_visitor = visitor;
	return 0;
}

static const char *
form_name(struct task *task, const struct session *session)
{
	return task_printf(task, "account:%s", session->id);
}

/* It may have ended just now, or somebody tries what is not theirs: that is for the audit trail
 * (case S06). */
int
account_refuse(struct task *task, const struct account_visitor *visitor, const char *what)
{
	json_auto_t *detail = json_object();
	int r;

	json_set_text(detail, "what", what);
	r = audit_write(task, &(struct audit_event){.event = "account.refused",
				  .actor = "person",
				  .person_id = visitor->session->person_id,
				  .detail = detail});
	if (r < 0)
		return r;
	return fail(task, NOT_FOUND, "the person has no such %s", what);
}
