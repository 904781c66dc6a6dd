/* SPDX-License-Identifier: Apache-2.0
 *
 * What is over by its time (see expiry.h).
 */
#include "records/expiry.h"

#include "core/clock.h"
#include "core/task.h"
#include "records/audit.h"
#include "records/consent_row.h"
#include "records/event.h"

#define BATCH   50 /* in one step */
#define BATCHES 10

static int is_due(struct task *task, bool *ret_is_due);
static sql_step expire_step;
static int requests_expire(struct sql_tx *tx, int64_t now_s);
static int request_tell(struct sql_tx *tx, const struct sql_rows *rows, size_t i);
static int consents_expire(struct sql_tx *tx, int64_t now_s);

int
expiry_tend(struct task *task)
{
	for (int i = 0; i < BATCHES; i++) {
		bool has_more = false;
		int r = is_due(task, &has_more);

		if (r == 0 && has_more)
			r = sql_write(task, expire_step, NULL);
		if (r < 0 || !has_more)
			return r;
		event_haste(task);
	}
	return 0;
}

static int
is_due(struct task *task, bool *ret_is_due)
{
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT 1 FROM consent_request"
		" WHERE status = 'awaiting_authorisation' AND expires_s <= ?1"
		" UNION ALL SELECT 1 FROM consent"
		" WHERE ended_s = 0 AND withdrawn_s = 0 AND until_s <= ?1 LIMIT 1",
		SQL_INT(clock_now_s())),
	    &rows);
	if (r == 0)
		*ret_is_due = rows.n_rows > 0;
	return r;
}

/* Another process may have come first: then there is nothing left to move. */
static int
expire_step(struct sql_tx *tx, void *arg)
{
	int64_t now_s = clock_now_s();
	int r;

	(void)arg;
	r = requests_expire(tx, now_s);
	return r < 0 ? r : consents_expire(tx, now_s);
}

static int
requests_expire(struct sql_tx *tx, int64_t now_s)
{
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("UPDATE consent_request SET status = 'expired', decided_s = expires_s WHERE id IN"
		" (SELECT id FROM consent_request"
		" WHERE status = 'awaiting_authorisation' AND expires_s <= ?1"
		" ORDER BY expires_s LIMIT ?2) RETURNING id, client_id, person_id",
		SQL_INT(now_s), SQL_INT(BATCH)),
	    &rows);
	for (size_t i = 0; r == 0 && i < rows.n_rows; i++)
		r = request_tell(tx, &rows, i);
	return r;
}

static int
request_tell(struct sql_tx *tx, const struct sql_rows *rows, size_t i)
{
	const struct event event = {
	    .type = "consent_request.expired",
	    .client_id = sql_text(rows, i, 1),
	    .subject_id = sql_text(rows, i, 0),
	    .status = "expired",
	    .actor = "gateway",
	};
	json_auto_t *detail = json_pack("{s:s}", "request", event.subject_id);
	int r;

	r = event_add(tx, &event);
	if (r < 0)
		return r;
	return audit_add(tx, &(struct audit_event){
				 .event = event.type,
				 .actor = event.actor,
				 .person_id = sql_text(rows, i, 2),
				 .client_id = event.client_id,
				 .detail = detail,
			     });
}

/* It ends when its time was over, not when somebody looked. */
static int
consents_expire(struct sql_tx *tx, int64_t now_s)
{
	const struct consent_news news = {"consent.expired", "gateway", CONSENT_IS_EXPIRED};
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("UPDATE consent SET ended_s = until_s, end_reason = 'expired' WHERE id IN"
		" (SELECT id FROM consent"
		" WHERE ended_s = 0 AND withdrawn_s = 0 AND until_s <= ?1"
		" ORDER BY until_s LIMIT ?2) RETURNING " CONSENT_COLUMNS,
		SQL_INT(now_s), SQL_INT(BATCH)),
	    &rows);
	for (size_t i = 0; r == 0 && i < rows.n_rows; i++) {
		const struct consent *consent;

		r = consent_row_read(sql_task(tx), &rows, i, &consent);
		if (r == 0)
			r = consent_row_tell(tx, consent, &news);
	}
	return r;
}
