/* SPDX-License-Identifier: Apache-2.0
 *
 * Events (see event.h).
 *
 * event_head has the last number and hash of each client; the statement that moves it is the lock
 * under which a row is made, so that two processes never write the same number.
 */
#include "records/event.h"

#include "core/clock.h"
#include "core/random.h"
#include "core/rfc3339.h"
#include "core/task.h"
#include "records/audit.h"
#include "records/event_row.h"
#include "records/outbox.h"
#include "records/post.h"
#include "records/webhook.h"
#include "store/sql.h"

#include <string.h>

#define LIST_MAX     100
#define RANDOM_BYTES 8

static int row_number(struct sql_tx *tx, struct event_row *row);
static int row_insert(struct sql_tx *tx, const struct event_row *row);
static const struct webhook_message *row_message(struct task *task, const struct event_row *row);
static json_t *row_content(const struct event_row *row);
static json_t *row_json(struct task *task, const struct event_row *row);
static const char *kind_of(struct task *task, const char *actor);
static sql_step replay_step;
static int replay_audit(struct sql_tx *tx, const struct event_replay *replay);
static int rows_read(struct task *task, const char *client_id, const struct event_page *page,
    struct sql_rows *ret_rows);

const char *const event_types[] = {
#define EVENT_NAME(name) name,
    EVENT_TABLE(EVENT_NAME)
#undef EVENT_NAME
	NULL};

bool
event_is_type(const char *type)
{
	for (size_t i = 0; event_types[i] != NULL; i++)
		if (str_equal(event_types[i], type))
			return true;
	return false;
}

int
event_add(struct sql_tx *tx, const struct event *event)
{
	struct task *task = sql_task(tx);
	struct event_row row = {
	    .client_id = event->client_id,
	    .at_s = clock_now_s(),
	    .id = task_printf(
		task, "evt_%012llx%s", (long long)clock_now_ms(), random_id(task, RANDOM_BYTES)),
	    .type = event->type,
	    .subject_id = event->subject_id,
	    .other_id = event->other_id,
	    .status = event->status,
	    .actor = kind_of(task, event->actor),
	    .service_id = event->service_id,
	    .reference = event->reference,
	};
	int r;

	if (!event_is_type(event->type))
		return fail(task, BROKEN, "there are no events of the type %s", event->type);
	r = row_number(tx, &row);
	if (r == 0)
		r = row_insert(tx, &row);
	if (r < 0)
		return r;
	return webhook_tell(tx, event->client_id, row_message(task, &row));
}

/* Which operator it was is nothing that a client needs to know. */
static const char *
kind_of(struct task *task, const char *actor)
{
	return task_dup_n(task, actor, strcspn(actor, ":"));
}

static int
row_number(struct sql_tx *tx, struct event_row *row)
{
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("INSERT INTO event_head (client_id, seq, hash) VALUES (?1, 1, '')"
		" ON CONFLICT (client_id) DO UPDATE SET seq = event_head.seq + 1"
		" RETURNING seq, hash",
		SQL_TEXT(row->client_id)),
	    &rows);
	if (r < 0)
		return r;
	row->seq = sql_int(&rows, 0, 0);
	row->previous = sql_text(&rows, 0, 1);
	row->hash = event_row_hash(sql_task(tx), row);
	return sql_run(tx,
	    SQL("UPDATE event_head SET hash = ?2 WHERE client_id = ?1", SQL_TEXT(row->client_id),
		SQL_TEXT(row->hash)),
	    NULL);
}

static int
row_insert(struct sql_tx *tx, const struct event_row *row)
{
	return sql_run(tx,
	    SQL("INSERT INTO event (client_id, seq, id, at_s, type, subject_id, other_id, status,"
		" actor, previous, hash, service_id, reference)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
		SQL_TEXT(row->client_id), SQL_INT(row->seq), SQL_TEXT(row->id), SQL_INT(row->at_s),
		SQL_TEXT(row->type), SQL_TEXT(row->subject_id), SQL_TEXT(row->other_id),
		SQL_TEXT(row->status), SQL_TEXT(row->actor), SQL_TEXT(row->previous),
		SQL_TEXT(row->hash), SQL_TEXT(row->service_id), SQL_TEXT(row->reference)),
	    NULL);
}

static const struct webhook_message *
row_message(struct task *task, const struct event_row *row)
{
	json_auto_t *content = row_content(row);
	struct webhook_message *message = task_new(task, struct webhook_message);

	*message = (struct webhook_message){.id = row->id,
	    .type = row->type,
	    .body = event_message(task, row->type, row->at_s, content)};
	return message;
}

/* {id, status}, and under its own name the other one; of news {sub, service, news, reference,
 * consent}. */
