/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests of the consent API (see consent_request.h).
 */
#include "records/consent_request.h"

#include "core/clock.h"
#include "core/random.h"
#include "core/settings.h"
#include "core/task.h"
#include "records/audit.h"
#include "records/event.h"
#include "records/person.h"
#include "records/rate.h"
#include "store/sql.h"

#include <string.h>

#define ID_BYTES 16
#define LIST_MAX 50
#define MINUTE_S 60
#define KEEP_S   (90 * 86400) /* after it was made, where no consent lives by it */
#define ONCE_S   86400        /* as records/idempotency.h */
#define COLUMNS \
	"id, client_id, once, status, purpose_id, purpose_version, person_id, asked, consent_id," \
	" created_s, expires_s, decided_s"

static int read_row(struct task *task, const struct sql_rows *rows, size_t row,
    const struct consent_request **ret_request);
static int rate_take(struct task *task, const char *client_id);
static int forget(struct sql_tx *tx, int64_t before_s);
static sql_step create_step, decide_step, cancel_step;
struct decision;
static int settle(struct sql_tx *tx, const struct decision *decision);

int
consent_request_find(struct task *task, const char *id, const struct consent_request **ret_request)
{
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT " COLUMNS " FROM consent_request WHERE id = ?1", SQL_TEXT(id)), &rows);
	return r < 0 ? r : read_row(task, &rows, 0, ret_request);
}

static int
read_row(struct task *task, const struct sql_rows *rows, size_t row,
    const struct consent_request **ret_request)
{
	struct consent_request *request;
	const char *asked;
	json_t *json;

	if (row >= rows->n_rows) {
		*ret_request = NULL;
		return 0;
	}
	asked = sql_text(rows, row, 7);
	if (json_parse_object(task, asked, strlen(asked), &json) < 0)
		return fault_as(task, BROKEN);
	request = task_new(task, struct consent_request);
	*request = (struct consent_request){
	    .id = sql_text(rows, row, 0),
	    .client_id = sql_text(rows, row, 1),
	    .once = sql_text(rows, row, 2),
	    .status = sql_text(rows, row, 3),
	    .purpose_id = sql_text(rows, row, 4),
	    .purpose_version = sql_text(rows, row, 5),
	    .person_id = sql_text(rows, row, 6),
	    .asked = json_keep(task, json),
	    .consent_id = sql_text(rows, row, 8),
	    .created_s = sql_int(rows, row, 9),
	    .expires_s = sql_int(rows, row, 10),
	    .decided_s = sql_int(rows, row, 11),
	};
	if (str_equal(request->status, CONSENT_REQUEST_AWAITING) &&
	    request->expires_s <= clock_now_s())
		request->status = "expired";
	*ret_request = request;
	return 0;
}

int
consent_request_list(struct task *task, const char *person_id, const char *const **ret_ids)
{
	struct sql_rows rows;
	const char **ids;
	int r;

	r = sql_read(task,
	    SQL("SELECT id FROM (SELECT id, expires_s, ROW_NUMBER()"
		" OVER (PARTITION BY client_id ORDER BY expires_s, id) AS place"
		" FROM consent_request WHERE person_id = ?1 AND expires_s > ?2"
		" AND status = 'awaiting_authorisation') AS waiting"
		" WHERE place <= ?3 ORDER BY expires_s, id LIMIT ?4",
		SQL_TEXT(person_id), SQL_INT(clock_now_s()), SQL_INT(CONSENT_REQUESTS_OF_CLIENT),
		SQL_INT(LIST_MAX)),
	    &rows);
	if (r < 0)
		return r;
	ids = task_new_n(task, const char *, rows.n_rows + 1);
	for (size_t i = 0; i < rows.n_rows; i++)
		ids[i] = sql_text(&rows, i, 0);
	*ret_ids = ids;
	return 0;
}

int
consent_request_create(struct task *task, struct consent_request *request)
{
	const struct consent_request *before = NULL;
	const char *made;
	int r;

	r = rate_take(task, request->client_id);
	if (r < 0)
		return r;
	request->id = random_id(task, ID_BYTES);
	request->status = CONSENT_REQUEST_AWAITING;
	request->created_s = clock_now_s();
	request->expires_s = request->created_s + task->rooms->settings->consent_request_life;
	request->text = json_text(task, request->asked);
	made = request->id;
	r = sql_write(task, create_step, request);
	if (r < 0 || request->id == made)
		return r;
	r = consent_request_find(task, request->id, &before);
	if (r == 0 && before == NULL)
		return fail(task, CONFLICT, "the same request was made at the same time");
	if (r == 0)
		*request = *before;
	return r;
}

static int
rate_take(struct task *task, const char *client_id)
{
	const struct rate rate = {
	    .kind = "consent-request",
	    .who = client_id,
	    .max = task->rooms->settings->consent_requests_per_minute,
	    .window_s = MINUTE_S,
	};
	int r = rate.max == 0 ? 0 : rate_claim(task, &rate);

	return r == TOO_MANY_REQUESTS ? fault_as(task, RATE_LIMITED) : r;
}

