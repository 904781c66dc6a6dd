/* SPDX-License-Identifier: Apache-2.0
 *
 * Credentials revoked: one, those of a phone, all of a person (see credential.h).
 *
 * The grant that they were fetched with ends first: what it would fetch between the two would
 * outlive both.
 */
#include "records/credential.h"

#include "core/clock.h"
#include "core/task.h"
#include "records/audit.h"
#include "records/grant.h"
#include "store/sql.h"

/* Of one commit: a phone that has renewed for years has fetched thousands. */
#define PAGE_ROWS 200

struct revoking {
	const char *id, *person_id, *device, *operator_name;
	size_t n_of_page;
};

static sql_step revoke_step, revoke_some_step;
static int devices_end(struct task *task, const char *person_id);
static int devices_end_some(
    struct task *task, const char *person_id, const char **after, bool *ret_is_done);
static int all_revoke(struct task *task, struct revoking *revoking, int *ret_n);
static int revoked_audit(struct sql_tx *tx, const struct revoking *revoking, const char *id);

int
credential_revoke(struct task *task, const char *id, const char *operator_name)
{
	struct revoking revoking = {.id = id, .operator_name = operator_name};

	return sql_write(task, revoke_step, &revoking);
}

static int
revoke_step(struct sql_tx *tx, void *arg)
{
	struct revoking *revoking = arg;
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("SELECT person_id, revoked_s FROM credential WHERE id = ?1",
		SQL_TEXT(revoking->id)),
	    &rows);
	if (r < 0)
		return r;
	if (rows.n_rows == 0)
		return fail(sql_task(tx), NOT_FOUND, "no credential has that id");
	if (sql_int(&rows, 0, 1) != 0)
		return 0;
	revoking->person_id = sql_text(&rows, 0, 0);
	r = sql_run(tx,
	    SQL("UPDATE credential SET revoked_s = ?2 WHERE id = ?1 AND revoked_s = 0",
		SQL_TEXT(revoking->id), SQL_INT(clock_now_s())),
	    NULL);
	if (r < 0)
		return r;
	return revoked_audit(tx, revoking, revoking->id);
}

int
credential_revoke_person(
    struct task *task, const char *person_id, const char *operator_name, int *ret_n)
{
	struct revoking revoking = {.person_id = person_id, .operator_name = operator_name};
	int r;

	r = devices_end(task, person_id);
	return r < 0 ? r : all_revoke(task, &revoking, ret_n);
}

/* What a wallet could renew with, whether it has fetched anything yet or not. */
static int
devices_end(struct task *task, const char *person_id)
{
	const char *after = "";
	bool is_done = false;
	int r = 0;

	while (r == 0 && !is_done) {
		struct task page;

		task_open(&page, task->loop, task->rooms, task_left_ms(task));
		r = devices_end_some(&page, person_id, &after, &is_done);
		if (r < 0)
			task->fault = page.fault;
		after = task_dup(task, after);
		task_close(&page);
	}
	return r;
}

static int
devices_end_some(struct task *task, const char *person_id, const char **after, bool *ret_is_done)
{
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT device FROM (SELECT device FROM credential WHERE person_id = ?1"
		" UNION SELECT grant_id FROM refresh WHERE person_id = ?1 AND idle_s > 0) AS had"
		" WHERE device > ?2 ORDER BY device LIMIT ?3",
		SQL_TEXT(person_id), SQL_TEXT(*after), SQL_INT(PAGE_ROWS)),
	    &rows);
	for (size_t i = 0; r == 0 && i < rows.n_rows; i++) {
		*after = sql_text(&rows, i, 0);
		r = grant_revoke(task, *after, "all devices revoked");
	}
	if (r == 0)
		*ret_is_done = rows.n_rows < PAGE_ROWS;
	return r;
}

/* Each page in a task of its own: one task's memory holds no more. */
static int
all_revoke(struct task *task, struct revoking *revoking, int *ret_n)
{
	int n = 0, r;

	do {
		struct task page;

		task_open(&page, task->loop, task->rooms, task_left_ms(task));
		r = sql_write(&page, revoke_some_step, revoking);
		if (r < 0)
			task->fault = page.fault;
		task_close(&page);
		n += r < 0 ? 0 : (int)revoking->n_of_page;
	} while (r == 0 && revoking->n_of_page == PAGE_ROWS);
	if (r == 0)
		*ret_n = n;
	return r;
}

static int
revoke_some_step(struct sql_tx *tx, void *arg)
{
	struct revoking *revoking = arg;
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("UPDATE credential SET revoked_s = ?3 WHERE id IN (SELECT id FROM credential"
		" WHERE person_id = ?1 AND device = COALESCE(?2, device) AND revoked_s = 0"
		" AND expires_s > ?3 LIMIT ?4) RETURNING id",
		SQL_TEXT(revoking->person_id), SQL_TEXT(revoking->device), SQL_INT(clock_now_s()),
		SQL_INT(PAGE_ROWS)),
	    &rows);
	for (size_t i = 0; r == 0 && i < rows.n_rows; i++)
		r = revoked_audit(tx, revoking, sql_text(&rows, i, 0));
	if (r < 0)
		return r;
	revoking->n_of_page = rows.n_rows;
	return 0;
}

int
credential_revoke_device(
    struct task *task, const char *person_id, const char *device, const char *operator_name)
{
	struct revoking revoking = {
	    .person_id = person_id, .device = device, .operator_name = operator_name};
	struct sql_rows rows;
	int r, n;

	r = sql_read(task,
	    SQL("SELECT 1 FROM credential WHERE device = ?1 AND person_id = ?2"
		" UNION ALL SELECT 1 FROM lineage WHERE device = ?1 AND person_id = ?2 LIMIT 1",
		SQL_TEXT(device), SQL_TEXT(person_id)),
	    &rows);
	if (r < 0)
		return r;
	if (rows.n_rows == 0)
		return fail(task, NOT_FOUND, "the person has no such device");
	r = grant_revoke(task, device, "device revoked");
	return r < 0 ? r : all_revoke(task, &revoking, &n);
}

static int
revoked_audit(struct sql_tx *tx, const struct revoking *revoking, const char *id)
{
	json_auto_t *detail = json_object();

	json_set_text(detail, "credential", id);
	return audit_add(tx,
	    &(struct audit_event){
		.event = "credential.revoked",
		.actor = revoking->operator_name == NULL
			     ? "person"
			     : task_printf(sql_task(tx), "operator:%s", revoking->operator_name),
		.person_id = revoking->person_id,
		.detail = detail,
	    });
}
