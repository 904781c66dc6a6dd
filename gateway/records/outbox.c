/* SPDX-License-Identifier: Apache-2.0
 *
 * The outbox (see outbox.h).
 *
 * next_s is when the next thing happens to a row: its next try, the end of a lease, or, once it is
 * settled, that it is dropped; so one index finds all that is due.
 */
#include "records/outbox.h"

#include "core/clock.h"
#include "core/metrics.h"
#include "core/random.h"
#include "core/task.h"
#include "records/audit.h"
#include "store/sql.h"

#include <string.h>

#define SHOWN_S      (7 * 86400)
#define LIST_MAX     100
#define RANDOM_BYTES 8

const outbox_waits outbox_hours = {5, 15, 45, 135, 405, 1215, 3600, 3600, 3600};
/* As Standard Webhooks 1.0 recommends. */
const outbox_waits outbox_days = {5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400};

struct claiming {
	const char *const *busy;
	struct sql_rows rows;
};
struct settling {
	const struct letter *letter;
	struct outcome outcome;
};

static sql_step claim_step, settle_step;
static void tally(struct task *task, const struct letter *letter, enum delivery delivery);
static const struct letter *letter_of(struct task *task, const struct sql_rows *rows);
static int retry(struct sql_tx *tx, const struct settling *settling);
static int finish(struct sql_tx *tx, const struct settling *settling);
static int64_t wait_s(const struct settling *settling);
static json_t *listed(const struct sql_rows *rows, size_t i);

int
outbox_add(struct sql_tx *tx, struct letter *letter)
{
	struct task *task = sql_task(tx);

	letter->since_s = clock_now_s();
	letter->id = task_printf(
	    task, "%012llx%s", (long long)clock_now_ms(), random_id(task, RANDOM_BYTES));
	return sql_run(tx,
	    SQL("INSERT INTO outbox"
		" (id, kind, person_id, client_id, about, body, state, n_tries, since_s, next_s,"
		" done_s) VALUES (?1, ?2, ?3, ?4, ?7, ?5, 'waiting', 0, ?6, ?6, 0)",
		SQL_TEXT(letter->id), SQL_TEXT(letter->kind), SQL_TEXT(letter->person_id),
		SQL_TEXT(letter->client_id), SQL_TEXT(json_text(task, letter->body)),
		SQL_INT(letter->since_s), SQL_TEXT(letter->about)),
	    NULL);
}

int
outbox_waiting(struct sql_tx *tx, const char *about, int64_t *ret_n)
{
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("SELECT count(*) FROM outbox WHERE about = ?1 AND state = 'waiting'",
		SQL_TEXT(about)),
	    &rows);
	if (r == 0)
		*ret_n = sql_int(&rows, 0, 0);
	return r;
}

int
outbox_is_due(struct task *task, bool *ret_is_due)
{
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT 1 FROM outbox WHERE next_s <= ?1 LIMIT 1", SQL_INT(clock_now_s())), &rows);
	if (r < 0)
		return r;
	*ret_is_due = rows.n_rows > 0;
	return 0;
}

int
outbox_claim(
    struct task *task, const char *const busy[OUTBOX_BUSY_MAX], const struct letter **ret_letter)
{
	struct claiming claiming = {.busy = busy};
	const struct letter *letter = NULL;
	int r;

	r = sql_write(task, claim_step, &claiming);
	if (r < 0)
		return r;
	if (claiming.rows.n_rows > 0)
		letter = letter_of(task, &claiming.rows);
	/* What nobody can read is not tried again. */
	if (letter != NULL && letter->body == NULL) {
		r = outbox_settle(
		    task, letter, &(struct outcome){LETTER_IN_VAIN, "unreadable", NULL});
		letter = NULL;
	}
	if (r < 0)
		return r;
	*ret_letter = letter;
	return 0;
}

