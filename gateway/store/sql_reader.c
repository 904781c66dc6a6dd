/* SPDX-License-Identifier: Apache-2.0
 *
 * A turn of a reading thread: the statements that wait are run on one snapshot.
 *
 * The snapshot is taken after the last of them was put, so a fiber sees whatever was committed
 * before it asked.
 */
#include "core/metrics.h"
#include "core/task.h"
#include "store/sql_lane.h"

#define READS_MAX 64

static _Thread_local struct sql_lane *lane_here;

static bool wants_snapshot(const struct sql_job *jobs);
static bool snapshot_take(struct sql_lane *lane);
static int job_run(struct sql_lane *lane, struct sql_job *job);
static int reading_run(struct sql_lane *lane, struct sql_job *job);
static int counter_read(struct sql_lane *lane, struct sql_job *job);
static int own_run(struct sql_lane *lane, const char *text);

void
sql_reader_turn(struct sql_lane *lane)
{
	struct sql_job *jobs;
	bool has_snapshot;
	int r;

	fault_clear(lane->task);
	r = sql_lane_connect(lane);
	jobs = sql_lane_take(lane, READS_MAX);
	has_snapshot = r == 0 && wants_snapshot(jobs) && snapshot_take(lane);
	for (struct sql_job *job = jobs; job != NULL; job = job->next) {
		job->result =
		    r < 0 ? fail(job->task, r, "%s", lane->task->fault.text) : job_run(lane, job);
		if (job->result == STORE_AWAY) {
			lane->look_at_ms = 0;
			sql_is_away(lane->sql, job->task->fault.text);
		}
		metric_add(lane->n_jobs, 1);
	}
	if (has_snapshot)
		own_run(lane, "COMMIT");
	metric_add(lane->n_turns, 1);
	sql_lane_give(jobs);
}

/* One statement has its own. */
static bool
wants_snapshot(const struct sql_job *jobs)
{
	return jobs != NULL && (jobs->next != NULL || jobs->reading != NULL);
}

/* Without one the statements stand alone: what is wrong will be said to each. */
static bool
snapshot_take(struct sql_lane *lane)
{
	return lane->driver->begin_reads != NULL && own_run(lane, lane->driver->begin_reads) == 0;
}

static int
job_run(struct sql_lane *lane, struct sql_job *job)
{
	if (job->counter != NULL)
		return counter_read(lane, job);
	if (job->reading != NULL)
		return reading_run(lane, job);
	return lane->driver->run(lane->connection, job->task, &job->statement, job->rows);
}

static int
reading_run(struct sql_lane *lane, struct sql_job *job)
{
	int r;

	lane_here = lane;
	r = job->reading(job->task, job->arg);
	lane_here = NULL;
	return r;
}

struct sql_lane *
sql_reader_here(void)
{
	return lane_here;
}

/* Each connection counts from its own start. */
static int
counter_read(struct sql_lane *lane, struct sql_job *job)
{
	int r = lane->driver->change_counter(lane->connection, job->task, job->counter);

	if (r == 0)
		*job->counter += (int64_t)lane->n_connections << 32;
	return r;
}

static int
own_run(struct sql_lane *lane, const char *text)
{
	struct sql_statement statement = {.text = text};

	return lane->driver->run(lane->connection, lane->task, &statement, NULL);
}
