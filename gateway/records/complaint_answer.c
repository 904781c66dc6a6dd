/* SPDX-License-Identifier: Apache-2.0
 *
 * A complaint is answered, and its answer appealed against; how far it has come (see complaint.h).
 */
#include "records/complaint_row.h"

#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"
#include "records/notice.h"
#include "store/sql.h"

/* What is written into a complaint that is there. */
struct writing {
	const struct complaint *complaint;
	const char *text, *operator_name, *actor;
	int64_t now_s;
};

static sql_step answer_step, appeal_step;

int
complaint_answer(struct task *task, const char *id, const char *text, const char *operator_name)
{
	struct writing writing = {.text = text, .operator_name = operator_name};
	int r;

	r = complaint_text_check(task, text);
	if (r == 0)
		r = complaint_find(task, id, &writing.complaint);
	if (r < 0)
		return r;
	if (writing.complaint == NULL)
		return fail(task, NOT_FOUND, "there is no complaint of that number");
	if (writing.complaint->appealed_s > 0 &&
	    str_equal(writing.complaint->answered_by, operator_name))
		return fail(task, CONFLICT, "an appeal is answered by another operator");
	writing.now_s = clock_now_s();
	writing.actor = task_printf(task, "operator:%s", operator_name);
	return sql_write(task, answer_step, &writing);
}

/* Nothing changes where it was answered, or appealed against, since it was read. */
static int
answer_step(struct sql_tx *tx, void *arg)
{
	const struct writing *writing = arg;
	const struct complaint *complaint = writing->complaint;
	struct sql_rows rows;
	int r;

	if (complaint->appealed_s > 0)
		r = sql_run(tx,
		    SQL("UPDATE complaint SET last_answer = ?2, last_answered_s = ?3, is_open = 0"
			" WHERE id = ?1 AND is_open = 1 AND appealed_s > 0",
			SQL_TEXT(complaint->id), SQL_TEXT(writing->text), SQL_INT(writing->now_s)),
		    &rows);
	else
		r = sql_run(tx,
		    SQL("UPDATE complaint SET answer = ?2, answered_s = ?3, answered_by = ?4,"
			" is_open = 0 WHERE id = ?1 AND is_open = 1 AND appealed_s = 0",
			SQL_TEXT(complaint->id), SQL_TEXT(writing->text), SQL_INT(writing->now_s),
			SQL_TEXT(writing->operator_name)),
		    &rows);
	if (r < 0)
		return r;
	if (rows.n_changed == 0)
		return fail(sql_task(tx), CONFLICT, "no answer to it is awaited");
	r = complaint_audit(tx, complaint, "complaint.answered", writing->actor);
	return r < 0 ? r : notice_add(tx, complaint->person_id, "complaint.answered");
}

const char *
complaint_state(const struct complaint *complaint)
{
	if (complaint->last_answered_s > 0)
		return "closed";
	if (complaint->appealed_s > 0)
		return "appealed";
	return complaint->is_open ? "open" : "answered";
}

bool
complaint_may_appeal(const struct task *task, const struct complaint *complaint)
{
	return complaint->answered_s > 0 && complaint->appealed_s == 0 &&
	       clock_now_s() - complaint->answered_s < task->rooms->settings->account_appeal;
}

int
complaint_appeal(
    struct task *task, const struct complaint *complaint, const char *text, const char *actor)
{
	struct writing writing = {
	    .complaint = complaint, .text = text, .actor = actor, .now_s = clock_now_s()};
	int r;

	r = complaint_text_check(task, text);
	if (r < 0)
		return r;
	if (!complaint_may_appeal(task, complaint))
		return fail(task, CONFLICT, "there is no answer to appeal against now");
	return sql_write(task, appeal_step, &writing);
}

static int
appeal_step(struct sql_tx *tx, void *arg)
{
	const struct writing *writing = arg;
	struct task *task = sql_task(tx);
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("UPDATE complaint SET appeal = ?2, appealed_s = ?3, due_s = ?4, is_open = 1"
		" WHERE id = ?1 AND is_open = 0 AND appealed_s = 0",
		SQL_TEXT(writing->complaint->id), SQL_TEXT(writing->text), SQL_INT(writing->now_s),
		SQL_INT(writing->now_s + task->rooms->settings->account_answer)),
	    &rows);
	if (r < 0)
		return r;
	if (rows.n_changed == 0)
		return fail(task, CONFLICT, "there is no answer to appeal against now");
	return complaint_audit(tx, writing->complaint, "complaint.appealed", writing->actor);
}
