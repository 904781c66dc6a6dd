/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread with a connection and a queue (see sql_lane.h).
 *
 * The thread is rung only where it sleeps, and a loop only once for all of its jobs in a batch:
 * under load neither costs a system call for each job.
 */
#include "store/sql_lane.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/metrics.h"
#include "core/task.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#define PROBE_MS      1000 /* while the database is away */
#define LOOK_EVERY_MS 50   /* a reader, whether its connection is lost */

static bool lane_put(struct sql_lane *lane, struct sql_job *job);
static void lane_ring_late(void *lane);
static bool thread_start(struct sql_lane *lane);
static bool lane_take_back(struct sql_lane *lane, struct sql_job *job);
static void *lane_main(void *lane);
static bool lane_has_work(struct sql_lane *lane);
static void lane_sleep(struct sql_lane *lane);
static void batch_is_done(void *jobs);
static bool is_lost(struct sql_lane *lane);

int
sql_lane_open(struct sql_lane *lane, struct sql *sql, enum sql_role role, char why[256])
{
	bool writes = role == SQL_WRITES;
	pthread_condattr_t clock;

	lane->sql = sql;
	lane->driver = sql->driver;
	lane->role = role;
	lane->turn = writes ? sql_writer_turn : sql_reader_turn;
	lane->end = &lane->first;
	lane->n_turns = metric_counter(writes ? "dvara_sql_commits_total" : "dvara_sql_reads_total",
	    writes ? "Commits" : "Batches of reads", NULL);
	lane->n_jobs =
	    metric_counter(writes ? "dvara_sql_steps_total" : "dvara_sql_read_statements_total",
		writes ? "Steps that were committed" : "Statements that were read", NULL);
	pthread_mutex_init(&lane->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&lane->bell, &clock);
	pthread_condattr_destroy(&clock);
	lane->connection = lane->driver->open(sql->place, role, why);
	return lane->connection != NULL ? 0 : -1;
}

void
sql_lane_close(struct sql_lane *lane)
{
	if (lane->driver == NULL)
		return;
	pthread_mutex_lock(&lane->lock);
	lane->is_closing = true;
	pthread_cond_signal(&lane->bell);
	pthread_mutex_unlock(&lane->lock);
	if (lane->has_thread)
		pthread_join(lane->thread, NULL);
	lane->driver->close(lane->connection);
	pthread_cond_destroy(&lane->bell);
	pthread_mutex_destroy(&lane->lock);
}

int
sql_lane_run(struct sql_lane *lane, struct sql_job *job)
{
	/* The job's task is the thread's once it has begun, and fiber_wait() writes its fault. */
	struct task waiter = {.deadline_ms = job->task->deadline_ms, .loop = job->task->loop};
	int r;

	assert(job->task->n_sent == 0 && sql_reader_here() == NULL);
	if (!lane_put(lane, job))
		return fail(job->task, STORE_AWAY, "the database has no thread");
	r = fiber_wait(&waiter, &job->wait);
	if (r < 0 && lane_take_back(lane, job))
		return fail(job->task, r, "the database did not begin in the time left");
	fiber_wait_out(&job->wait);
	return job->result;
}

static bool
lane_put(struct sql_lane *lane, struct sql_job *job)
{
	bool has_thread, rings;

	pthread_mutex_lock(&lane->lock);
	has_thread = lane->has_thread || thread_start(lane);
	if (has_thread) {
		*lane->end = job;
		lane->end = &job->next;
	}
	rings = lane->is_asleep && !lane->is_rung;
	lane->is_rung |= rings;
	pthread_mutex_unlock(&lane->lock);
	if (rings)
		loop_late(job->task->loop, &lane->ring, lane_ring_late, lane);
	return has_thread;
}

/* At the end of the loop's turn: the thread then finds the jobs of all of its fibers, and does not
 * fight them for the lock. */
static void
lane_ring_late(void *arg)
{
	struct sql_lane *lane = arg;

	pthread_mutex_lock(&lane->lock);
	lane->is_rung = false;
	pthread_mutex_unlock(&lane->lock);
	pthread_cond_signal(&lane->bell);
}

/* With the first job, so that a command that never comes so far has no threads. */
static bool
thread_start(struct sql_lane *lane)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	lane->has_thread = pthread_create(&lane->thread, NULL, lane_main, lane) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (lane->has_thread)
		pthread_setname_np(
		    lane->thread, lane->role == SQL_WRITES ? "sql-write" : "sql-read");
	return lane->has_thread;
}

