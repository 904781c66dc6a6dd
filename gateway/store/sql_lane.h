/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of the SQL room: a lane is a thread with a connection and a queue of jobs.  Fibers put
 * jobs and wait; the thread takes what is there, works, and hands all jobs of a loop back in one
 * post.  sql.c puts, sql_reader.c and sql_writer.c say what a turn of the thread does.
 */
#ifndef STORE_SQL_LANE_H
#define STORE_SQL_LANE_H

#include "core/fiber.h"
#include "store/sql_driver.h"

#include <pthread.h>
#include <stdatomic.h>

struct sql_lane;
struct metric;

/* On the stack of the fiber that waits for it, who stays parked while the thread has it. */
struct sql_job {
	struct sql_job *next;
	struct task *task;
	bool has_begun; /* under the lane's lock */
	struct wait wait;
	int result;

	struct sql_statement statement; /* of a reader's job */
	struct sql_rows *rows;
	int64_t *counter;     /* instead of a statement, */
	sql_reading *reading; /* or this, with arg */

	sql_step *step; /* of the writer's */
	void *arg;
};

/* Takes jobs by sql_lane_take() and gives them back by sql_lane_give(). */
typedef void sql_turn_fn(struct sql_lane *lane);

struct sql_lane {
	struct sql *sql;
	const struct sql_driver *driver;
	struct sql_connection *connection; /* NULL: lost, and not there again */
	uint32_t n_connections;            /* that this lane has had */
	unsigned n_losses;                 /* of all lanes, when this one looked */
	int64_t look_at_ms;                /* and when to look again; 0: now */
	enum sql_role role;
	sql_turn_fn *turn;
	struct task *task; /* for faults of the lane's own statements */
	struct metric *n_turns, *n_jobs;

	pthread_mutex_t lock; /* of all that follows */
	pthread_cond_t bell;
	struct sql_job *first, **end;
	pthread_t thread;
	bool has_thread, is_asleep, is_closing;
	bool is_rung; /* a loop is about to ring, which has */
	struct loop_late ring;
};

#define SQL_READERS 1

struct sql {
	const struct sql_driver *driver;
	char *place;
	atomic_bool is_ready;
	atomic_uint n_losses; /* connections that were lost */
	struct sql_lane writer, readers[SQL_READERS];
	atomic_uint next_reader;
};

int sql_lane_open(struct sql_lane *lane, struct sql *sql, enum sql_role role, char why[256]);
void sql_lane_close(struct sql_lane *lane);

/* Any loop's thread.  Waits until the job is done; a job that has not begun at the task's deadline,
 * or when the loop stops, is taken back. */
int sql_lane_run(struct sql_lane *lane, struct sql_job *job);

/* On the lane's thread. */
struct sql_job *sql_lane_take(struct sql_lane *lane, unsigned n_max); /* a list; NULL: none */
void sql_lane_give(struct sql_job *jobs);                             /* back to their fibers */
int sql_lane_connect(struct sql_lane *lane); /* again, where it was lost; fails in lane->task */

/* The lane whose reading runs on this thread, or NULL. */
struct sql_lane *sql_reader_here(void);

void sql_lane_ring(struct sql_lane *lane); /* a turn, though no job may be there */

/* Any thread: what sql_is_ready() says.  While it is away the writer probes each second. */
void sql_is_away(struct sql *sql, const char *why);
void sql_is_back(struct sql *sql);

sql_turn_fn sql_reader_turn;
sql_turn_fn sql_writer_turn;

#endif
