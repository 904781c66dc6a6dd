/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /account, and who may see it.
 */
#include "account/account.h"

#include "account/children.h"
#include "account/complaints.h"
#include "account/consents.h"
#include "account/documents.h"
#include "account/ledger.h"
#include "account/view.h"
#include "consent/release.h"
#include "core/task.h"
#include "login/login.h"
#include "pages/language.h"
#include "pages/page.h"
#include "records/attribute.h"
#include "records/audit.h"

static const char *page_of(const struct request *request);
static int addresses_add(struct task *task, const struct account_visitor *visitor, json_t *view);

int
account_show(struct task *task, const struct request *request, struct reply *reply)
{
	static int (*const sections[])(struct task *, const struct account_visitor *, json_t *) = {
	    addresses_add,
	    account_consents_add,
	    account_ledger_add,
	    account_sessions_add,
	    account_complaints_add,
	    account_children_add,
	    account_documents_add,
	    account_links_add,
	};
	json_t *view = json_keep(task, json_object());
	struct account_visitor visitor;
	int r;

	r = account_enter_of(task, request, reply, "overview", &visitor);
	if (r < 0 || visitor.session == NULL)
		return r;
	account_frame(task, &visitor, view);
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		r = sections[i](task, &visitor, view);
		if (r < 0)
			return r;
	}
	return page_reply(
	    task, request, reply, &(struct page_show){.page = PAGE_ACCOUNT, .view = view});
}

static int
addresses_add(struct task *task, const struct account_visitor *visitor, json_t *view)
{
	static const struct {
		const char *name, *path;
		bool is_own; /* no guardian goes there */
	} addresses[] = {
	    {"consents_href", "/consents", false},
	    {"ledger_href", "/ledger", false},
	    {"looks_href", "/looks", false},
	    {"sessions_href", "/sessions", false},
	    {"complaints_href", "/complaints", false},
	    {"complain_href", "/complain", false},
	    {"requests_href", "/requests", true},
	    {"download_href", "/download", true},
	};

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		if (!addresses[i].is_own || visitor->of == NULL)
			json_set_text(view, addresses[i].name,
			    account_href(task, visitor, addresses[i].path, NULL));
	return 0;
}

int
account_enter(struct task *task, const struct request *request, struct reply *reply,
    struct account_visitor *ret_visitor)
{
	const struct login_errand errand = {.path = page_of(request)};

	return account_enter_by(task, request, reply, &errand, ret_visitor);
}

static const char *
page_of(const struct request *request)
{
	return str_equal(request->method, "POST") ? ACCOUNT_PATH : request->path;
}

int
account_enter_by(struct task *task, const struct request *request, struct reply *reply,
    const struct login_errand *errand, struct account_visitor *ret_visitor)
{
	struct account_visitor visitor = {.request = request};
	int r;

	if (!language_is_chosen(task))
		page_language(task, request, reply, NULL);
	r = session_find(task, request_cookie(task, request, SESSION_COOKIE), &visitor.session);
	if (r == 0 && visitor.session == NULL)
		r = login_begin(task, request, reply, errand);
	else if (r == 0)
		r = release_person_check(task, visitor.session->person_id);
	if (r == 0 && visitor.session != NULL)
		r = attribute_registered(task, &visitor.attributes);
	if (r < 0)
		return r;
	if (visitor.session != NULL) {
		browser_of(task, request, reply, &visitor.browser);
		visitor.person_id = visitor.session->person_id;
	}
	*ret_visitor = visitor;
	return 0;
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
		    task, request, &visitor.browser, account_form_name(task, visitor.session));
	if (r < 0)
		return r;
	*ret_visitor = visitor;
	return 0;
}

int
account_enter_of(struct task *task, const struct request *request, struct reply *reply,
    const char *what, struct account_visitor *ret_visitor)
{
	const char *of = request_param(request, "of");
	struct account_visitor visitor;
	int r;

	if (what == NULL)
		r = account_enter_by_form(task, request, reply, &visitor);
	else
		r = account_enter(task, request, reply, &visitor);
	if (r == 0 && visitor.session != NULL && !str_is_empty(of)) {
		r = children_find(task, of, &visitor);
		if (r == 0 && visitor.of == NULL)
			r = account_refuse(task, &visitor, "child");
		if (r == 0 && what != NULL)
			r = account_guardian_audit(task, &visitor, "guardian.looked", what);
	}
	if (r < 0)
		return r;
	*ret_visitor = visitor;
	return 0;
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

const char *
account_actor(struct task *task, const struct account_visitor *visitor)
{
	if (visitor->of == NULL)
		return "person";
	return task_printf(task, "guardian:%s", visitor->session->person_id);
}

int
account_guardian_audit(
    struct task *task, const struct account_visitor *visitor, const char *event, const char *what)
{
	json_auto_t *detail = json_object();

	if (visitor->of == NULL)
		return 0;
	json_set_text(detail, "what", what);
	return audit_write(task, &(struct audit_event){.event = event,
				     .actor = account_actor(task, visitor),
				     .person_id = visitor->person_id,
				     .detail = detail});
}
