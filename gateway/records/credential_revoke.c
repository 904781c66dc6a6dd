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

struct revoking {
	const char *id, *person_id, *device, *operator_name;
	int n_revoked;
};

static sql_step revoke_step, revoke_person_step, revoke_device_step;
static int devices_end(struct task *task, const char *person_id);
static int each_audited(struct sql_tx *tx, struct revoking *revoking, const struct sql_rows *rows);
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
	if (r < 0)
		return r;
	r = sql_write(task, revoke_person_step, &revoking);
	if (r < 0)
		return r;
	*ret_n = revoking.n_revoked;
	return 0;
}

/* What a wallet could renew with, whether it has fetched anything yet or not. */
static int
devices_end(struct task *task, const char *person_id)
{
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT device FROM credential WHERE person_id = ?1"
		" UNION SELECT grant_id FROM refresh WHERE person_id = ?1 AND idle_s > 0",
		SQL_TEXT(person_id)),
	    &rows);
	for (size_t i = 0; r == 0 && i < rows.n_rows; i++)
		r = grant_revoke(task, sql_text(&rows, i, 0), "all devices revoked");
	return r;
}

static int
revoke_person_step(struct sql_tx *tx, void *arg)
{
	struct revoking *revoking = arg;
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("UPDATE credential SET revoked_s = ?2"
		" WHERE person_id = ?1 AND revoked_s = 0 AND expires_s > ?2 RETURNING id",
		SQL_TEXT(revoking->person_id), SQL_INT(clock_now_s())),
	    &rows);
	return r < 0 ? r : each_audited(tx, revoking, &rows);
}

static int
each_audited(struct sql_tx *tx, struct revoking *revoking, const struct sql_rows *rows)
{
	for (size_t i = 0; i < rows->n_rows; i++) {
		int r = revoked_audit(tx, revoking, sql_text(rows, i, 0));

		if (r < 0)
			return r;
	}
	revoking->n_revoked = (int)rows->n_rows;
	return 0;
}

int
credential_revoke_device(
    struct task *task, const char *person_id, const char *device, const char *operator_name)
{
	struct revoking revoking = {
	    .person_id = person_id, .device = device, .operator_name = operator_name};
	struct sql_rows rows;
	int r;

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
	if (r < 0)
		return r;
	return sql_write(task, revoke_device_step, &revoking);
}

static int
revoke_device_step(struct sql_tx *tx, void *arg)
{
	struct revoking *revoking = arg;
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("UPDATE credential SET revoked_s = ?3"
		" WHERE device = ?1 AND person_id = ?2 AND revoked_s = 0 RETURNING id",
		SQL_TEXT(revoking->device), SQL_TEXT(revoking->person_id), SQL_INT(clock_now_s())),
	    &rows);
	return r < 0 ? r : each_audited(tx, revoking, &rows);
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
