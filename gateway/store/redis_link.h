/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of the Redis room: one connection, its commands in flight, and how it comes and goes.
 * Used by redis*.c alone.  Everything runs on the loop's thread.
 *
 * redis.c        the verbs                        redis_link.c   connect, send, time-outs, again
 * redis_script.c EVALSHA and NOSCRIPT             redis_greet.c  AUTH, SELECT, epoch, heartbeat
 * redis_ask.c    a fiber and its command          redis_reply.c  what an answer may be at most
 * redis_open.c   settings, beginning and end
 */
#ifndef STORE_REDIS_LINK_H
#define STORE_REDIS_LINK_H

#include "core/fiber.h"
#include "core/loop.h"
#include "store/redis.h"

#define REDIS_MAX_ARGS        64           /* of one command, name and keys included */
#define REDIS_MAX_REPLY_BYTES (256u << 10) /* texts of one answer; JSON is at most 64 KB */
#define REDIS_MAX_ELEMENTS    4096         /* of one answer, nested ones included */
#define REDIS_MAX_UNSENT      (8u << 20)   /* bytes that Redis does not take */
#define REDIS_MAX_PREFIX      64
#define REDIS_BEAT_MS         1000
#define REDIS_BEATS_TO_INFO   60

struct redisAsyncContext;
struct redisReply;
struct redisReplyObjectFunctions;
struct redis_command;
struct metric;

/* Called once per command, with the answer or, where the connection ended first, NULL. */
typedef void redis_reply_fn(
    struct redis *redis, struct redis_command *command, const struct redisReply *reply);

/* On the heap from the sending to the answer, however long the fiber waits for it. */
struct redis_command {
	struct redis_command *next; /* sent after this one */
	redis_reply_fn *fn;
	int64_t sent_ms;
	struct task *task; /* NULL: nobody waits any more */
	struct wait wait;
	int result;                 /* 0 or a fault's code, */
	const char *why;            /* and its reason: a literal, or in the task's arena */
	struct redis_answer answer; /* in the task's arena */
	bool *needs_script;         /* NULL, or of a script: set where the answer is NOSCRIPT */
};

/* A fiber that came before the first connection was tried out. */
struct redis_early {
	struct redis_early *next;
	struct wait wait;
};

struct redis_place {
	bool is_unix;
	char *host; /* numeric, or the socket's path */
	int port;
};

enum redis_state {
	REDIS_AWAY,     /* until the timer `again` */
	REDIS_GREETING, /* connecting, or its greeting not yet answered */
	REDIS_READY,
};

struct redis {
	struct loop *loop;
	struct redis_place place;
	char *password; /* or NULL */
	int64_t database;
	char *prefix;
	size_t prefix_len;
	int64_t timeout_ms;

	enum redis_state state;
	bool was_tried;     /* the first attempt is over, one way or the other */
	bool is_closing;    /* the context ends as soon as its callback returns */
	bool is_writing;    /* hiredis writes to the socket now */
	bool is_refusing;   /* it answers, but takes no writes: OOM, MISCONF, NOREPLICAS */
	bool is_said;       /* that it is away stands in the log */
	bool is_told_ready; /* what redis_are_all_ready() counts it as */
	struct redisAsyncContext *context;
	struct loop_watch *watch;
	uint32_t watched;                   /* EPOLLIN, EPOLLOUT */
	struct redis_command *first, *last; /* in flight */
	struct redis_early *early;
	struct timer late, again, beat;
	struct loop_late unsent; /* commands of this turn */
	int64_t backoff_ms;
	unsigned n_beats;

	/* hiredis' own, behind ours that keep the bounds; what the answer being read holds so far
	 */
	const struct redisReplyObjectFunctions *reply_functions;
	size_t reply_elements, reply_bytes;
	const char *refusal; /* why ours refused; hiredis calls that "Out of memory" */

	char *epoch_id;
	int64_t epoch_start_s;
	char run_id[41]; /* of the server, or "" where INFO is not allowed */
	char epoch_sha[41];

	struct metric *n_commands, *n_away, *n_connections;
};

/* redis_link.c */
void redis_link_open(struct redis *redis);
/* Ends the connection; commands in flight become STORE_AWAY.  Legal at any time and twice. */
void redis_link_drop(struct redis *redis, const char *why);
void redis_link_close(struct redis *redis);   /* for good */
void redis_link_is_good(struct redis *redis); /* a heartbeat came back: backoff starts anew */
void redis_link_early_end(struct redis *redis);

struct redis_args {
	int n;
	const char *at[REDIS_MAX_ARGS];
	size_t len[REDIS_MAX_ARGS];
};
void redis_args_add(struct redis_args *args, const char *text);
/* False: not sent, and command->fn will not be called. */
bool redis_link_send(
    struct redis *redis, const struct redis_args *args, struct redis_command *command);

/* redis_ask.c: a command as a fiber sees it.  The answer is of any type; what the command never
 * gets is given to redis_confused(). */
int redis_begin(
    struct task *task, const struct redis_args *args, struct redis_command **ret_command);
int redis_end(struct task *task, struct redis_command *command, struct redis_answer *ret_answer);
int redis_ask(struct task *task, const struct redis_args *args, struct redis_answer *ret_answer);
int redis_confused(struct task *task);
int redis_reach(struct task *task); /* 0 once ready; waits for the first attempt to connect */
const char *redis_prefixed(struct task *task, const char *key);

/* redis_greet.c */
void redis_ready_tell(struct redis *redis); /* after every change of state or is_refusing */
void redis_greet(struct redis *redis); /* on a fresh connection; ends in REDIS_READY or a drop */

/* redis_reply.c */
void redis_reply_bound(struct redis *redis); /* of a fresh context: caps on size and number */
/* An answer into the task's arena, or the command's result and reason. */
void redis_reply_read(
    struct redis *redis, struct redis_command *command, const struct redisReply *reply);
bool redis_reply_is_away(const struct redisReply *reply);   /* an error that says: not now */
bool redis_reply_ends_link(const struct redisReply *reply); /* … and not on this connection */

#endif
