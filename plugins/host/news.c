/* SPDX-License-Identifier: Apache-2.0
 *
 * News of people, as they wait here for the gateway: dvara_tell() writes them with the plugin's
 * step, into a table of the host's own; news_carry.c takes the oldest from it.
 */
#include "news.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/random.h"
#include "manifest/news_word.h"
#include "store/sql.h"

#define WAITING_MAX 50000
#define STEP_MAX    100
#define ID_BYTES    16

static const char *what_is_wrong(const struct dvara_tx *tx, const struct dvara_news *news);
static int number_next(struct dvara_tx *tx, int64_t *ret_number);
static int row_insert(struct dvara_tx *tx, int64_t number, const struct dvara_news *news);
static sql_step forget_step;
static json_t *as_told(const struct dvara_news *news);

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
	const char *wrong = what_is_wrong(tx, news);
	int64_t number;
	int r;

	if (wrong) {
		log_line(LOG_ERR, host_seat.service->id, "news are not told: %s", wrong);
		return DVARA_EINPUT;
	}
	r = number_next(tx, &number);
	if (r < 0)
		return r;
	if (row_insert(tx, number, news) < 0)
		return DVARA_EUPSTREAM;
	tx->n_told++;
	return DVARA_OK;
}

/* Or NULL.  The gateway looks at the same, once more. */
static const char *
what_is_wrong(const struct dvara_tx *tx, const struct dvara_news *news)
{
	if (tx->n_told >= STEP_MAX)
		return "the step told as many as it may";
	if (!manifest_tells(&host_seat.manifest, news->type))
		return "the manifest's events do not declare the type";
	return news_word_wrong(&(struct news_word){news->subject, news->reference, news->clients});
}

static int
number_next(struct dvara_tx *tx, int64_t *ret_number)
{
	struct sql_rows rows;
	int64_t first, last;

	if (sql_run(tx->tx, SQL("SELECT MIN(number), MAX(number) FROM dvara_news"), &rows) < 0)
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

static int
row_insert(struct dvara_tx *tx, int64_t number, const struct dvara_news *news)
{
	return sql_run(tx->tx,
	    SQL("INSERT INTO dvara_news (number, id, subject, type, reference, clients, since_s)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
		SQL_INT(number), SQL_TEXT(random_id(sql_task(tx->tx), ID_BYTES)),
		SQL_TEXT(news->subject), SQL_TEXT(news->type), SQL_TEXT(news->reference),
		SQL_TEXT(news->clients), SQL_INT(clock_now_s())),
	    NULL);
}

int
host_news_waiting(struct task *task, struct news_waiting *ret_waiting)
{
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT number, id, subject, type, reference, clients, since_s FROM dvara_news"
		" ORDER BY number LIMIT ?1",
		SQL_INT(NEWS_BATCH)),
	    &rows);
	if (r < 0)
		return r;
	ret_waiting->n = rows.n_rows;
	for (size_t i = 0; i < rows.n_rows; i++)
		ret_waiting->all[i] = (struct news_row){
		    .number = sql_int(&rows, i, 0),
		    .id = sql_text(&rows, i, 1),
		    .news = {.subject = sql_text(&rows, i, 2),
			.type = sql_text(&rows, i, 3),
			.reference = sql_text(&rows, i, 4),
			.clients = sql_text(&rows, i, 5)},
		    .since_s = sql_int(&rows, i, 6),
		};
	return 0;
}

int
host_news_forget(struct task *task, struct news_waiting *waiting)
{
	return waiting->n == 0 ? 0 : sql_write(task, forget_step, waiting);
}

static int
forget_step(struct sql_tx *tx, void *arg)
{
	const struct news_waiting *waiting = arg;
	int r = 0;

	/* By the id too: a number may have come again, written by another process. */
	for (size_t i = 0; r == 0 && i < waiting->n; i++)
		r = sql_run(tx,
		    SQL("DELETE FROM dvara_news WHERE number = ?1 AND id = ?2",
			SQL_INT(waiting->all[i].number), SQL_TEXT(waiting->all[i].id)),
		    NULL);
	return r;
}

int
host_news_take(struct task *task, json_t **ret_news)
{
	struct news_waiting waiting = {0};
	json_t *news = json_array();
	int r = 0;

	if (task->rooms->sql)
		r = host_news_waiting(task, &waiting);
	if (r == 0)
		r = host_news_forget(task, &waiting);
	for (size_t i = 0; i < waiting.n; i++)
		json_array_append_new(news, as_told(&waiting.all[i].news));
	*ret_news = news;
	return r;
}

static json_t *
as_told(const struct dvara_news *news)
{
	json_t *json = json_object();

	json_set_text(json, "subject", news->subject);
	json_set_text(json, "type", news->type);
	json_set_text(json, "reference", news->reference);
	json_set_text(json, "clients", news->clients);
	return json;
}
