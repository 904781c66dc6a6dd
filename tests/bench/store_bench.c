/* SPDX-License-Identifier: Apache-2.0
 *
 * What a command to Redis and a durable write cost: microseconds of CPU of this process for each,
 * at several numbers of fibers, on a real server and a real file.  Built with the tests, never run
 * by them: figures of a shared machine are to be compared within one run only.
 *
 *   store_bench [WHAT [FIBERS]]   WHAT: task, redis, sql_read, sql_write
 */
#include "unit/store/fixture.h"

#include "core/metrics.h"
#include "core/buf.h"
#include "store/redis.h"
#include "store/sql.h"

#include <sys/resource.h>

#define MINUTE 60000

static struct stand stand;
static unsigned per_fiber;
static char value[401];

/* As records/schema.c has them. */
static const struct sql_migration schema[] = {
    {1, "bench",
	"CREATE TABLE audit (seq BIGINT PRIMARY KEY, at_s BIGINT NOT NULL, event TEXT NOT NULL,"
	" person_id TEXT, detail TEXT, hash TEXT NOT NULL);"
	"CREATE TABLE ledger (id TEXT PRIMARY KEY, at_s BIGINT NOT NULL, person_id TEXT NOT NULL,"
	" claims TEXT NOT NULL, request_id TEXT NOT NULL);"
	"CREATE INDEX ledger_of_person ON ledger (person_id, id);"
	"CREATE TABLE client (id TEXT PRIMARY KEY, metadata TEXT NOT NULL);"
	"INSERT INTO client (id, metadata) VALUES ('portal', '{\"client_id\": \"portal\"}');"},
};

/* A request has used its arena before it comes to a store: the first block is the loop's. */
static void
one_open(struct task *one, const struct task *task)
{
	task_open(one, task->loop, task->rooms, 60000);
	task_alloc(one, 2000);
}

static void
redis_turns(struct stand *s, struct task *task, unsigned index)
{
	const char *key = task_printf(task, "bench:%u", index), *got;

	(void)s;
	for (unsigned i = 0; i < per_fiber; i += 2) {
		struct task one;

		one_open(&one, task);
		expect_ok(&one, redis_put(&one, key, value, MINUTE));
		expect_ok(&one, redis_get(&one, key, &got));
		task_close(&one);
	}
}

/* One step of a login: a row of the audit and one of the ledger. */
static int
step_release(struct sql_tx *tx, void *arg)
{
	static int64_t seq; /* steps run one after the other */
	struct task *task = sql_task(tx);
	const char *person = task_printf(task, "person-%lld", (long long)(seq * 7919 % 1000));
	int64_t at_s = 1700000000 + seq / 100;
	int r;

	(void)arg;
	seq++;
	r = sql_run(tx,
	    SQL("INSERT INTO audit (seq, at_s, event, person_id, detail, hash) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
		SQL_INT(seq), SQL_INT(at_s), SQL_TEXT("token"), SQL_TEXT(person),
		SQL_TEXT("{\"client\":\"portal\"}"), SQL_TEXT(task->trace_id)),
	    NULL);
	if (r < 0)
		return r;
	return sql_run(tx,
	    SQL("INSERT INTO ledger (id, at_s, person_id, claims, request_id) "
		"VALUES (?1, ?2, ?3, ?4, ?5)",
		SQL_TEXT(task_printf(task, "%012llx%s", (long long)seq, task->request_id + 14)),
		SQL_INT(at_s), SQL_TEXT(person), SQL_TEXT("name birthdate address"),
		SQL_TEXT(task->request_id)),
	    NULL);
}

static void
sql_writes(struct stand *s, struct task *task, unsigned index)
{
	(void)s, (void)index;
	for (unsigned i = 0; i < per_fiber; i++) {
		struct task one;

		one_open(&one, task);
		expect_ok(&one, sql_write(&one, step_release, NULL));
		task_close(&one);
	}
}

static void
sql_reads(struct stand *s, struct task *task, unsigned index)
{
	(void)s, (void)index;
	for (unsigned i = 0; i < per_fiber; i++) {
		struct sql_rows rows;
		struct task one;

		one_open(&one, task);
		expect_ok(&one,
		    sql_read(&one,
			SQL("SELECT id, metadata FROM client WHERE id = ?1", SQL_TEXT("portal")),
			&rows));
		task_close(&one);
	}
}

static void
nothing(struct stand *s, struct task *task, unsigned index)
{
	(void)s, (void)index;
	for (unsigned i = 0; i < per_fiber; i++) {
		struct task one;

		one_open(&one, task);
		task_close(&one);
	}
}

static double
cpu_us(void)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1e6 +
	       (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
}

static void
measure(const char *what, stand_fn *fn, unsigned n_fibers, unsigned n)
{
	struct stand_run run = {.fn = fn, .n = n_fibers, .ttl_ms = 120000};
	int64_t start_ms = now_ms();
	double start_us = cpu_us(), each_us;

	run.use_redis = fn == redis_turns;
	per_fiber = n / n_fibers;
	stand_run(&stand, &run);
	each_us = (cpu_us() - start_us) / (per_fiber * n_fibers);
	printf("%-12s %4u fibers %9.0f/s %7.2f us CPU each\n", what, n_fibers,
	    (double)(per_fiber * n_fibers) * 1000 / (double)(now_ms() - start_ms + 1), each_us);
}

static void
metrics_print(void)
{
	struct task task;
	struct buf buf;

	task_open(&task, NULL, NULL, 0);
	buf_open(&buf, &task, 1u << 20);
	metrics_write(&buf);
	for (const char *line = strtok(task_dup(&task, buf_text(&buf)), "\n"); line != NULL;
	     line = strtok(NULL, "\n"))
		if (strncmp(line, "dvara_sql", 9) == 0 || strncmp(line, "dvara_redis", 11) == 0)
			printf("%s\n", line);
	task_close(&task);
}

static const struct {
	const char *name;
	stand_fn *fn;
	unsigned n, n_alone; /* calls; by one fiber */
} kinds[] = {
    {"task", nothing, 200000, 200000},
    {"redis", redis_turns, 200000, 20000},
    {"sql_read", sql_reads, 200000, 20000},
    {"sql_write", sql_writes, 20000, 500},
};

int
main(int argc, char **argv)
{
	static const unsigned fibers[] = {1, 8, 64, 256};
	unsigned only = argc > 2 ? (unsigned)atoi(argv[2]) : 0;
	char why[256];
	int from;

	setvbuf(stdout, NULL, _IOLBF, 0);
	memset(value, 'v', sizeof(value) - 1);
	stand_open(&stand);
	stand_redis_start(&stand, NULL);
	stand.rooms.sql = sql_open(&stand.settings, why);
	if (stand.rooms.sql == NULL || sql_migrate(stand.rooms.sql, schema, 1, &from, why) < 0) {
		fprintf(stderr, "%s\n", why);
		return 1;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		for (size_t f = 0; f < 4; f++)
			if ((argc < 2 || strcmp(argv[1], kinds[i].name) == 0) &&
			    (only == 0 || only == fibers[f]))
				measure(kinds[i].name, kinds[i].fn, fibers[f],
				    fibers[f] == 1 ? kinds[i].n_alone : kinds[i].n);
	metrics_print();
	sql_close(stand.rooms.sql);
	stand_close(&stand);
	return 0;
}
