/* SPDX-License-Identifier: Apache-2.0
 *
 * Releases that were made (see release_again.h).  In SQL: a store of what expires may be lost, and
 * a consent that was for once is used up then all the same.
 */
#include "consent/release_again.h"

#include "core/clock.h"
#include "core/random.h"
#include "core/task.h"
#include "store/sql.h"

#define DAY_S    86400 /* as records/idempotency.h */
#define ID_BYTES 16

static int forget(struct sql_tx *tx, const struct release *release, const struct purpose *purpose);
static int limit_check(
    struct sql_tx *tx, const struct release *release, const struct purpose *purpose);

int
release_again_read(
    struct task *task, const struct release *release, const struct consent *own, bool *ret_is_again)
{
	struct sql_rows rows;
	int r;

	if (release->once == NULL) {
		*ret_is_again = false;
		return 0;
	}
	r = sql_read(task,
	    SQL("SELECT 1 FROM consent_release WHERE consent_id = ?1 AND once = ?2 AND at_s > ?3",
		SQL_TEXT(own->id), SQL_TEXT(release->once), SQL_INT(clock_now_s() - DAY_S)),
	    &rows);
	if (r == 0)
		*ret_is_again = rows.n_rows > 0;
	return r;
}

int
release_again_add(struct sql_tx *tx, const struct release *release, const struct purpose *purpose)
{
	struct sql_rows rows;
	const char *id;
	int r;

	if (release->once == NULL && purpose->frequency.n == 0)
		return 0;
	id = random_id(sql_task(tx), ID_BYTES);
	r = forget(tx, release, purpose);
	if (r == 0)
		r = limit_check(tx, release, purpose);
	if (r < 0)
		return r;
	r = sql_run(tx,
	    SQL("INSERT INTO consent_release (id, consent_id, once, at_s) VALUES (?1, ?2, ?3, ?4)"
		" ON CONFLICT (consent_id, once) DO NOTHING",
		SQL_TEXT(id), SQL_TEXT(release->consent_id),
		SQL_TEXT(release->once == NULL ? id : release->once), SQL_INT(clock_now_s())),
	    &rows);
	if (r == 0 && rows.n_changed == 0)
		return fail(sql_task(tx), CONFLICT, "the same release was made at the same time");
	return r;
}

/* What counts no more is dropped on the way: the ledger remembers it. */
static int
forget(struct sql_tx *tx, const struct release *release, const struct purpose *purpose)
{
	const int64_t per_s = purpose->frequency.n > 0 ? purpose->frequency.per_s : 0;

	return sql_run(tx,
	    SQL("DELETE FROM consent_release WHERE consent_id = ?1 AND at_s <= ?2",
		SQL_TEXT(release->consent_id),
		SQL_INT(clock_now_s() - (per_s > DAY_S ? per_s : DAY_S))),
	    NULL);
}

/* The last of as many as may be within the time stands in the way until it is over. */
static int
limit_check(struct sql_tx *tx, const struct release *release, const struct purpose *purpose)
{
	const int64_t n = purpose->frequency.n, per_s = purpose->frequency.per_s;
	struct sql_rows rows;
	int64_t wait_s;
	int r;

	if (n == 0)
		return 0;
	r = sql_run(tx,
	    SQL("SELECT at_s FROM consent_release WHERE consent_id = ?1"
		" ORDER BY at_s DESC LIMIT 1 OFFSET ?2",
		SQL_TEXT(release->consent_id), SQL_INT(n - 1)),
	    &rows);
	if (r < 0 || rows.n_rows == 0)
		return r;
	wait_s = sql_int(&rows, 0, 0) + per_s - clock_now_s();
	if (wait_s <= 0)
		return 0;
	r = fail(sql_task(tx), LIMIT_EXCEEDED, "the purpose allows %lld releases within %lld s",
	    (long long)n, (long long)per_s);
	sql_task(tx)->fault.retry_s = (long)wait_s;
	return r;
}
