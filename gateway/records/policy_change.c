/* SPDX-License-Identifier: Apache-2.0
 *
 * Policy documents proposed, approved by another operator, suspended (see policy.h).
 */
#include "records/policy.h"

#include "core/clock.h"
#include "core/str.h"
#include "core/task.h"
#include "records/audit.h"
#include "records/client_cache.h"
#include "records/event.h"
#include "records/policy_inside.h"
#include "store/sql.h"

#include <stdlib.h>

#define RENEWAL_S (90 * 24 * 3600LL)

/* What a step is given, and what it says. */
struct change {
	struct policy policy;
	const struct policy_proposal *proposal;
	const struct policy_approval *approval;
	const char *document, *operator_name;
	int number;
};

static const char *canonical(struct task *task, const json_t *document);
static int settle(struct task *task, sql_step *step, struct change *change);
static sql_step propose_step, approve_step, suspend_step;
static int unchanged_find(struct sql_tx *tx, struct change *change, bool *ret_is_unchanged);
static int proposal_put(struct sql_tx *tx, struct change *change);
static int second_check(struct sql_tx *tx, const struct change *change);
static int approval_put(struct sql_tx *tx, const struct change *change);
static int client_tell(struct sql_tx *tx, const char *what, const struct change *change);
static int changed(struct sql_tx *tx, const char *what, const struct change *change);

int
policy_propose(struct task *task, const struct policy_proposal *proposal,
    const struct policy_version **ret_version)
{
	struct change change = {
	    .policy = proposal->policy,
	    .proposal = proposal,
	    .operator_name = proposal->operator_name,
	    .document = canonical(task, proposal->document),
	};
	int r;

	r = sql_write(task, propose_step, &change);
	return r < 0 ? r : policy_find(task, &proposal->policy, change.number, ret_version);
}

/* In whatever order its members were written, it is the same document. */
static const char *
canonical(struct task *task, const json_t *document)
{
	char *text = json_dumps(document, JSON_COMPACT | JSON_SORT_KEYS);
	const char *copy = task_dup(task, text);

	free(text);
	return copy;
}

static int
propose_step(struct sql_tx *tx, void *arg)
{
	struct change *change = arg;
	bool is_unchanged = false;
	int r;

	r = unchanged_find(tx, change, &is_unchanged);
	if (r < 0 || is_unchanged)
		return r;
	r = proposal_put(tx, change);
	return r < 0 ? r : changed(tx, "proposed", change);
}

static int
unchanged_find(struct sql_tx *tx, struct change *change, bool *ret_is_unchanged)
{
	const struct policy *policy = &change->policy;
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("SELECT number FROM policy WHERE " POLICY_NAMED " AND document = ?4"
		" AND (state = 'proposed' OR (state = 'approved'"
		" AND (until_s = 0 OR until_s > ?5))) ORDER BY number DESC LIMIT 1",
		SQL_TEXT(policy->kind), SQL_TEXT(policy->owner), SQL_TEXT(policy->id),
		SQL_TEXT(change->document), SQL_INT(clock_now_s() + RENEWAL_S)),
	    &rows);
	if (r < 0)
		return r;
	if (rows.n_rows > 0)
		change->number = (int)sql_int(&rows, 0, 0);
	*ret_is_unchanged = rows.n_rows > 0;
	return 0;
}

static int
proposal_put(struct sql_tx *tx, struct change *change)
{
	const struct policy *policy = &change->policy;
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("UPDATE policy SET state = 'superseded' WHERE " POLICY_NAMED
		" AND state = 'proposed'",
		SQL_TEXT(policy->kind), SQL_TEXT(policy->owner), SQL_TEXT(policy->id)),
	    NULL);
	if (r < 0)
		return r;
	r = sql_run(tx,
	    SQL("INSERT INTO policy (kind, owner, id, number, state, document, proposer,"
		" proposed_s, approved_s, until_s)"
		" SELECT CAST(?1 AS TEXT), CAST(?2 AS TEXT), CAST(?3 AS TEXT),"
		" COALESCE(MAX(number), 0) + 1, 'proposed', CAST(?4 AS TEXT), CAST(?5 AS TEXT),"
		" CAST(?6 AS BIGINT), 0, 0 FROM policy WHERE " POLICY_NAMED " RETURNING number",
		SQL_TEXT(policy->kind), SQL_TEXT(policy->owner), SQL_TEXT(policy->id),
		SQL_TEXT(change->document), SQL_TEXT(change->operator_name),
		SQL_INT(clock_now_s())),
	    &rows);
	if (r == 0)
		change->number = (int)sql_int(&rows, 0, 0);
	return r;
}

int
policy_approve(struct task *task, const struct policy_approval *approval)
{
	struct change change = {
	    .policy = approval->policy,
	    .approval = approval,
	    .operator_name = approval->operator_name,
	    .number = approval->number,
	};

	return settle(task, approve_step, &change);
}

/* What is in force is another now: clients are read anew, and told at once. */
static int
settle(struct task *task, sql_step *step, struct change *change)
{
	int r;

	r = sql_write(task, step, change);
	if (r < 0)
		return r;
	client_cache_forget();
	event_haste(task);
	return 0;
}

static int
approve_step(struct sql_tx *tx, void *arg)
{
	const struct change *change = arg;
	int r;

	r = second_check(tx, change);
	if (r < 0)
		return r;
	r = approval_put(tx, change);
	return r < 0 ? r : changed(tx, "approved", change);
}