static int
claim_step(struct sql_tx *tx, void *arg)
{
	struct claiming *claiming = arg;
	const char *const *busy = claiming->busy;
	int64_t now_s = clock_now_s();
	int r;

	/* " " is nobody's id; "" is that of letters to ourselves. */
	r = sql_run(tx,
	    SQL("DELETE FROM outbox WHERE next_s <= ?1 AND state <> 'waiting'", SQL_INT(now_s)),
	    NULL);
	if (r < 0)
		return r;
	return sql_run(tx,
	    SQL("UPDATE outbox SET n_tries = n_tries + 1, next_s = ?2"
		" WHERE id = (SELECT id FROM outbox WHERE next_s <= ?1 AND state = 'waiting'"
		" AND client_id NOT IN (COALESCE(?3, ' '), COALESCE(?4, ' '), COALESCE(?5, ' '),"
		" COALESCE(?6, ' ')) ORDER BY next_s LIMIT 1) AND next_s <= ?1"
		" AND state = 'waiting'"
		" RETURNING id, kind, person_id, client_id, body, n_tries, since_s",
		SQL_INT(now_s), SQL_INT(now_s + OUTBOX_LEASE_S), SQL_TEXT(busy[0]),
		SQL_TEXT(busy[1]), SQL_TEXT(busy[2]), SQL_TEXT(busy[3])),
	    &claiming->rows);
}

static const struct letter *
letter_of(struct task *task, const struct sql_rows *rows)
{
	const char *body = sql_text(rows, 0, 4);
	struct letter *letter = task_new(task, struct letter);
	json_t *json = NULL;

	if (json_parse_object(task, body, strlen(body), &json) < 0)
		fault_clear(task);
	*letter = (struct letter){
	    .id = sql_text(rows, 0, 0),
	    .kind = sql_text(rows, 0, 1),
	    .person_id = sql_text(rows, 0, 2),
	    .client_id = sql_text(rows, 0, 3),
	    .body = json == NULL ? NULL : json_keep(task, json),
	    .n_tries = sql_int(rows, 0, 5),
	    .since_s = sql_int(rows, 0, 6),
	};
	return letter;
}

int
outbox_settle(struct task *task, const struct letter *letter, const struct outcome *outcome)
{
	struct settling settling = {letter, *outcome};
	int r;

	if (outcome->delivery == LETTER_FAILED && letter->n_tries >= OUTBOX_TRIES)
		settling.outcome.delivery = LETTER_IN_VAIN;
	r = sql_write(task, settle_step, &settling);
	if (r < 0)
		return r;
	tally(task, letter, settling.outcome.delivery);
	return 0;
}

static void
tally(struct task *task, const struct letter *letter, enum delivery delivery)
{
	static const char *const names[] = {[LETTER_DELIVERED] = "delivered",
	    [LETTER_FAILED] = "failed",
	    [LETTER_IN_VAIN] = "given_up"};

	metric_add(
	    metric_counter("dvara_outbox_tries_total",
		"letters sent to clients, by what became of each try",
		task_printf(task, "kind=\"%s\",result=\"%s\"", letter->kind, names[delivery])),
	    1);
}

int
outbox_measure(struct task *task)
{
	int64_t oldest_s = 0, now_s = clock_now_s();
	struct sql_rows rows;
	int r;

	r = sql_read(
	    task, SQL("SELECT COUNT(*), MIN(since_s) FROM outbox WHERE state = 'waiting'"), &rows);
	if (r < 0)
		return r;
	if (sql_int(&rows, 0, 0) > 0)
		oldest_s = now_s - sql_int(&rows, 0, 1);
	metric_set(metric_gauge("dvara_outbox_waiting", "letters that wait to be delivered", NULL),
	    (double)sql_int(&rows, 0, 0));
	metric_set(metric_gauge("dvara_outbox_oldest_seconds",
		       "how long the oldest of them has waited", NULL),
	    (double)oldest_s);
	return 0;
}

static int
settle_step(struct sql_tx *tx, void *arg)
{
	const struct settling *settling = arg;

	return settling->outcome.delivery == LETTER_FAILED ? retry(tx, settling)
							   : finish(tx, settling);
}

/* Whose lease has run out has no say any more: another may be sending it now. */
static int
retry(struct sql_tx *tx, const struct settling *settling)
{
	const struct letter *letter = settling->letter;

	return sql_run(tx,
	    SQL("UPDATE outbox SET next_s = ?3, result = ?4"
		" WHERE id = ?1 AND n_tries = ?2 AND state = 'waiting'",
		SQL_TEXT(letter->id), SQL_INT(letter->n_tries),
		SQL_INT(clock_now_s() + wait_s(settling)), SQL_TEXT(settling->outcome.result)),
	    NULL);
}

