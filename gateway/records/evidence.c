/* SPDX-License-Identifier: Apache-2.0
 *
 * What sessions were begun with (see evidence.h).  session_id in the table is a grant's id where
 * that outlives its session.
 */
#include "records/evidence.h"

#include "core/clock.h"
#include "core/settings.h"
#include "core/str.h"
#include "core/task.h"
#include "store/sql.h"

#define SWEEP_ROWS 100 /* past their time, at each new one */

struct keeping {
	const char *session_id;
	const struct evidence *evidence;
};

static sql_step keep_step;
static int64_t life_s(const struct settings *settings);

int
evidence_keep(struct task *task, const char *session_id, const struct evidence *evidence)
{
	struct keeping keeping = {session_id, evidence};

	return sql_write(task, keep_step, &keeping);
}

static int
keep_step(struct sql_tx *tx, void *arg)
{
	const struct settings *settings = sql_task(tx)->rooms->settings;
	const struct keeping *keeping = arg;
	int64_t now_s = clock_now_s();
	int r;

	r = sql_run(tx,
	    SQL("DELETE FROM evidence WHERE session_id IN"
		" (SELECT session_id FROM evidence WHERE until_s < ?1 LIMIT ?2)",
		SQL_INT(now_s), SQL_INT(SWEEP_ROWS)),
	    NULL);
	if (r < 0)
		return r;
	return sql_run(tx,
	    SQL("INSERT INTO evidence (session_id, method, reference, until_s)"
		" VALUES (?1, ?2, ?3, ?4) ON CONFLICT (session_id) DO UPDATE"
		" SET method = excluded.method, reference = excluded.reference,"
		" until_s = excluded.until_s",
		SQL_TEXT(keeping->session_id), SQL_TEXT(keeping->evidence->method),
		SQL_TEXT(keeping->evidence->reference), SQL_INT(now_s + life_s(settings))),
	    NULL);
}

/* A wallet's refresh tokens live by a setting of their own. */
static int64_t
life_s(const struct settings *settings)
{
	int64_t refresh_s = settings->tokens_refresh;

	if (refresh_s < settings->issue_renew)
		refresh_s = settings->issue_renew;
	return settings->session_absolute + refresh_s;
}

int
evidence_copy(struct task *task, const char *session_id, const char *grant_id)
{
	const struct evidence *evidence;
	int r;

	r = evidence_find(task, session_id, &evidence);
	if (r < 0 || evidence == NULL)
		return r;
	return evidence_keep(task, grant_id, evidence);
}

int
evidence_find(struct task *task, const char *id, const struct evidence **ret_evidence)
{
	struct evidence *evidence;
	struct sql_rows rows;
	int r;

	*ret_evidence = NULL;
	if (str_is_empty(id))
		return 0;
	r = sql_read(task,
	    SQL("SELECT method, reference FROM evidence WHERE session_id = ?1", SQL_TEXT(id)),
	    &rows);
	if (r < 0 || rows.n_rows == 0)
		return r;
	evidence = task_new(task, struct evidence);
	evidence->method = sql_text(&rows, 0, 0);
	evidence->reference = sql_text(&rows, 0, 1);
	*ret_evidence = evidence;
	return 0;
}
