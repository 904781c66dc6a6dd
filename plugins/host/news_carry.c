/* SPDX-License-Identifier: Apache-2.0
 *
 * How news of people get to the gateway (POST /news): a fiber of the loop carries them, oldest
 * first, at the start and after each step that told something.  While the gateway is away it tries
 * again, later and later.
 *
 * Told twice, as after a crash or by a second host over the same database, it is told once: the
 * gateway remembers the id for longer than news live here.
 */
#include "news.h"

#include "core/clock.h"
#include "core/fiber.h"
#include "core/log.h"
#include "http/fetch.h"
#include "manifest/news_word.h"

#define BATCH_MS      60000
#define CALL_MS       3000
#define FIRST_WAIT_MS 1000
#define LAST_WAIT_MS  300000

/* The loop's. */
static struct carrier {
	struct timer again;
	int64_t wait_ms; /* before the next try; 0: the last one got through */
	bool is_at_work;
	bool is_behind; /* something was written since the batch was read */
} carrier;

/* What became of a batch: the first so many wait no more. */
struct progress {
	size_t n_done;
	bool is_away;
};

static void carry_later(int64_t ms);
static void carry_start(void *arg);
static void carry(void *arg);
static struct progress batch_carry(void);
static int batch_tell(struct task *task, struct progress *progress);
static bool one_tell(struct task *task, const struct news_row *row);
static int one_post(struct task *task, const struct news_row *row, struct fetched *ret_fetched);
static void carry_after_wait(void);

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
	if (host_seat.rehearsed || carrier.is_at_work || carrier.wait_ms > 0)
		return;
	timer_end(host_seat.loop, &carrier.again);
	carry_start(NULL);
}

static void
carry_later(int64_t ms)
{
	timer_set(host_seat.loop, &carrier.again, clock_mono_ms() + ms, carry_start, NULL);
}

static void
carry_start(void *arg)
{
	carrier.is_at_work = true;
	fiber_start(host_seat.loop, carry, arg);
}

/* Until nothing waits, or the gateway is away. */
static void
carry(void *arg)
{
	struct progress progress;

	(void)arg;
	do {
		carrier.is_behind = false;
		progress = batch_carry();
		if (progress.n_done > 0)
			carrier.wait_ms = 0;
	} while (!progress.is_away && (progress.n_done == NEWS_BATCH || carrier.is_behind));
	carrier.is_at_work = false;
	if (progress.is_away)
		carry_after_wait();
	else
		carrier.wait_ms = 0;
}

static struct progress
batch_carry(void)
{
	struct progress progress = {0};
	struct task task;

	task_open(&task, host_seat.loop, &host_seat.rooms, BATCH_MS);
	if (batch_tell(&task, &progress) < 0) {
		log_fault(&task, "news");
		progress.is_away = true;
	}
	task_close(&task);
	return progress;
}

/* What was told stays told where it cannot be forgotten: the gateway knows its id. */
static int
batch_tell(struct task *task, struct progress *progress)
{
	struct news_waiting waiting;
	int r;

	r = host_news_waiting(task, &waiting);
	if (r < 0)
		return r;
	while (!progress->is_away && progress->n_done < waiting.n) {
		if (one_tell(task, &waiting.all[progress->n_done]))
			progress->n_done++;
		else
			progress->is_away = true;
	}
	waiting.n = progress->n_done;
	return host_news_forget(task, &waiting);
}

/* True: it waits no more, for it was told, or never will be.  False: the gateway is away. */
static bool
one_tell(struct task *task, const struct news_row *row)
{
	const char *id = host_seat.service->id;
	struct fetched fetched;

	if (row->since_s < clock_now_s() - NEWS_WAIT_S) {
		log_line(LOG_ERR, id, "news are dropped: they waited for a week");
		return true;
	}
	if (one_post(task, row, &fetched) < 0) {
		fault_clear(task);
		return false;
	}
	if (fetched.status == 400)
		log_line(LOG_ERR, id,
		    "news are dropped: the gateway does not take the type %s, or the rest",
		    row->news.type);
	return fetched.status == 204 || fetched.status == 400;
}

static int
one_post(struct task *task, const struct news_row *row, struct fetched *ret_fetched)
{
	static const struct pair headers[] = {
	    {"Content-Type", "application/x-www-form-urlencoded"}};
	struct fetch fetch = {.method = "POST", .headers = {headers, 1}, .timeout_ms = CALL_MS};
	const struct dvara_news *news = &row->news;
	const struct pair form[] = {{"id", row->id}, {"sub", news->subject}, {"type", news->type},
	    {"reference", news->reference}, {"clients", news->clients}};
	int r;

	r = host_form(task, (struct pairs){form, sizeof(form) / sizeof(form[0])}, &fetch.body);
	return r < 0 ? r : host_fetch(task, &fetch, "/news", ret_fetched);
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