static int64_t
wait_s(const struct settling *settling)
{
	int64_t wait_s = settling->outcome.waits_s[settling->letter->n_tries - 1];

	return wait_s + random_below((uint32_t)wait_s / 10 + 1);
}

static int
finish(struct sql_tx *tx, const struct settling *settling)
{
	const struct letter *letter = settling->letter;
	bool is_delivered = settling->outcome.delivery == LETTER_DELIVERED;
	struct task *task = sql_task(tx);
	json_auto_t *detail = NULL;
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("UPDATE outbox SET state = ?2, done_s = ?3, next_s = ?4, result = ?5"
		" WHERE id = ?1 AND state = 'waiting'",
		SQL_TEXT(letter->id), SQL_TEXT(is_delivered ? "delivered" : "failed"),
		SQL_INT(clock_now_s()), SQL_INT(clock_now_s() + SHOWN_S),
		SQL_TEXT(settling->outcome.result)),
	    &rows);
	if (r < 0 || rows.n_changed == 0)
		return r;
	detail = json_object();
	json_set_text(detail, "letter", letter->id);
	json_set_text(detail, "result", settling->outcome.result);
	json_object_set_new(detail, "tries", json_integer(letter->n_tries));
	return audit_add(
	    tx, &(struct audit_event){.event = task_printf(task, "%s.%s", letter->kind,
					  is_delivered ? "delivered" : "given_up"),
		    .actor = "gateway",
		    .person_id = letter->person_id,
		    .client_id = str_is_empty(letter->client_id) ? NULL : letter->client_id,
		    .detail = detail});
}

int
outbox_list(struct task *task, const char *person_id, json_t **ret_letters)
{
	json_auto_t *letters = json_array();
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT kind, client_id, state, since_s, n_tries, next_s, done_s, result FROM "
		"outbox"
		" WHERE person_id = ?1 ORDER BY id DESC LIMIT 400",
		SQL_TEXT(person_id)),
	    &rows);
	if (r < 0)
		return r;
	for (size_t i = 0; i < rows.n_rows; i++) {
		json_t *object = listed(&rows, i);

		json_set_text(object, "kind", sql_text(&rows, i, 0));
		json_set_text(object, "client_id", sql_text(&rows, i, 1));
		json_array_append_new(letters, object);
	}
	*ret_letters = json_incref(letters);
	return 0;
}

int
outbox_of(struct task *task, const char *about, const struct span *span, json_t **ret_letters)
{
	json_auto_t *letters = json_array();
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT id, body, state, since_s, n_tries, next_s, done_s, result FROM outbox"
		" WHERE about = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3",
		SQL_TEXT(about), SQL_TEXT(span_id(span)), SQL_INT(span_rows(span, LIST_MAX))),
	    &rows);
	if (r < 0)
		return r;
	for (size_t i = 0; i < rows.n_rows; i++) {
		json_t *object = listed(&rows, i);

		json_set_text(object, "id", sql_text(&rows, i, 0));
		json_object_set_new(object, "body", json_loads(sql_text(&rows, i, 1), 0, NULL));
		json_array_append_new(letters, object);
	}
	*ret_letters = json_incref(letters);
	return 0;
}

/* From the third column on. */
static json_t *
listed(const struct sql_rows *rows, size_t i)
{
	bool is_waiting = str_equal(sql_text(rows, i, 2), "waiting");
	json_t *object = json_object();

	json_set_text(object, "state", sql_text(rows, i, 2));
	json_object_set_new(object, "since", json_integer(sql_int(rows, i, 3)));
	json_object_set_new(object, "n_tries", json_integer(sql_int(rows, i, 4)));
	json_object_set_new(object, is_waiting ? "next" : "done",
	    json_integer(sql_int(rows, i, is_waiting ? 5 : 6)));
	json_set_text(object, "result", sql_text(rows, i, 7));
	return object;
}