static json_t *
row_content(const struct event_row *row)
{
	bool is_consent = str_starts(row->type, "consent.");
	json_t *content = json_object();

	if (row->service_id != NULL) {
		json_set_text(content, "sub", row->subject_id);
		json_set_text(content, "service", row->service_id);
		json_set_text(content, "news", row->status);
		json_set_text(content, "reference", row->reference);
		json_set_text(content, "consent", row->other_id);
		return content;
	}
	json_set_text(content, "id", row->subject_id);
	json_set_text(content, "status", row->status);
	json_set_text(content, is_consent ? "consent_request" : "consent_id", row->other_id);
	return content;
}

int
event_history(struct task *task, const char *subject_id, json_t **ret_events)
{
	struct sql_rows rows;
	json_t *events;
	int r;

	r = sql_read(task,
	    SQL("SELECT type, at_s, actor FROM event WHERE subject_id = ?1 ORDER BY seq LIMIT 100",
		SQL_TEXT(subject_id)),
	    &rows);
	if (r < 0)
		return r;
	events = json_array();
	for (size_t i = 0; i < rows.n_rows; i++)
		json_array_append_new(
		    events, json_pack("{s:s, s:I, s:s}", "type", sql_text(&rows, i, 0), "at",
				(json_int_t)sql_int(&rows, i, 1), "actor", sql_text(&rows, i, 2)));
	*ret_events = events;
	return 0;
}

const char *
event_message(struct task *task, const char *type, int64_t at_s, const json_t *content)
{
	json_auto_t *message = json_pack("{s:s, s:s, s:O}", "type", type, "timestamp",
	    rfc3339_text(task, at_s), "data", content);

	return json_text(task, message);
}

void
event_haste(struct task *task)
{
	post_haste(task, 0);
}

int
event_list(
    struct task *task, const char *client_id, const struct event_page *page, json_t **ret_events)
{
	struct event_page bounded = *page;
	json_auto_t *events = json_array();
	struct sql_rows rows;
	int r;

	if (bounded.limit < 1 || bounded.limit > LIST_MAX)
		bounded.limit = LIST_MAX;
	r = rows_read(task, client_id, &bounded, &rows);
	if (r < 0)
		return r;
	for (size_t i = 0; i < rows.n_rows; i++) {
		struct event_row row = event_row_of(&rows, i);

		json_array_append_new(events, row_json(task, &row));
	}
	*ret_events = json_incref(events);
	return 0;
}

static int
rows_read(struct task *task, const char *client_id, const struct event_page *page,
    struct sql_rows *ret_rows)
{
	return sql_read(task,
	    SQL("SELECT " EVENT_COLUMNS " FROM event WHERE client_id = ?1 AND seq > ?2"
		" ORDER BY seq LIMIT ?3",
		SQL_TEXT(client_id), SQL_INT(page->after), SQL_INT(page->limit)),
	    ret_rows);
}

static json_t *
row_json(struct task *task, const struct event_row *row)
{
	return json_pack("{s:s, s:I, s:s, s:s, s:o, s:s, s:s, s:s}", "id", row->id, "sequence",
	    (json_int_t)row->seq, "type", row->type, "timestamp", rfc3339_text(task, row->at_s),
	    "data", row_content(row), "actor", row->actor, "hash", row->hash, "previous",
	    row->previous);
}

int
event_replay(struct task *task, struct event_replay *replay)
{
	return sql_write(task, replay_step, replay);
}

static int
replay_step(struct sql_tx *tx, void *arg)
{
	struct event_replay *replay = arg;
	struct sql_rows rows;
	int64_t n_waiting;
	int r;

	replay->n = 0;
	replay->last = replay->after;
	r = outbox_waiting(tx, replay->webhook->id, &n_waiting);
	if (r < 0 || n_waiting >= EVENT_REPLAY_MAX)
		return r;
	r = sql_run(tx,
	    SQL("SELECT " EVENT_COLUMNS " FROM event WHERE client_id = ?1 AND seq > ?2"
		" ORDER BY seq LIMIT ?3",
		SQL_TEXT(replay->webhook->client_id), SQL_INT(replay->after),
		SQL_INT(EVENT_REPLAY_MAX - n_waiting)),
	    &rows);
	for (size_t i = 0; r == 0 && i < rows.n_rows; i++) {
		struct event_row row = event_row_of(&rows, i);

		replay->last = row.seq;
		if (!webhook_wants(replay->webhook, row.type))
			continue;
		r = webhook_tell_one(tx, replay->webhook, row_message(sql_task(tx), &row));
		replay->n++;
	}
	return r < 0 || replay->operator_name == NULL ? r : replay_audit(tx, replay);
}

static int
replay_audit(struct sql_tx *tx, const struct event_replay *replay)
{
	json_auto_t *detail = json_pack("{s:s, s:I, s:I}", "endpoint", replay->webhook->id, "after",
	    (json_int_t)replay->after, "letters", (json_int_t)replay->n);

	return audit_add(
	    tx, &(struct audit_event){.event = "webhook_endpoint.replayed",
		    .actor = task_printf(sql_task(tx), "operator:%s", replay->operator_name),
		    .client_id = replay->webhook->client_id,
		    .detail = detail});
}
