/* SPDX-License-Identifier: Apache-2.0
 *
 * What sessions were begun with (see evidence.h).  of_id in the table is a grant's id where that
 * outlives its session.
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
	const char *row_id =
	    task_printf(sql_task(tx), "%s %s", keeping->session_id, keeping->evidence->method);
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
	    SQL("INSERT INTO evidence (session_id, of_id, method, reference, until_s)"
		" VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (session_id) DO UPDATE"
		" SET reference = excluded.reference, until_s = excluded.until_s",
		SQL_TEXT(row_id), SQL_TEXT(keeping->session_id),
		SQL_TEXT(keeping->evidence->method), SQL_TEXT(keeping->evidence->reference),
		SQL_INT(now_s + life_s(settings))),
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
	const struct evidence *evidences;
	size_t n;
	int r;

	r = evidence_find(task, session_id, &evidences, &n);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = evidence_keep(task, grant_id, &evidences[i]);
	return r;
}

int
evidence_find(
    struct task *task, const char *id, const struct evidence **ret_evidences, size_t *ret_n)
{
	struct evidence *evidences;
	struct sql_rows rows = {0};
	int r = 0;

	if (!str_is_empty(id))
		r = sql_read(task,
		    SQL("SELECT method, reference FROM evidence"
			" WHERE session_id = ?1 OR of_id = ?1 LIMIT ?2",
			SQL_TEXT(id), SQL_INT(EVIDENCES_MAX)),
		    &rows);
	if (r < 0)
		return r;
	evidences = task_new_n(task, struct evidence, rows.n_rows);
	for (size_t i = 0; i < rows.n_rows; i++)
		evidences[i] = (struct evidence){sql_text(&rows, i, 0), sql_text(&rows, i, 1)};
	*ret_evidences = evidences;
	*ret_n = rows.n_rows;
	return 0;
}
