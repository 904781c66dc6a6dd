/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /account/download, download.json, print: a copy of what is kept here of the person's doings:
 * names of details, days, grounds; no value of a detail, and nothing about anybody else (no
 * operator, no guardian, no address of theirs).
 *
 * A file holds the newest rows of the ledger and, where there are more, ledger_continues_before:
 * ?before= with it gives the file that follows.
 *
 * JSON and HTML, no CSV: spreadsheets run what begins with '=' (case S17), and JSON loads into one
 * without that.
 */
#include "account/account.h"

#include "account/complaints.h"
#include "account/consents.h"
#include "account/ledger.h"
#include "account/looks.h"
#include "account/view.h"
#include "core/clock.h"
#include "core/task.h"
#include "pages/page.h"
#include "records/audit.h"
#include "records/consent.h"
#include "records/credential.h"
#include "records/ledger.h"
#include "records/link.h"
#include "records/session.h"

#define LEDGER_MAX 4000 /* rows in one file, by what a task's memory holds */
#define BATCH      400
#define PRINT_ROWS 100

struct copy {
	const char *person_id;
	const char *before; /* the file before this one ended with that row of the ledger; NULL */
	json_t *all;
};

static int known_copy(struct task *task, const struct copy *copy);
static int consents_copy(struct task *task, const struct copy *copy);
static int ledger_copy(struct task *task, const struct copy *copy);
static int looks_copy(struct task *task, const struct copy *copy);
static int complaints_copy(struct task *task, const struct copy *copy);
static int sessions_copy(struct task *task, const struct copy *copy);
static int documents_copy(struct task *task, const struct copy *copy);
static int links_copy(struct task *task, const struct copy *copy);

int
account_download_show(struct task *task, const struct request *request, struct reply *reply)
{
	json_t *view = json_keep(task, json_object());
	struct account_visitor visitor;
	int r;

	r = account_enter(task, request, reply, &visitor);
	if (r < 0 || visitor.session == NULL)
		return r;
	account_frame(task, &visitor, view);
	return page_reply(
	    task, request, reply, &(struct page_show){.page = PAGE_ACCOUNT_DOWNLOAD, .view = view});
}

int
account_print(struct task *task, const struct request *request, struct reply *reply)
{
	json_t *view = json_keep(task, json_object());
	struct account_visitor visitor;
	int r;

	r = account_enter(task, request, reply, &visitor);
	if (r < 0 || visitor.session == NULL)
		return r;
	account_frame(task, &visitor, view);
	json_set_text(view, "date", page_date(task, clock_now_s()));
	r = account_consents_print(task, &visitor, PRINT_ROWS, view);
	if (r == 0)
		r = account_ledger_print(task, &visitor, PRINT_ROWS, view);
	if (r == 0)
		r = account_looks_print(task, &visitor, PRINT_ROWS, view);
	if (r == 0)
		r = account_complaints_list(task, &visitor, PRINT_ROWS, view);
	if (r < 0)
		return r;
	if (json_array_size(json_object_get(view, "ledger")) == PRINT_ROWS)
		json_object_set_new(view, "is_cut", json_true());
	return page_reply(
	    task, request, reply, &(struct page_show){.page = PAGE_ACCOUNT_PRINT, .view = view});
}

int
account_download_json(struct task *task, const struct request *request, struct reply *reply)
{
	static int (*const parts[])(struct task *, const struct copy *) = {
	    known_copy,
	    consents_copy,
	    ledger_copy,
	    looks_copy,
	    complaints_copy,
	    sessions_copy,
	    documents_copy,
	    links_copy,
	};
	struct account_visitor visitor;
	struct copy copy;
	int r;

	r = account_enter(task, request, reply, &visitor);
	if (r < 0 || visitor.session == NULL)
		return r;
	copy.person_id = visitor.person_id;
	copy.before = request_query(request, "before");
	copy.all = json_keep(task, json_object());
	json_object_set_new(copy.all, "made", json_integer(clock_now_s()));
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		r = parts[i](task, &copy);
		if (r < 0)
			return r;
	}
	reply_header(reply, "Content-Disposition", "attachment; filename=\"account.json\"");
	return reply_json(reply, 200, copy.all);
}