static bool
lane_take_back(struct sql_lane *lane, struct sql_job *job)
{
	struct sql_job **at = &lane->first;
	bool may;

	pthread_mutex_lock(&lane->lock);
	may = !job->has_begun;
	while (may && *at != job)
		at = &(*at)->next;
	if (may) {
		*at = job->next;
		if (*at == NULL)
			lane->end = at;
	}
	pthread_mutex_unlock(&lane->lock);
	return may;
}

static void *
lane_main(void *arg)
{
	struct sql_lane *lane = arg;
	struct task task;

	task_open(&task, NULL, NULL, 0);
	lane->task = &task;
	while (lane_has_work(lane))
		lane->turn(lane);
	task_close(&task);
	return NULL;
}

/* True: there are jobs, or the database is to be probed.  False: closing. */
static bool
lane_has_work(struct sql_lane *lane)
{
	bool goes_on;

	pthread_mutex_lock(&lane->lock);
	if (lane->first == NULL && !lane->is_closing)
		lane_sleep(lane);
	goes_on = lane->first != NULL || !lane->is_closing;
	pthread_mutex_unlock(&lane->lock);
	return goes_on;
}

static void
lane_sleep(struct sql_lane *lane)
{
	struct timespec until;
	int r = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += PROBE_MS / 1000;
	lane->is_asleep = true;
	while (lane->first == NULL && !lane->is_closing && r == 0) {
		if (lane->role == SQL_READS || atomic_load(&lane->sql->is_ready))
			pthread_cond_wait(&lane->bell, &lane->lock);
		else
			r = pthread_cond_timedwait(&lane->bell, &lane->lock, &until);
	}
	lane->is_asleep = false;
}

/* Its sleep is then measured anew: the database has just gone away. */
void
sql_lane_ring(struct sql_lane *lane)
{
	pthread_mutex_lock(&lane->lock);
	if (!lane->has_thread)
		thread_start(lane);
	pthread_cond_signal(&lane->bell);
	pthread_mutex_unlock(&lane->lock);
}

struct sql_job *
sql_lane_take(struct sql_lane *lane, unsigned n_max)
{
	struct sql_job **end = &lane->first, *jobs;

	pthread_mutex_lock(&lane->lock);
	for (unsigned n = 0; n < n_max && *end != NULL; n++) {
		(*end)->has_begun = true;
		end = &(*end)->next;
	}
	jobs = end == &lane->first ? NULL : lane->first;
	lane->first = *end;
	*end = NULL;
	if (lane->first == NULL)
		lane->end = &lane->first;
	pthread_mutex_unlock(&lane->lock);
	return jobs;
}

/* One post for all jobs of a loop. */
void
sql_lane_give(struct sql_job *jobs)
{
	while (jobs != NULL) {
		struct loop *loop = jobs->task->loop;
		struct sql_job *same = NULL, **same_end = &same;
		struct sql_job *other = NULL, **other_end = &other;

		for (; jobs != NULL; jobs = jobs->next) {
			struct sql_job ***end = jobs->task->loop == loop ? &same_end : &other_end;

			**end = jobs;
			*end = &jobs->next;
		}
		*same_end = NULL;
		*other_end = NULL;
		/* A loop does not end while a fiber waits on it. */
		loop_post(loop, batch_is_done, same);
		jobs = other;
	}
}

static void
batch_is_done(void *arg)
{
	struct sql_job *next;

	for (struct sql_job *job = arg; job != NULL; job = next) {
		next = job->next;
		wait_done(&job->wait);
	}
}

int
sql_lane_connect(struct sql_lane *lane)
{
	char why[256];

	if (!is_lost(lane))
		return 0;
	atomic_fetch_add(&lane->sql->n_losses, 1);
	lane->driver->close(lane->connection);
	lane->connection = lane->driver->open(lane->sql->place, lane->role, why);
	lane->n_connections++;
	if (lane->connection == NULL)
		return fail(lane->task, STORE_AWAY, "%s", why);
	return 0;
}

/* To look costs a tenth of a batch of reads, and little of a commit: a reader looks now and then,
 * and at once when anything was away or lost. */
static bool
is_lost(struct sql_lane *lane)
{
	unsigned n_losses = atomic_load(&lane->sql->n_losses);
	int64_t now_ms = clock_mono_ms();

	if (lane->role == SQL_READS && lane->connection != NULL && now_ms < lane->look_at_ms &&
	    n_losses == lane->n_losses && atomic_load(&lane->sql->is_ready))
		return false;
	lane->n_losses = n_losses;
	lane->look_at_ms = now_ms + LOOK_EVERY_MS;
	return lane->connection == NULL || lane->driver->is_lost(lane->connection);
}
