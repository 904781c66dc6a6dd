/* SPDX-License-Identifier: Apache-2.0
 *
 * Fetched lists (see trusted.h).
 */
#include "records/trusted.h"

#include "core/clock.h"
#include "core/task.h"
#include "store/sql.h"

static sql_step keep_step;

int
trusted_find(struct task *task, const char *url, const struct trusted **ret_trusted)
{
	struct trusted *trusted = NULL;
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT url, jws, iat_s, fetched_s FROM trusted WHERE url = ?1", SQL_TEXT(url)),
	    &rows);
	if (r < 0)
		return r;
	if (rows.n_rows > 0) {
		trusted = task_new(task, struct trusted);
		*trusted = (struct trusted){
		    .url = sql_text(&rows, 0, 0),
		    .jws = sql_text(&rows, 0, 1),
		    .iat_s = sql_int(&rows, 0, 2),
		    .fetched_s = sql_int(&rows, 0, 3),
		};
	}
	*ret_trusted = trusted;
	return 0;
}

int
trusted_keep(struct task *task, const struct trusted *trusted)
{
	return sql_write(task, keep_step, (void *)(uintptr_t)trusted);
}

static int
keep_step(struct sql_tx *tx, void *arg)
{
	const struct trusted *trusted = arg;
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("INSERT INTO trusted (url, jws, iat_s, fetched_s) VALUES (?1, ?2, ?3, ?4)"
		" ON CONFLICT (url) DO UPDATE SET jws = excluded.jws, iat_s = excluded.iat_s,"
		" fetched_s = excluded.fetched_s WHERE trusted.iat_s <= excluded.iat_s",
		SQL_TEXT(trusted->url), SQL_TEXT(trusted->jws), SQL_INT(trusted->iat_s),
		SQL_INT(clock_now_s())),
	    &rows);
	if (r == 0 && rows.n_changed == 0)
		return fail(sql_task(tx), CONFLICT, "a newer list is kept already");
	return r;
}
