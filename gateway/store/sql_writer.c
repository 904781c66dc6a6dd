/* SPDX-License-Identifier: Apache-2.0
 *
 * A turn of the writing thread: group commit.
 *
 * One transaction takes all steps that wait, those too that come while it runs; each stands in a
 * savepoint, so that a step that fails is undone alone.  One commit makes them durable, and only
 * then do their fibers go on.  Where the transaction itself fails, all of its steps are STORE_AWAY.
 */
#include "core/metrics.h"
#include "core/task.h"
#include "store/sql_lane.h"

#include <assert.h>
#include <limits.h>

#define STEPS_MAX 256 /* of one commit: how long another process may have to wait for us */

struct sql_tx {
	struct sql_lane *lane;
	struct task *task;
	int failure; /* of the first statement that failed: PostgreSQL takes no other after it */
};

static int transaction_run(struct sql_lane *lane, struct sql_job **jobs);
static int steps_run(struct sql_lane *lane, struct sql_job **jobs);
static int step_run(struct sql_lane *lane, struct sql_job *job);
static int step_call(struct sql_lane *lane, struct sql_job *job);
static int own_run(struct sql_lane *lane, const char *text);
static void jobs_left_take(struct sql_lane *lane, struct sql_job **jobs);
static void jobs_fail(struct sql_job *jobs, const char *why);
static const char *reason_away(const struct sql_job *jobs);

void
sql_writer_turn(struct sql_lane *lane)
{
	struct sql_job *jobs = NULL;
	const char *why;
	int r;

	fault_clear(lane->task);
	r = sql_lane_connect(lane);
	if (r == 0 && !atomic_load(&lane->sql->is_ready))
		r = lane->driver->probe(lane->connection, lane->task);
	if (r == 0)
		r = transaction_run(lane, &jobs);
	if (r < 0) {
		jobs_left_take(lane, &jobs);
		jobs_fail(jobs, lane->task->fault.text);
	}
	why = r < 0 ? lane->task->fault.text : reason_away(jobs);
	if (why != NULL)
		sql_is_away(lane->sql, why);
	else
		sql_is_back(lane->sql);
	sql_lane_give(jobs);
}

static int
transaction_run(struct sql_lane *lane, struct sql_job **jobs)
{
	int r = own_run(lane, lane->driver->begin);

	if (r < 0)
		return r;
	r = steps_run(lane, jobs);
	if (r == 0)
		r = own_run(lane, "COMMIT");
	if (r < 0 && lane->driver->is_in_transaction(lane->connection))
		own_run(lane, "ROLLBACK");
	metric_add(lane->n_turns, 1);
	return r;
}

/* 0, or what has ended the whole transaction. */
static int
steps_run(struct sql_lane *lane, struct sql_job **jobs)
{
	unsigned n = 0;
	int r;

	while (n < STEPS_MAX && (*jobs = sql_lane_take(lane, STEPS_MAX - n)) != NULL) {
		for (; *jobs != NULL; jobs = &(*jobs)->next, n++) {
			r = step_run(lane, *jobs);
			if (r < 0)
				return r;
		}
	}
	metric_add(lane->n_jobs, n);
	return 0;
}

static int
step_run(struct sql_lane *lane, struct sql_job *job)
{
	int r = own_run(lane, "SAVEPOINT step");

	if (r < 0)
		return r;
	job->result = step_call(lane, job);
	if (!lane->driver->is_in_transaction(lane->connection))
		return fail(lane->task, STORE_AWAY, "the database ended the transaction: %s",
		    job->task->fault.text);
	if (job->result < 0)
		r = own_run(lane, "ROLLBACK TO SAVEPOINT step");
	return r < 0 ? r : own_run(lane, "RELEASE SAVEPOINT step");
}

static int
step_call(struct sql_lane *lane, struct sql_job *job)
{
	struct sql_tx tx = {.lane = lane, .task = job->task};
	int r = job->step(&tx, job->arg);

	assert(r <= 0);
	return r < 0 ? r : tx.failure;
}

static int
own_run(struct sql_lane *lane, const char *text)
{
	struct sql_statement statement = {.text = text};

	return lane->driver->run(lane->connection, lane->task, &statement, NULL);
}

/* Those that wait for a database that is away, after those that it was away for already. */
static void
jobs_left_take(struct sql_lane *lane, struct sql_job **jobs)
{
	while (*jobs != NULL)
		jobs = &(*jobs)->next;
	*jobs = sql_lane_take(lane, UINT_MAX);
}

/* A step that had failed by itself keeps its own reason. */
static void
jobs_fail(struct sql_job *jobs, const char *why)
{
	for (struct sql_job *job = jobs; job != NULL; job = job->next)
		if (job->result == 0)
			job->result = fail(job->task, STORE_AWAY, "%s", why);
}

static const char *
reason_away(const struct sql_job *jobs)
{
	for (const struct sql_job *job = jobs; job != NULL; job = job->next)
		if (job->result == STORE_AWAY)
			return job->task->fault.text;
	return NULL;
}

struct task *
sql_task(struct sql_tx *tx)
{
	return tx->task;
}

int
sql_run(struct sql_tx *tx, struct sql_statement statement, struct sql_rows *ret_rows)
{
	int r = tx->failure;

	if (r == 0)
		r = tx->lane->driver->run(tx->lane->connection, tx->task, &statement, ret_rows);
	tx->failure = r;
	return r;
}