/* Two different operators: neither who proposed it nor who stopped it. */
static int
second_check(struct sql_tx *tx, const struct change *change)
{
	const struct policy *policy = &change->policy;
	struct task *task = sql_task(tx);
	struct sql_rows rows;
	const char *state;
	int r;

	r = sql_run(tx,
	    SQL("SELECT state, proposer, suspender FROM policy WHERE " POLICY_NAMED
		" AND number = ?4",
		SQL_TEXT(policy->kind), SQL_TEXT(policy->owner), SQL_TEXT(policy->id),
		SQL_INT(change->number)),
	    &rows);
	if (r < 0)
		return r;
	if (rows.n_rows == 0)
		return fail(task, NOT_FOUND, "there is no such version");
	state = sql_text(&rows, 0, 0);
	if (!str_equal(state, "proposed") && !str_equal(state, "suspended"))
		return fail(
		    task, CONFLICT, "version %d is %s, nothing to approve", change->number, state);
	if (str_equal(sql_text(&rows, 0, 1), change->operator_name))
		return fail(task, CONFLICT,
		    "version %d was proposed by %s: another operator must approve it",
		    change->number, change->operator_name);
	if (str_equal(sql_text(&rows, 0, 2), change->operator_name))
		return fail(task, CONFLICT,
		    "version %d was suspended by %s: another operator must approve it",
		    change->number, change->operator_name);
	return 0;
}

static int
approval_put(struct sql_tx *tx, const struct change *change)
{
	const struct policy_approval *approval = change->approval;
	const struct policy *policy = &change->policy;
	int r;

	r = sql_run(tx,
	    SQL("UPDATE policy SET state = 'superseded' WHERE " POLICY_NAMED " AND number <> ?4"
		" AND (" POLICY_STANDS " OR number < ?4)",
		SQL_TEXT(policy->kind), SQL_TEXT(policy->owner), SQL_TEXT(policy->id),
		SQL_INT(change->number)),
	    NULL);
	if (r < 0)
		return r;
	return sql_run(tx,
	    SQL("UPDATE policy SET state = 'approved', approver = ?5, suspender = NULL,"
		" approved_s = ?6, until_s = ?7, certificate = ?8 WHERE " POLICY_NAMED
		" AND number = ?4",
		SQL_TEXT(policy->kind), SQL_TEXT(policy->owner), SQL_TEXT(policy->id),
		SQL_INT(change->number), SQL_TEXT(change->operator_name), SQL_INT(approval->at_s),
		SQL_INT(approval->until_s), SQL_TEXT(approval->certificate)),
	    NULL);
}

int
policy_suspend(struct task *task, const struct policy *policy, const char *operator_name)
{
	struct change change = {.policy = *policy, .operator_name = operator_name};

	return settle(task, suspend_step, &change);
}

static int
suspend_step(struct sql_tx *tx, void *arg)
{
	struct change *change = arg;
	const struct policy *policy = &change->policy;
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("UPDATE policy SET state = 'suspended', suspender = ?4 WHERE " POLICY_NAMED
		" AND state = 'approved' RETURNING number",
		SQL_TEXT(policy->kind), SQL_TEXT(policy->owner), SQL_TEXT(policy->id),
		SQL_TEXT(change->operator_name)),
	    &rows);
	if (r < 0)
		return r;
	if (rows.n_rows == 0)
		return fail(sql_task(tx), NOT_FOUND, "no version of %s is in force", policy->id);
	change->number = (int)sql_int(&rows, 0, 0);
	return changed(tx, "suspended", change);
}

/* Purposes are read with their clients (client.c), and attributes with those: one number says that
 * all are to be read anew. */
static int
changed(struct sql_tx *tx, const char *what, const struct change *change)
{
	const struct policy *policy = &change->policy;
	struct task *task = sql_task(tx);
	json_auto_t *detail =
	    json_pack("{s:s, s:i}", policy->kind, policy->id, "number", change->number);
	int r;

	r = sql_run(tx,
	    SQL("UPDATE generation SET number = number + 1 WHERE kind = ?1", SQL_TEXT("client")),
	    NULL);
	if (r == 0 && *policy->owner != '\0')
		r = client_tell(tx, what, change);
	if (r < 0)
		return r;
	return audit_add(tx, &(struct audit_event){
				 .event = task_printf(task, "%s.%s", policy->kind, what),
				 .actor = task_printf(task, "operator:%s", change->operator_name),
				 .client_id = *policy->owner == '\0' ? NULL : policy->owner,
				 .detail = detail,
			     });
}

/* Its consents under a purpose that is suspended are so too, until it is approved again: one event
 * stands for them all.  A proposal is nothing yet. */
static int
client_tell(struct sql_tx *tx, const char *what, const struct change *change)
{
	const struct policy *policy = &change->policy;
	struct task *task = sql_task(tx);
	const struct event event = {
	    .type = task_printf(task, "%s.%s", policy->kind, what),
	    .client_id = policy->owner,
	    .subject_id = task_printf(task, "%s/v%d", policy->id, change->number),
	    .status = what,
	    .actor = task_printf(task, "operator:%s", change->operator_name),
	};

	return event_is_type(event.type) ? event_add(tx, &event) : 0;
}

int
policy_end_owner(struct sql_tx *tx, const char *owner)
{
	return sql_run(tx,
	    SQL("UPDATE policy SET state = 'superseded' WHERE kind = 'purpose' AND owner = ?1",
		SQL_TEXT(owner)),
	    NULL);
}
