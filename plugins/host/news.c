/* SPDX-License-Identifier: Apache-2.0
 *
 * News of people: dvara_tell() writes them with the plugin's step, into a table of the host's own;
 * a fiber of the loop carries them to the gateway (POST /news), oldest first, at the start and
 * after each step that told something.  While the gateway is away it tries again, later and later.
 *
 * Told twice, as after a crash or by a second host over the same database, it is told once: the
 * gateway remembers the id for longer than news live here.
 */
#include "host.h"

#include "core/clock.h"
#include "core/fiber.h"
#include "core/log.h"
#include "core/random.h"
#include "http/fetch.h"
#include "store/sql.h"

#include <inttypes.h>
#include <string.h>

#define WAITING_MAX   50000
#define STEP_MAX      100
#define SUBJECT_MAX   255
#define REFERENCE_MAX 64
#define CLIENTS_MAX   1000
#define ID_BYTES      16
#define LIFE_S        (INT64_C(7) * 86400)
#define BATCH         20
#define BATCH_MS      60000
#define CALL_MS       3000
#define FIRST_WAIT_MS 1000
#define LAST_WAIT_MS  300000

enum answer { TOLD = 1, REFUSED, AWAY };

/* The loop's. */
static struct carrier {
	struct timer again;
	int64_t wait_ms; /* before the next try; 0: the last one got through */
	bool is_at_work;
	bool is_behind; /* something was written since the rows were read */
} carrier;

struct batch {
	struct sql_rows rows;
	size_t n_done; /* the first so many wait no more */
	bool is_away;
};

static const char *news_fault(const struct dvara_news *news);
static bool is_good(const char *text, size_t max);
static int number_next(struct dvara_tx *tx, int64_t *ret_number);
static void carry_later(int64_t ms);
static void carry_again(void *arg);
static void carry(void *arg);
static struct batch batch_take(void);
static void carry_after_wait(void);
static int batch_carry(struct task *task, struct batch *batch);
static enum answer one_tell(struct task *task, const struct sql_rows *rows, size_t i);
static sql_step forget_step;
static int waiting_read(struct task *task, struct sql_rows *ret_rows);

bool
host_news_open(struct dvara_host *host, char ret_why[256])
{
	return sql_make(host->rooms.sql,
		   "CREATE TABLE IF NOT EXISTS dvara_news ("
		   " number BIGINT PRIMARY KEY,"
		   " id TEXT NOT NULL,"
		   " subject TEXT NOT NULL,"
		   " type TEXT NOT NULL,"
		   " reference TEXT,"
		   " clients TEXT,"
		   " since_s BIGINT NOT NULL)",
		   ret_why) == 0;
}

int
dvara_tell(struct dvara_tx *tx, const struct dvara_news *news)
{
	struct task *task = sql_task(tx->tx);
	const char *wrong =
	    tx->n_told < STEP_MAX ? news_fault(news) : "the step told as many as it may";
	int64_t number;
	int r;

	if (wrong) {
		log_line(LOG_ERR, host_seat.service->id, "news are not told: %s", wrong);
		return DVARA_EINPUT;
	}
	r = number_next(tx, &number);
	if (r < 0)
		return r;
	r = sql_run(tx->tx,
	    SQL("INSERT INTO dvara_news (number, id, subject, type, reference, clients, since_s)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
		SQL_INT(number), SQL_TEXT(random_id(task, ID_BYTES)), SQL_TEXT(news->subject),
		SQL_TEXT(news->type), SQL_TEXT(news->reference), SQL_TEXT(news->clients),
		SQL_INT(clock_now_s())),
	    NULL);
	if (r < 0)
		return DVARA_EUPSTREAM;
	tx->n_told++;
	return DVARA_OK;
}

/* What no news may be, or NULL.  The gateway looks at the same, once more. */
static const char *
news_fault(const struct dvara_news *news)
{
	if (!news->subject || !is_good(news->subject, SUBJECT_MAX))
		return "subject is no name of anybody";
	if (!manifest_tells(&host_seat.manifest, news->type))
		return "the manifest's events do not declare the type";
	if (news->reference && !is_good(news->reference, REFERENCE_MAX))
		return "reference is empty, too long, or not printable ASCII";
	if (news->clients && !is_good(news->clients, CLIENTS_MAX))
		return "clients is empty, too long, or not printable ASCII";
	return NULL;
}

static bool
is_good(const char *text, size_t max)
{
	return *text && strlen(text) <= max && str_is_printable_ascii(text);
}

static int
number_next(struct dvara_tx *tx, int64_t *ret_number)
{
	struct sql_rows rows;
	int64_t first, last;
	int r;

	r = sql_run(tx->tx, SQL("SELECT MIN(number), MAX(number) FROM dvara_news"), &rows);
	if (r < 0)
		return DVARA_EUPSTREAM;
	first = sql_int(&rows, 0, 0);
	last = sql_int(&rows, 0, 1);
	if (last - first >= WAITING_MAX - 1) {
		log_line(LOG_ERR, host_seat.service->id,
		    "%d news wait for the gateway: no more are taken", WAITING_MAX);
		return DVARA_EUPSTREAM;
	}
	*ret_number = last + 1;
	return DVARA_OK;
}

/* Not at once: whoever started this process is starting too. */
void
host_news_begin(void)
{
	if (host_seat.rooms.sql)
		carry_later(FIRST_WAIT_MS);
}

