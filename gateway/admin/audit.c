/* SPDX-License-Identifier: Apache-2.0
 *
 * `dvara audit …`: the audit trail and its hash chain.
 */
#include "admin/admin.h"

#include "records/audit.h"
#include "records/event.h"

#define PAGE_ROWS 100

int
admin_audit_list(struct admin_call *call)
{
	int64_t before = 0;

	if (call->n_args == 1 && !str_to_i64(call->args[0], 1, INT64_MAX, &before))
		return ADMIN_WRONG_WORD(call, "BEFORE is the number of a row");
	return audit_list(call->task, before, PAGE_ROWS, &call->answer);
}

int
admin_audit_verify(struct admin_call *call)
{
	struct event_check events = {0};
	struct audit_check check = {0};
	int r;

	r = audit_verify(call->task, &check);
	if (r == 0)
		r = event_verify(call->task, &events);
	if (r < 0)
		return r;
	if (check.first_broken)
		return fail(call->task, BROKEN, "row %lld is broken: %s",
		    (long long)check.first_broken, check.why);
	if (events.first_broken)
		return fail(call->task, BROKEN, "event %lld of client %s is broken",
		    (long long)events.first_broken, events.client_id);
	call->answer =
	    json_pack("{s:b, s:I, s:s, s:I}", "whole", 1, "rows", (json_int_t)check.n_rows, "head",
		check.head ? check.head : "", "events", (json_int_t)events.n_rows);
	return 0;
}
