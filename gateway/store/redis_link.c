/* SPDX-License-Identifier: Apache-2.0
 *
 * One connection to Redis on one loop: hiredis' asynchronous context on a watch of ours.
 *
 * What hiredis 0.14 lacks is here: time-outs, reconnecting, and one write per turn.  Its rule that
 * a context may be freed inside any of its calls is kept by looking at redis->context after each:
 * link_is_gone() sets it to NULL.
 */
#include "store/redis_link.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/metrics.h"
#include "core/random.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <hiredis/async.h>
#include <hiredis/sds.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#define BACKOFF_FIRST_MS 50
#define TURN_BYTES       4000 /* commands of a turn: room for them is made once */
#define BACKOFF_LAST_MS  1600 /* a quarter more by chance: 2 s */

static redisAsyncContext *context_new(const struct redis_place *place);
static void adapters_set(struct redis *redis);
static void away_until_again(struct redis *redis, const char *why);
static void is_asked_again(void *arg);
static void watch_set(struct redis *redis, uint32_t events);
static void link_has_event(void *arg, uint32_t events);
static void has_to_write(struct redis *redis);
static void has_to_read(struct redis *redis);
static void link_is_gone(void *arg);
static void wants_read(void *arg);
static void wants_write(void *arg);
static void turn_ends(void *arg);
static void wants_no_write(void *arg);
static void room_make(redisContext *c);
static void command_has_reply(redisAsyncContext *context, void *reply, void *arg);
static void oldest_is_late(void *arg);

void
redis_link_open(struct redis *redis)
{
	redisAsyncContext *context = context_new(&redis->place);

	if (context == NULL || context->err != 0) {
		away_until_again(redis, context == NULL ? "no memory" : context->errstr);
		if (context != NULL)
			redisAsyncFree(context);
		return;
	}
	fcntl(context->c.fd, F_SETFD, FD_CLOEXEC);
	redis->context = context;
	redis->watched = EPOLLIN | EPOLLOUT;
	redis->watch =
	    loop_watch(redis->loop, context->c.fd, redis->watched, link_has_event, redis);
	adapters_set(redis);
	redis_reply_bound(redis);
	redis->state = REDIS_GREETING;
	redis_ready_tell(redis);
	redis_greet(redis);
}

static redisAsyncContext *
context_new(const struct redis_place *place)
{
	if (place->is_unix)
		return redisAsyncConnectUnix(place->host);
	return redisAsyncConnect(place->host, place->port);
}

static void
adapters_set(struct redis *redis)
{
	redisAsyncContext *context = redis->context;

	context->data = redis;
	context->ev.data = redis;
	context->ev.addRead = wants_read;
	context->ev.addWrite = wants_write;
	context->ev.delWrite = wants_no_write;
	context->ev.cleanup = link_is_gone;
}

void
redis_link_drop(struct redis *redis, const char *why)
{
	if (redis->context == NULL || redis->is_closing)
		return;
	redis->is_closing = true;
	away_until_again(redis, why);
	redisAsyncFree(redis->context);
}

static void
away_until_again(struct redis *redis, const char *why)
{
	int64_t chance = random_below((uint32_t)redis->backoff_ms / 4 + 1);

	if (!redis->is_said)
		log_line(LOG_ERR, "redis_away", "%s", why);
	redis->is_said = true;
	redis->state = REDIS_AWAY;
	redis_ready_tell(redis);
	redis_link_early_end(redis);
	timer_set(redis->loop, &redis->again, clock_mono_ms() + redis->backoff_ms + chance,
	    is_asked_again, redis);
	if (redis->backoff_ms < BACKOFF_LAST_MS)
		redis->backoff_ms *= 2;
}

void
redis_link_close(struct redis *redis)
{
	redis->is_said = true; /* nothing to tell */
	redis_link_drop(redis, "closed by us");
	timer_end(redis->loop, &redis->again);
	redis_link_early_end(redis);
}

static void
is_asked_again(void *arg)
{
	redis_link_open(arg);
}

void
redis_link_is_good(struct redis *redis)
{
	redis->backoff_ms = BACKOFF_FIRST_MS;
}

void
redis_link_early_end(struct redis *redis)
{
	redis->was_tried = true;
	while (redis->early != NULL) {
		struct redis_early *early = redis->early;

		redis->early = early->next;
		wait_done(&early->wait);
	}
}

/* hiredis is about to free the context; its socket is still open. */
static void
link_is_gone(void *arg)
{
	struct redis *redis = arg;
	const redisContext *c = &redis->context->c;
	const char *why = redis->refusal != NULL ? redis->refusal : c->errstr;

	if (!redis->is_closing)
		away_until_again(redis, why[0] != '\0' ? why : "the connection ended");
	redis->refusal = NULL;
	loop_watch_end(redis->watch);
	redis->watch = NULL;
	redis->context = NULL;
	redis->is_closing = false;
	timer_end(redis->loop, &redis->late);
	timer_end(redis->loop, &redis->beat);
}