/* Made before: the id becomes that one's. */
static int
create_step(struct sql_tx *tx, void *arg)
{
	struct consent_request *request = arg;
	struct sql_rows rows;
	int r;

	r = forget(tx, request->created_s - KEEP_S);
	if (r < 0)
		return r;
	/* What was known by it a day ago is another request. */
	r = sql_run(tx,
	    SQL("UPDATE consent_request SET once = id WHERE client_id = ?1 AND once = ?2"
		" AND created_s <= ?3",
		SQL_TEXT(request->client_id), SQL_TEXT(request->once),
		SQL_INT(request->created_s - ONCE_S)),
	    NULL);
	if (r < 0)
		return r;
	r = sql_run(tx,
	    SQL("INSERT INTO consent_request (" COLUMNS ")"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, NULL, ?9, ?10, 0)"
		" ON CONFLICT (client_id, once) DO NOTHING",
		SQL_TEXT(request->id), SQL_TEXT(request->client_id), SQL_TEXT(request->once),
		SQL_TEXT(request->status), SQL_TEXT(request->purpose_id),
		SQL_TEXT(request->purpose_version), SQL_TEXT(request->person_id),
		SQL_TEXT(request->text), SQL_INT(request->created_s), SQL_INT(request->expires_s)),
	    &rows);
	if (r < 0 || rows.n_changed > 0)
		return r;
	r = sql_run(tx,
	    SQL("SELECT id FROM consent_request WHERE client_id = ?1 AND once = ?2",
		SQL_TEXT(request->client_id), SQL_TEXT(request->once)),
	    &rows);
	if (r == 0 && rows.n_rows > 0)
		request->id = sql_text(&rows, 0, 0);
	return r;
}

/* Old ones, some at a time: what one of them asked counts as long as its consent lives. */
static int
forget(struct sql_tx *tx, int64_t before_s)
{
	return sql_run(tx,
	    SQL("DELETE FROM consent_request WHERE id IN"
		" (SELECT asked.id FROM consent_request AS asked"
		" LEFT JOIN consent AS given ON given.id = asked.consent_id"
		" WHERE asked.created_s < ?1 AND asked.expires_s < ?1"
		" AND (given.id IS NULL OR given.ended_s > 0 OR given.withdrawn_s > 0)"
		" ORDER BY asked.created_s LIMIT 10)",
		SQL_INT(before_s)),
	    NULL);
}

struct decision {
	const struct consent_request *request;
	const struct consent_answer *answer; /* NULL: of none */
	const char *status, *event, *actor;
};

int
consent_request_decide(
    struct task *task, const struct consent_request *request, const struct consent_answer *answer)
{
	const bool is_allowed = answer->consents != NULL;
	struct decision decision = {
	    .request = request,
	    .answer = answer,
	    .status = is_allowed ? "authorised" : "rejected",
	    .event = is_allowed ? "consent_request.authorised" : "consent_request.rejected",
	    .actor = "person",
	};
	int r = sql_write(task, decide_step, &decision);

	if (r == 0)
		event_haste(task);
	return r;
}

static int
decide_step(struct sql_tx *tx, void *arg)
{
	const struct decision *decision = arg;
	const struct consent_answer *answer = decision->answer;
	int r;

	r = settle(tx, decision);
	if (r < 0 || answer->consents == NULL)
		return r;
	r = person_subject_keep(tx, answer->subject, answer->person_id);
	for (struct consent **one = answer->consents; r == 0 && *one != NULL; one++)
		r = consent_give_step(tx, *one);
	return r;
}

int
consent_request_cancel(struct task *task, const struct consent_request *request)
{
	struct decision decision = {
	    .request = request,
	    .status = "cancelled",
	    .event = "consent_request.cancelled",
	    .actor = task_printf(task, "client:%s", request->client_id),
	};
	int r;

	if (str_equal(request->status, decision.status))
		return 0;
	r = sql_write(task, cancel_step, &decision);
	if (r == 0)
		event_haste(task);
	return r;
}

static int
cancel_step(struct sql_tx *tx, void *arg)
{
	return settle(tx, arg);
}

/* The one statement that moves it: whoever comes second finds nothing to move. */
static int
settle(struct sql_tx *tx, const struct decision *decision)
{
	const struct consent_request *request = decision->request;
	const struct consent_answer none = {.person_id = request->person_id};
	const struct consent_answer *answer = decision->answer == NULL ? &none : decision->answer;
	const char *consent_id = answer->consents == NULL ? NULL : answer->consents[0]->id;
	json_auto_t *detail = json_object();
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("UPDATE consent_request SET status = ?2, consent_id = ?3, decided_s = ?4"
		" WHERE id = ?1 AND status = 'awaiting_authorisation' AND expires_s > ?4",
		SQL_TEXT(request->id), SQL_TEXT(decision->status), SQL_TEXT(consent_id),
		SQL_INT(clock_now_s())),
	    &rows);
	if (r < 0)
		return r;
	if (rows.n_changed == 0)
		return fail(sql_task(tx), CONFLICT, "the request waits no more");
	r = event_add(tx, &(struct event){
			      .type = decision->event,
			      .client_id = request->client_id,
			      .subject_id = request->id,
			      .other_id = consent_id,
			      .status = decision->status,
			      .actor = decision->actor,
			  });
	if (r < 0)
		return r;
	json_set_text(detail, "request", request->id);
	json_set_text(detail, "consent", consent_id);
	return audit_add(tx, &(struct audit_event){
				 .event = decision->event,
				 .actor = decision->actor,
				 .person_id = answer->person_id,
				 .client_id = request->client_id,
				 .detail = detail,
			     });
}