static int
known_copy(struct task *task, const struct copy *copy)
{
	const json_t *names;
	int r;

	r = account_known(task, copy->person_id, &names);
	if (r == 0)
		json_object_set(copy->all, "details", (json_t *)(uintptr_t)names);
	return r;
}

static int
consents_copy(struct task *task, const struct copy *copy)
{
	json_t *consents;
	int r;

	r = consent_list(task, copy->person_id, &consents);
	if (r == 0)
		json_object_set_new(copy->all, "consents", consents);
	return r;
}

static int
ledger_copy(struct task *task, const struct copy *copy)
{
	struct ledger_page page = {.limit = BATCH, .before = copy->before};
	json_t *all = json_array(), *rows;
	size_t n;
	int r;

	json_object_set_new(copy->all, "ledger", all);
	do {
		r = ledger_list(task, copy->person_id, &page, &rows);
		if (r < 0)
			return r;
		n = json_array_size(rows);
		json_array_extend(all, rows);
		json_decref(rows);
		if (n > 0)
			page.before =
			    json_get_text(json_array_get(all, json_array_size(all) - 1), "id");
	} while (n == BATCH && json_array_size(all) < LEDGER_MAX);
	if (n == BATCH)
		json_set_text(copy->all, "ledger_continues_before", page.before);
	return 0;
}

/* Who it was is the trail's affair, not of the copy: "operator" or "guardian". */
static int
looks_copy(struct task *task, const struct copy *copy)
{
	json_t *events, *event, *all = json_array();
	size_t i;
	int r;

	json_object_set_new(copy->all, "looks", all);
	r = audit_list_looks(task, copy->person_id, &(struct audit_page){.limit = BATCH}, &events);
	if (r < 0)
		return r;
	json_keep(task, events);
	json_array_foreach(events, i, event) {
		json_t *row = json_object();

		json_object_set(row, "number", json_object_get(event, "seq"));
		json_object_set(row, "at", json_object_get(event, "at"));
		json_object_set(row, "event", json_object_get(event, "event"));
		json_object_set(row, "detail", json_object_get(event, "detail"));
		json_object_set_new(
		    row, "by", json_stringn(json_get_text(event, "actor"), sizeof("operator") - 1));
		json_array_append_new(all, row);
	}
	return 0;
}

static int
complaints_copy(struct task *task, const struct copy *copy)
{
	const struct complaint *const *list;
	json_t *all = json_array();
	int r;

	json_object_set_new(copy->all, "complaints", all);
	r = complaint_list(task, copy->person_id, &list);
	for (; r == 0 && *list != NULL; list++) {
		const struct complaint *complaint = *list;
		json_t *row = json_object();

		json_set_text(row, "number", complaint->id);
		json_set_text(row, "kind", complaint_kind_name(complaint));
		json_set_text(row, "state", complaint_state(complaint));
		json_set_text(row, "about", complaint_about_name(complaint));
		json_set_text(row, "reference", complaint->reference);
		json_object_set_new(row, "since", json_integer(complaint->since_s));
		json_object_set_new(row, "due", json_integer(complaint->due_s));
		json_set_text(row, "text", complaint->text);
		json_set_text(row, "answer", complaint->answer);
		json_set_text(row, "appeal", complaint->appeal);
		json_set_text(row, "last_answer", complaint->last_answer);
		json_array_append_new(all, row);
	}
	return r;
}

static int
sessions_copy(struct task *task, const struct copy *copy)
{
	json_t *sessions;
	int64_t from = 0;
	int r;

	r = session_list(task, copy->person_id, &from, &sessions);
	if (r == 0)
		json_object_set_new(copy->all, "sessions", sessions);
	return r;
}

static int
documents_copy(struct task *task, const struct copy *copy)
{
	json_t *credentials;
	int r;

	r = credential_list(task, copy->person_id, &credentials);
	if (r == 0)
		json_object_set_new(copy->all, "documents", credentials);
	return r;
}

static int
links_copy(struct task *task, const struct copy *copy)
{
	json_t *links;
	int r;

	r = link_list(task, copy->person_id, &links);
	if (r == 0)
		json_object_set_new(copy->all, "links", links);
	return r;
}