static void
watch_set(struct redis *redis, uint32_t events)
{
	if (redis->watched == events)
		return;
	redis->watched = events;
	loop_watch_change(redis->watch, events);
}

static void
wants_read(void *arg)
{
	struct redis *redis = arg;

	watch_set(redis, redis->watched | EPOLLIN);
}

/* From hiredis: for every command, which is sent with all others of this turn; and where a write
 * could not take everything.  While the socket is full, or not connected yet, EPOLLOUT comes. */
static void
wants_write(void *arg)
{
	struct redis *redis = arg;

	if (redis->is_writing)
		watch_set(redis, redis->watched | EPOLLOUT);
	else if ((redis->watched & EPOLLOUT) == 0)
		loop_late(redis->loop, &redis->unsent, turn_ends, redis);
}

static void
turn_ends(void *arg)
{
	struct redis *redis = arg;

	if (redis->context != NULL && (redis->watched & EPOLLOUT) == 0)
		has_to_write(redis);
}

static void
wants_no_write(void *arg)
{
	struct redis *redis = arg;

	watch_set(redis, redis->watched & ~(uint32_t)EPOLLOUT);
}

static void
link_has_event(void *arg, uint32_t events)
{
	struct redis *redis = arg;

	if ((events & EPOLLOUT) != 0)
		has_to_write(redis);
	if (redis->context != NULL && (events & ~(uint32_t)EPOLLOUT) != 0)
		has_to_read(redis);
}

static void
has_to_write(struct redis *redis)
{
	redis->is_writing = true;
	redisAsyncHandleWrite(redis->context);
	redis->is_writing = false;
}

/* An answer of many gigabytes would otherwise be gathered until the time-out. */
static void
has_to_read(struct redis *redis)
{
	const redisReader *reader;

	redisAsyncHandleRead(redis->context);
	if (redis->context == NULL)
		return;
	reader = redis->context->c.reader;
	if (reader->len - reader->pos > 2 * REDIS_MAX_REPLY_BYTES)
		redis_link_drop(redis, "an answer larger than any of ours");
}

void
redis_args_add(struct redis_args *args, const char *text)
{
	assert(args->n < REDIS_MAX_ARGS);
	args->at[args->n] = text;
	args->len[args->n] = strlen(text);
	args->n++;
}

bool
redis_link_send(struct redis *redis, const struct redis_args *args, struct redis_command *command)
{
	const char **at = (const char **)(uintptr_t)args->at;

	if (redis->state == REDIS_AWAY || redis->context == NULL ||
	    sdslen(redis->context->c.obuf) > REDIS_MAX_UNSENT)
		return false;
	room_make(&redis->context->c);
	if (redisAsyncCommandArgv(
		redis->context, command_has_reply, command, args->n, at, args->len) != REDIS_OK)
		return false;
	command->next = NULL;
	command->sent_ms = clock_mono_ms();
	if (redis->last != NULL)
		redis->last->next = command;
	else
		redis->first = command;
	redis->last = command;
	if (redis->late.at_ms == 0)
		timer_set(redis->loop, &redis->late, command->sent_ms + redis->timeout_ms,
		    oldest_is_late, redis);
	metric_add(redis->n_commands, 1);
	return true;
}

/* hiredis gives its buffer back with every write, and would make it grow with every command. */
static void
room_make(redisContext *c)
{
	sds roomy;

	if (sdslen(c->obuf) > 0)
		return;
	roomy = sdsMakeRoomFor(c->obuf, TURN_BYTES);
	if (roomy != NULL)
		c->obuf = roomy;
}

static void
command_has_reply(redisAsyncContext *context, void *reply, void *arg)
{
	struct redis *redis = context->data;
	struct redis_command *command = arg;

	assert(redis->first == command);
	redis->first = command->next;
	if (redis->first == NULL)
		redis->last = NULL;
	/* What comes after the decision to close is not looked at. */
	command->fn(redis, command, redis->is_closing ? NULL : reply);
}

/* All commands have the same time-out and are answered in order: one timer watches the oldest, and
 * is not touched when an answer comes. */
static void
oldest_is_late(void *arg)
{
	struct redis *redis = arg;
	int64_t due_ms;

	if (redis->first == NULL)
		return;
	due_ms = redis->first->sent_ms + redis->timeout_ms;
	if (due_ms > clock_mono_ms())
		timer_set(redis->loop, &redis->late, due_ms, oldest_is_late, redis);
	else
		redis_link_drop(redis, "no answer in time");
}
