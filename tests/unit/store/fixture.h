/* SPDX-License-Identifier: Apache-2.0
 *
 * What tests of the stores stand on: a folder of their own, a real redis-server on a Unix socket, a
 * loop with fibers.  Also for the tests of rooms above (link store_fixture).
 */
#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

#include "unit/unit.h"

#include "core/settings.h"

#include <sys/types.h>

/* One test's world; all zero but what the test sets before stand_run(). */
struct stand {
	struct settings settings;
	struct rooms rooms;
	struct loop *loop;
	char folder[64];
	char redis_address[96], sql_database[96];
	pid_t redis_pid;
	unsigned n_fibers; /* left */
	unsigned n_turns;  /* see stand_turns() */
};

typedef void stand_fn(struct stand *stand, struct task *task, unsigned index);

void stand_open(struct stand *stand);  /* folder and settings; redis.timeout is 30 s */
void stand_close(struct stand *stand); /* stops Redis by pid, removes the folder */

/* A server without persistence; options are NULL-ended words of its command line, or NULL. */
void stand_redis_start(struct stand *stand, const char *const *options);
void stand_redis_stop(struct stand *stand, int signal); /* and waits for its end */
void stand_redis_cli(struct stand *stand, ...) __attribute__((sentinel)); /* words of a command */

/* A fresh loop with rooms.redis (where use_redis) and rooms.sql (where it was opened by the test),
 * and n fibers of fn on it, each with a task of ttl_ms; ends with the last of them. */
struct stand_run {
	stand_fn *fn;
	unsigned n;
	int64_t ttl_ms; /* 0: 60 s */
	bool use_redis;
};
void stand_run(struct stand *stand, const struct stand_run *run);

/* One fiber with Redis; one with SQL alone. */
void stand_redis(struct stand *stand, stand_fn *fn);
void stand_sql(struct stand *stand, stand_fn *fn);

int64_t now_ms(void);

/* Of the loop, of those that a call announced: as many as before, and nothing has waited since the
 * last call, however slow the machine. */
unsigned stand_turns(struct stand *stand);

/* Both fail the test; code is of core/fault.h, and the fault is cleared. */
void expect_ok(struct task *task, int r);
void expect_fault(struct task *task, int r, int code);

#endif
