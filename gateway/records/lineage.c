/* SPDX-License-Identifier: Apache-2.0
 *
 * Phones that came of phones (see lineage.h).
 */
#include "records/lineage.h"

#include "core/clock.h"
#include "core/task.h"
#include "store/sql.h"

static sql_step keep_step, end_step;

int
lineage_keep(struct task *task, const struct lineage *lineage)
{
	return sql_write(task, keep_step, (void *)(uintptr_t)lineage);
}

/* Looked at in the step that writes: whoever ends the parent finds this one afterwards. */
static int
keep_step(struct sql_tx *tx, void *arg)
{
	const struct lineage *lineage = arg;
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("SELECT 1 FROM revocation WHERE id = ?1"
		" UNION ALL SELECT 1 FROM lineage WHERE device = ?1 AND ended_s > 0",
		SQL_TEXT(lineage->parent)),
	    &rows);
	if (r < 0)
		return r;
	if (rows.n_rows > 0)
		return fail(sql_task(tx), DENIED_BY_PERSON, "the phone was blocked meanwhile");
	return sql_run(tx,
	    SQL("INSERT INTO lineage (device, parent, person_id, ended_s) VALUES (?1, ?2, ?3, 0)",
		SQL_TEXT(lineage->device), SQL_TEXT(lineage->parent), SQL_TEXT(lineage->person_id)),
	    NULL);
}

int
lineage_next(struct task *task, const char *person_id, const char *device, const char **ret_device)
{
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("WITH RECURSIVE born (device, ended_s) AS ("
		"SELECT device, ended_s FROM lineage WHERE parent = ?1 AND person_id = ?2"
		" UNION SELECT child.device, child.ended_s FROM lineage child"
		" JOIN born ON child.parent = born.device WHERE child.person_id = ?2)"
		" SELECT device FROM born WHERE ended_s = 0 LIMIT 1",
		SQL_TEXT(device), SQL_TEXT(person_id)),
	    &rows);
	if (r < 0)
		return r;
	*ret_device = rows.n_rows == 0 ? NULL : sql_text(&rows, 0, 0);
	return 0;
}

int
lineage_end(struct task *task, const char *device)
{
	return sql_write(task, end_step, (void *)(uintptr_t)device);
}

static int
end_step(struct sql_tx *tx, void *arg)
{
	const char *device = arg;

	return sql_run(tx,
	    SQL("UPDATE lineage SET ended_s = ?2 WHERE device = ?1 AND ended_s = 0",
		SQL_TEXT(device), SQL_INT(clock_now_s())),
	    NULL);
}