void
host_news_haste(void)
{
	carrier.is_behind = true;
	if (host_seat.said || carrier.is_at_work || carrier.wait_ms > 0)
		return;
	timer_end(host_seat.loop, &carrier.again);
	carry_again(NULL);
}

static void
carry_later(int64_t ms)
{
	timer_set(host_seat.loop, &carrier.again, clock_mono_ms() + ms, carry_again, NULL);
}

static void
carry_again(void *arg)
{
	carrier.is_at_work = true;
	fiber_start(host_seat.loop, carry, arg);
}

static void
carry(void *arg)
{
	struct batch batch;

	(void)arg;
	do {
		carrier.is_behind = false;
		batch = batch_take();
		if (batch.n_done > 0)
			carrier.wait_ms = 0;
	} while (!batch.is_away && (batch.n_done == BATCH || carrier.is_behind));
	carrier.is_at_work = false;
	if (batch.is_away)
		carry_after_wait();
	else
		carrier.wait_ms = 0;
}

static struct batch
batch_take(void)
{
	struct batch batch = {0};
	struct task task;

	task_open(&task, host_seat.loop, &host_seat.rooms, BATCH_MS);
	if (batch_carry(&task, &batch) < 0) {
		log_fault(&task, "news");
		batch.is_away = true;
	}
	task_close(&task);
	batch.rows = (struct sql_rows){0};
	return batch;
}

static void
carry_after_wait(void)
{
	carrier.wait_ms = carrier.wait_ms ? carrier.wait_ms * 2 : FIRST_WAIT_MS;
	if (carrier.wait_ms > LAST_WAIT_MS)
		carrier.wait_ms = LAST_WAIT_MS;
	if (!loop_is_stopping(host_seat.loop))
		carry_later(carrier.wait_ms);
}

/* What was told stays told where it cannot be forgotten: the gateway knows its id. */
static int
batch_carry(struct task *task, struct batch *batch)
{
	int r;

	r = waiting_read(task, &batch->rows);
	for (size_t i = 0; r == 0 && !batch->is_away && i < batch->rows.n_rows; i++) {
		if (one_tell(task, &batch->rows, i) == AWAY)
			batch->is_away = true;
		else
			batch->n_done++;
	}
	return r < 0 || batch->n_done == 0 ? r : sql_write(task, forget_step, batch);
}

static int
waiting_read(struct task *task, struct sql_rows *ret_rows)
{
	return sql_read(task,
	    SQL("SELECT number, id, subject, type, reference, clients, since_s FROM dvara_news"
		" ORDER BY number LIMIT ?1",
		SQL_INT(BATCH)),
	    ret_rows);
}

static enum answer
one_tell(struct task *task, const struct sql_rows *rows, size_t i)
{
	static const struct pair headers[] = {
	    {"Content-Type", "application/x-www-form-urlencoded"}};
	struct fetch fetch = {.method = "POST", .headers = {headers, 1}, .timeout_ms = CALL_MS};
	const struct pair form[] = {{"id", sql_text(rows, i, 1)}, {"sub", sql_text(rows, i, 2)},
	    {"type", sql_text(rows, i, 3)}, {"reference", sql_text(rows, i, 4)},
	    {"clients", sql_text(rows, i, 5)}};
	struct fetched fetched;

	if (sql_int(rows, i, 6) < clock_now_s() - LIFE_S) {
		log_line(
		    LOG_ERR, host_seat.service->id, "news are dropped: they waited for a week");
		return REFUSED;
	}
	if (host_form(task, (struct pairs){form, sizeof(form) / sizeof(form[0])}, &fetch.body) < 0)
		return AWAY;
	if (host_fetch(task, &fetch, "/news", &fetched) < 0) {
		fault_clear(task);
		return AWAY;
	}
	if (fetched.status == 400) {
		log_line(LOG_ERR, host_seat.service->id,
		    "news are dropped: the gateway does not take the type %s, or the rest",
		    form[2].value);
		return REFUSED;
	}
	return fetched.status == 204 ? TOLD : AWAY;
}

static int
forget_step(struct sql_tx *tx, void *arg)
{
	const struct batch *batch = arg;
	int r = 0;

	/* By the id too: a number may have come again, written by another process. */
	for (size_t i = 0; r == 0 && i < batch->n_done; i++)
		r = sql_run(tx,
		    SQL("DELETE FROM dvara_news WHERE number = ?1 AND id = ?2",
			SQL_INT(sql_int(&batch->rows, i, 0)),
			SQL_TEXT(sql_text(&batch->rows, i, 1))),
		    NULL);
	return r;
}

int
host_news_take(struct task *task, json_t **ret_news)
{
	json_t *news = json_array();
	struct batch batch = {0};
	int r = 0;

	if (task->rooms->sql)
		r = waiting_read(task, &batch.rows);
	if (r == 0 && batch.rows.n_rows > 0) {
		batch.n_done = batch.rows.n_rows;
		r = sql_write(task, forget_step, &batch);
	}
	for (size_t i = 0; i < batch.n_done; i++) {
		json_t *one = json_object();

		json_set_text(one, "subject", sql_text(&batch.rows, i, 2));
		json_set_text(one, "type", sql_text(&batch.rows, i, 3));
		json_set_text(one, "reference", sql_text(&batch.rows, i, 4));
		json_set_text(one, "clients", sql_text(&batch.rows, i, 5));
		json_array_append_new(news, one);
	}
	*ret_news = news;
	return r;
}
