/* SPDX-License-Identifier: Apache-2.0
 *
 * Redis: what expires.  One connection per loop; the commands of all ready fibers leave in one
 * write.
 *
 * Every function parks the fiber until the answer is there, the command's own time-out (settings
 * redis.timeout) or the task's deadline.  A connection on which a command timed out is closed, lest
 * its late answer be taken for another's; reconnecting backs off from 50 ms to 2 s.  While Redis is
 * away, or answers READONLY, LOADING, OOM, MISCONF, NOAUTH, BUSY, MOVED: STORE_AWAY.  An error of
 * ours (a script that does not run, a key of another type) is BROKEN.  Keys and values are
 * arguments, never part of a format; the prefix of settings stands before every key.  All of a
 * struct redis is used on its loop's thread.
 */
#ifndef STORE_REDIS_H
#define STORE_REDIS_H

#include "core/str.h"

#include <stdint.h>

struct loop;
struct settings;
struct task;
struct redis;

struct redis *redis_new(
    struct loop *loop, const struct settings *settings); /* connects by itself */
void redis_free(struct redis *redis);
bool redis_is_ready(const struct redis *redis);

/* Whether every connection of this process is ready: each loop finds out for itself, and a process
 * that one of them cannot serve is not ready.  Any thread. */
bool redis_are_all_ready(void);

/* Values are text without NUL (JSON as a rule).  ttl_ms > 0. */
int redis_put(struct task *task, const char *key, const char *value, int64_t ttl_ms);
/* SET NX: ret_is_new tells whether this call made it.  The claim of single use and of replay marks.
 */
int redis_put_new(
    struct task *task, const char *key, const char *value, int64_t ttl_ms, bool *ret_is_new);
/* Absent: *ret_value is NULL, which is no failure. */
int redis_get(struct task *task, const char *key, const char **ret_value);
/* GETDEL: read and gone in one step. */
int redis_take(struct task *task, const char *key, const char **ret_value);
int redis_drop(struct task *task, const char *key);

/* Scripts run by EVALSHA and are loaded again by themselves on NOSCRIPT.  One static struct per
 * script. */
struct redis_script {
	const char *source; /* Lua; sees KEYS and ARGV only; returns nil, an integer, a text, or a
			       flat list of texts */
	char sha1[41];      /* filled on first use */
};
struct redis_answer {
	enum { REDIS_NIL = 0, REDIS_INTEGER, REDIS_TEXT, REDIS_LIST } is;
	int64_t integer;
	const char *text;
	const char **list; /* n texts, NULL where nil */
	size_t n;
};
struct redis_call {
	const char *const *keys; /* NULL-ended, or NULL; at most 61 with args */
	const char *const *args; /* NULL-ended, or NULL */
};
int redis_run(struct task *task, struct redis_script *script, const struct redis_call *call,
    struct redis_answer *ret_answer);

/* Sends now and waits later, so that a signature overlaps the round trip.  Every call sent must be
 * waited for before the task ends, and before any sql_…() or offload(): the answer is written into
 * the task's arena, which another thread would have then. */
struct redis_pending;
int redis_put_begin(struct task *task, const char *key, const char *value, int64_t ttl_ms,
    struct redis_pending **ret_pending);
int redis_put_end(struct task *task, struct redis_pending *pending);

/* The epoch: a random id with the wall-clock second at which this Redis began to hold our state.
 * A new one is made where it is missing (empty restart, FLUSHALL) or was made on another run of the
 * server (a restart from AOF or snapshot, a failover: the last writes may be lost, and with them a
 * mark of single use).  Whatever must be single-use and was issued at or before start_s is refused.
 * Cached per loop; read anew with every connection and each second. */
struct redis_epoch {
	const char *id;
	int64_t start_s;
};
int redis_epoch(struct task *task, struct redis_epoch *ret_epoch);

#endif
