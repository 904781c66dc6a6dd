/* SPDX-License-Identifier: Apache-2.0
 *
 * Visits (see visit.h).
 */
#include "records/visit.h"

#include "core/clock.h"
#include "core/task.h"
#include "store/sql.h"

#define KEEP_S  (31 * 86400)
#define COLUMNS "sid, session_id, person_id, client_id, is_told"

static const struct visit *visits_of(struct task *task, const struct sql_rows *rows);
static int visit_insert(struct sql_tx *tx, const struct visit *visit);
static int sweep(struct sql_tx *tx, int64_t now_s);

/* Nearly always it is there already: a client comes again and again by the same session.  Whoever
 * signs out at this moment comes before or after the whole step, never in between. */
int
visit_add(struct sql_tx *tx, const struct visit *visit)
{
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("SELECT (SELECT 1 FROM revocation WHERE id = ?1),"
		" (SELECT 1 FROM visit WHERE sid = ?2)",
		SQL_TEXT(visit->session_id), SQL_TEXT(visit->sid)),
	    &rows);
	if (r < 0)
		return r;
	if (sql_int(&rows, 0, 0) != 0)
		return fail(sql_task(tx), LOGIN_REQUIRED, "the person signed out meanwhile");
	return sql_int(&rows, 0, 1) != 0 ? 0 : visit_insert(tx, visit);
}

static int
visit_insert(struct sql_tx *tx, const struct visit *visit)
{
	int64_t now_s = clock_now_s();
	int r;

	r = sql_run(tx,
	    SQL("INSERT INTO visit (sid, session_id, person_id, client_id, is_told, since_s)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (sid) DO NOTHING",
		SQL_TEXT(visit->sid), SQL_TEXT(visit->session_id), SQL_TEXT(visit->person_id),
		SQL_TEXT(visit->client_id), SQL_INT(visit->is_told), SQL_INT(now_s)),
	    NULL);
	return r < 0 ? r : sweep(tx, now_s);
}

/* A few at a time, more than come in. */
static int
sweep(struct sql_tx *tx, int64_t now_s)
{
	return sql_run(tx,
	    SQL("DELETE FROM visit WHERE sid IN"
		" (SELECT sid FROM visit WHERE since_s < ?1 ORDER BY since_s LIMIT 10)",
		SQL_INT(now_s - KEEP_S)),
	    NULL);
}

int
visit_find(struct task *task, const char *sid, const struct visit **ret_visit)
{
	struct sql_rows rows;
	int r;

	r = sql_read(
	    task, SQL("SELECT " COLUMNS " FROM visit WHERE sid = ?1", SQL_TEXT(sid)), &rows);
	if (r < 0)
		return r;
	*ret_visit = rows.n_rows == 0 ? NULL : visits_of(task, &rows);
	return 0;
}

int
visit_list(
    struct task *task, const char *session_id, const struct visit **ret_visits, size_t *ret_n)
{
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT " COLUMNS " FROM visit WHERE session_id = ?1"
		" ORDER BY since_s LIMIT 1000",
		SQL_TEXT(session_id)),
	    &rows);
	if (r < 0)
		return r;
	*ret_visits = visits_of(task, &rows);
	*ret_n = rows.n_rows;
	return 0;
}

int
visit_take(
    struct sql_tx *tx, const struct visiting *of, const struct visit **ret_visits, size_t *ret_n)
{
	struct sql_statement of_session =
	    SQL("DELETE FROM visit WHERE sid IN"
		" (SELECT sid FROM visit WHERE session_id = ?1 ORDER BY since_s DESC LIMIT ?2)"
		" RETURNING " COLUMNS,
		SQL_TEXT(of->session_id), SQL_INT(VISITS_AT_ONCE));
	struct sql_statement of_person =
	    SQL("DELETE FROM visit WHERE sid IN"
		" (SELECT sid FROM visit WHERE person_id = ?1"
		" AND client_id = COALESCE(CAST(?2 AS TEXT), client_id) AND since_s < ?3"
		" ORDER BY since_s DESC LIMIT ?4) RETURNING " COLUMNS,
		SQL_TEXT(of->person_id), SQL_TEXT(of->client_id),
		SQL_INT(of->before_s > 0 ? of->before_s : INT64_MAX), SQL_INT(VISITS_AT_ONCE));
	struct sql_rows rows;
	int r;

	r = sql_run(tx, of->session_id != NULL ? of_session : of_person, &rows);
	if (r < 0)
		return r;
	*ret_visits = visits_of(sql_task(tx), &rows);
	*ret_n = rows.n_rows;
	return 0;
}

static const struct visit *
visits_of(struct task *task, const struct sql_rows *rows)
{
	struct visit *visits = task_new_n(task, struct visit, rows->n_rows + 1);

	for (size_t i = 0; i < rows->n_rows; i++)
		visits[i] = (struct visit){
		    .sid = sql_text(rows, i, 0),
		    .session_id = sql_text(rows, i, 1),
		    .person_id = sql_text(rows, i, 2),
		    .client_id = sql_text(rows, i, 3),
		    .is_told = sql_int(rows, i, 4) != 0,
		};
	return visits;
}
