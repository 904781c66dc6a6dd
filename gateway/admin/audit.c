/* SPDX-License-Identifier: Apache-2.0
 *
 * `dvara audit …`: the audit trail and its hash chain.
 */
#include "admin/admin.h"

#include "jose/keys.h"
#include "records/audit.h"
#include "records/event.h"
#include "records/key.h"
#include "records/purpose_document.h"

#define PAGE_ROWS 100

int
admin_audit_list(struct admin_call *call)
{
	const struct span span = {
	    .before = call->n_args == 1 ? call->args[0] : NULL, .limit = PAGE_ROWS};
	int64_t before;

	if (span.before != NULL && !str_to_i64(span.before, 1, INT64_MAX, &before))
		return ADMIN_WRONG_WORD(call, "BEFORE is the number of a row");
	return audit_list(call->task, &span, &call->answer);
}

/* Purposes too: what is in force is what was signed, by the keys that are there. */
static int
purposes_hold(struct admin_call *call)
{
	struct rooms *rooms = call->task->rooms;
	struct policy_version changed = {0};
	struct key_record *records;
	struct keys *keys = NULL;
	size_t n;
	int r;

	r = key_list(call->task, &records, &n);
	if (r == 0)
		r = keys_load(call->task, call->settings->keys_folder, records, n, &keys);
	if (r < 0)
		return r;
	rooms->keys = keys;
	r = purpose_verify(call->task, &changed);
	rooms->keys = NULL;
	keys_free(keys);
	if (r == 0 && changed.number > 0)
		return fail(call->task, BROKEN,
		    "purpose %s of client %s: version %d is not what was approved, and rests",
		    changed.policy.id, changed.policy.owner, changed.number);
	return r;
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
	r = purposes_hold(call);
	if (r < 0)
		return r;
	call->answer =
	    json_pack("{s:b, s:I, s:s, s:I}", "whole", 1, "rows", (json_int_t)check.n_rows, "head",
		check.head ? check.head : "", "events", (json_int_t)events.n_rows);
	return 0;
}
