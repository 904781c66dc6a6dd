/* SPDX-License-Identifier: Apache-2.0
 *
 * What is revoked (see revocation.h).
 */
#include "records/revocation.h"

#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"
#include "records/revocation_set.h"
#include "store/redis.h"
#include "store/sql.h"

#include <pthread.h>
#include <string.h>

#define READ_AGAIN_MS  500  /* what is older is read again */
#define BELIEVE_MS     1000 /* and what is older than this is not believed while it is read */
#define PAGE_ROWS      1000
#define CLOCKS_APART_S 3600

/* Numbers follow the order of commits, so what is above the last one read is all that is new. */
static struct {
	pthread_mutex_t lock;
	struct revocation_set *set;
	const struct sql *of;
	int64_t number;
	int64_t read_ms; /* of clock_mono_ms(), when the last reading began; 0: never */
	bool is_reading;
} known = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int64_t until_s(const struct task *task);
static struct revocation_set *known_set(void);
static bool known_begin(const struct task *task, int64_t now_ms, int64_t *ret_number);
static void known_end(int64_t number, int64_t read_ms);
static int read_new(struct task *task, int64_t *number);
static int read_page(struct task *task, int64_t *number, size_t *ret_n);

int
revocation_add(struct sql_tx *tx, const char *id, const char *why, bool *ret_is_new)
{
	struct task *task = sql_task(tx);
	struct sql_rows rows;
	int r;

	if (id[0] == '\0' || strlen(id) >= REVOCATION_ID_BYTES)
		return fail(task, BROKEN, "the id of a grant, consent or session is none of ours");
	r = sql_run(tx, SQL("SELECT number FROM revocation WHERE id = ?1", SQL_TEXT(id)), &rows);
	if (r < 0)
		return r;
	*ret_is_new = rows.n_rows == 0;
	if (rows.n_rows > 0)
		return 0;
	r = sql_run(tx,
	    SQL("UPDATE generation SET number = number + 1 WHERE kind = ?1 RETURNING number",
		SQL_TEXT("revocation")),
	    &rows);
	if (r < 0)
		return r;
	r = sql_run(tx,
	    SQL("INSERT INTO revocation (number, id, why, at_s, until_s)"
		" VALUES (?1, ?2, ?3, ?4, ?5)",
		SQL_INT(sql_int(&rows, 0, 0)), SQL_TEXT(id), SQL_TEXT(why), SQL_INT(clock_now_s()),
		SQL_INT(until_s(task))),
	    NULL);
	if (r < 0)
		return r;
	return sql_run(
	    tx, SQL("DELETE FROM revocation WHERE until_s < ?1", SQL_INT(clock_now_s())), NULL);
}

/* When the last token of a grant revoked now has expired for certain, also of one that waits for
 * its first poll, and a session that Redis did not forget is idle too long.  Not by [tokens]
 * access: it may have been longer when the token was made. */
static int64_t
until_s(const struct task *task)
{
	const struct settings *settings = task->rooms->settings;
	const int64_t waits_s[] = {
	    settings->tokens_code, settings->device_life, settings->ciba_life_max};
	int64_t wait_s = 0, life_s;

	for (size_t i = 0; i < sizeof(waits_s) / sizeof(waits_s[0]); i++)
		if (wait_s < waits_s[i])
			wait_s = waits_s[i];
	life_s = wait_s + SETTINGS_ACCESS_MAX_S;
	if (life_s < settings->session_idle)
		life_s = settings->session_idle;
	return clock_now_s() + life_s + CLOCKS_APART_S;
}

void
revocation_tell(struct task *task, const char *id)
{
	const struct fault fault = task->fault;
	int64_t ttl_s = until_s(task) - clock_now_s();

	revocation_set_add(known_set(), id, until_s(task));
	if (redis_put(task, task_printf(task, REVOCATION_MARK ":%s", id), "", ttl_s * 1000) < 0)
		task->fault = fault;
}

static struct revocation_set *
known_set(void)
{
	struct revocation_set *set;

	pthread_mutex_lock(&known.lock);
	if (known.set == NULL)
		known.set = revocation_set_new();
	set = known.set;
	pthread_mutex_unlock(&known.lock);
	return set;
}

int
revocation_has(struct task *task, const char *id, bool *ret_has)
{
	int64_t now_ms = clock_mono_ms(), number;
	int r = 0;

	if (id == NULL) {
		*ret_has = false;
		return 0;
	}
	if (known_begin(task, now_ms, &number)) {
		r = read_new(task, &number);
		known_end(number, r < 0 ? 0 : now_ms);
	}
	if (r < 0)
		return r;
	*ret_has = revocation_set_has(known_set(), id);
	return 0;
}

/* True: what is known is too old, and the caller is to read from number on. */
static bool
known_begin(const struct task *task, int64_t now_ms, int64_t *ret_number)
{
	bool is_stale;

	pthread_mutex_lock(&known.lock);
	if (known.of != task->rooms->sql) {
		known.of = task->rooms->sql;
		known.number = known.read_ms = 0;
		known.is_reading = false;
	}
	is_stale = known.read_ms == 0 ||
		   now_ms - known.read_ms >= (known.is_reading ? BELIEVE_MS : READ_AGAIN_MS);
	if (is_stale)
		known.is_reading = true;
	*ret_number = known.number;
	pthread_mutex_unlock(&known.lock);
	return is_stale;
}

static void
known_end(int64_t number, int64_t read_ms)
{
	pthread_mutex_lock(&known.lock);
	known.is_reading = false;
	if (number > known.number)
		known.number = number;
	if (read_ms > known.read_ms)
		known.read_ms = read_ms;
	pthread_mutex_unlock(&known.lock);
}

/* Each page in memory of its own: what the first caller after a start reads is all that stands. */
static int
read_new(struct task *task, int64_t *number)
{
	struct task_aside aside;
	size_t n = 0;
	int r;

	do {
		task_aside_begin(task, &aside);
		r = read_page(task, number, &n);
		task_aside_end(task, &aside);
	} while (r == 0 && n == PAGE_ROWS);
	return r;
}

static int
read_page(struct task *task, int64_t *number, size_t *ret_n)
{
	struct revocation_set *set = known_set();
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT number, id, until_s FROM revocation"
		" WHERE number > ?1 AND until_s > ?2 ORDER BY number LIMIT ?3",
		SQL_INT(*number), SQL_INT(clock_now_s()), SQL_INT(PAGE_ROWS)),
	    &rows);
	if (r < 0)
		return r;
	for (size_t i = 0; i < rows.n_rows; i++) {
		revocation_set_add(set, sql_text(&rows, i, 1), sql_int(&rows, i, 2));
		*number = sql_int(&rows, i, 0);
	}
	*ret_n = rows.n_rows;
	return 0;
}
