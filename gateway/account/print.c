/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /account/print: the copy on paper, in words.  As many rows of each list as a page holds, and
 * a link to the rest of each that is longer: ?part= names it, before= the row after which it goes
 * on.
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

#define ROWS 100 /* of one list, where they are short */

static const struct part {
	const char *name;
	int (*add)(struct task *task, const struct account_visitor *visitor,
	    const struct span *span, json_t *view);
} parts[] = {
    {"consents", account_consents_span},
    {"ledger", account_ledger_span},
    {"looks", account_looks_span},
    {"complaints", account_complaints_span},
};

static int part_add(struct task *task, const struct account_visitor *visitor,
    const struct part *part, const char *before, json_t *view);

int
account_print(struct task *task, const struct request *request, struct reply *reply)
{
	const char *name = request_query(request, "part");
	json_t *view = json_keep(task, json_object());
	struct account_visitor visitor;
	int r;

	r = account_enter(task, request, reply, &visitor);
	if (r < 0 || visitor.session == NULL)
		return r;
	account_frame(task, &visitor, view);
	json_set_text(view, "date", page_date(task, clock_now_s()));
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (name != NULL && !str_equal(name, parts[i].name))
			continue;
		r = part_add(task, &visitor, &parts[i],
		    name == NULL ? NULL : request_query(request, "before"), view);
		if (r < 0)
			return r;
	}
	return page_reply(
	    task, request, reply, &(struct page_show){.page = PAGE_ACCOUNT_PRINT, .view = view});
}

static int
part_add(struct task *task, const struct account_visitor *visitor, const struct part *part,
    const char *before, json_t *view)
{
	const struct span span = {.before = before, .limit = ROWS};
	const char *last;
	int r;

	r = part->add(task, visitor, &span, view);
	last = json_get_text(view, task_printf(task, "%s_before", part->name));
	if (r == 0 && last != NULL)
		json_set_text(view, task_printf(task, "%s_href", part->name),
		    task_printf(task, ACCOUNT_PATH "/print?part=%s&before=%s", part->name, last));
	json_object_set_new(view, task_printf(task, "has_%s", part->name), json_true());
	return r;
}
