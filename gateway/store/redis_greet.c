/* SPDX-License-Identifier: Apache-2.0
 *
 * What a fresh connection says first, and every second after that: the epoch (store/redis.h).
 *
 * AUTH, SELECT, INFO and SCRIPT LOAD leave in one write; then a script reads the epoch or makes a
 * new one.  The epoch names the run of the server that it was made on, not only that it exists: a
 * Redis that came back from its snapshot or its AOF, or a replica that took over, may have lost the
 * last writes, and a lost write is a code that could be used twice.
 *
 * The same script is the heartbeat (and INFO each minute): it finds a Redis that hangs while nobody
 * asks it, one that was flushed, and (by writing) one that began to refuse and does so no more.
 */
#include "store/redis_link.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/metrics.h"
#include "core/random.h"

#include <ctype.h>
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* KEYS: epoch.  ARGV: a new one, the server's run id, "1" where it is to be written anew.  A server
 * that lets us not see its run id (ACL) has "". */
static const char epoch_script[] =
    "local old = redis.call('GET', KEYS[1])\n"
    "local fine, epoch = pcall(cjson.decode, old or '')\n"
    "if fine and type(epoch) == 'table' and (ARGV[2] == '' or epoch.run == ARGV[2]) then\n"
    "  if ARGV[3] == '1' then redis.call('SET', KEYS[1], old) end\n"
    "  return old\n"
    "end\n"
    "redis.call('SET', KEYS[1], ARGV[1])\n"
    "return ARGV[1]\n";

static bool info_ask(struct redis *redis);
static bool ask(struct redis *redis, const struct redis_args *args, redis_reply_fn *fn);
static void server_is_fine(
    struct redis *redis, struct redis_command *command, const redisReply *reply);
static void server_is_known(
    struct redis *redis, struct redis_command *command, const redisReply *reply);
static void policy_warn(const char *about);
static void script_ask(struct redis *redis);
static void script_is_loaded(
    struct redis *redis, struct redis_command *command, const redisReply *reply);
static void epoch_ask(struct redis *redis);
static void epoch_is_known(
    struct redis *redis, struct redis_command *command, const redisReply *reply);
static bool epoch_take(struct redis *redis, const char *text);
static void link_is_ready(struct redis *redis);
static void is_time_to_beat(void *arg);
static bool is_refused(struct redis *redis, const redisReply *reply);

void
redis_greet(struct redis *redis)
{
	struct redis_args args = {0};
	char number[24];

	if (redis->password != NULL) {
		redis_args_add(&args, "AUTH");
		redis_args_add(&args, redis->password);
		if (!ask(redis, &args, server_is_fine))
			return;
	}
	if (redis->database != 0) {
		snprintf(number, sizeof(number), "%" PRId64, redis->database);
		args = (struct redis_args){0};
		redis_args_add(&args, "SELECT");
		redis_args_add(&args, number);
		if (!ask(redis, &args, server_is_fine))
			return;
	}
	if (info_ask(redis))
		script_ask(redis);
}

static bool
info_ask(struct redis *redis)
{
	struct redis_args args = {0};

	redis_args_add(&args, "INFO");
	return ask(redis, &args, server_is_known);
}

static bool
ask(struct redis *redis, const struct redis_args *args, redis_reply_fn *fn)
{
	struct redis_command *command = calloc(1, sizeof(*command));

	if (command != NULL) {
		command->fn = fn;
		if (redis_link_send(redis, args, command))
			return true;
	}
	free(command);
	redis_link_drop(redis, "a command could not be sent");
	return false;
}

static void
server_is_fine(struct redis *redis, struct redis_command *command, const redisReply *reply)
{
	free(command);
	is_refused(redis, reply);
}

/* True where the answer is an error or there is none; the connection has then ended. */
static bool
is_refused(struct redis *redis, const redisReply *reply)
{
	char why[80];

	if (reply == NULL)
		return true;
	if (reply->type != REDIS_REPLY_ERROR)
		return false;
	snprintf(why, sizeof(why), "Redis: %.60s", reply->str);
	redis_link_drop(redis, why);
	return true;
}

static void
server_is_known(struct redis *redis, struct redis_command *command, const redisReply *reply)
{
	const char *run_id;

	free(command);
	redis->run_id[0] = '\0';
	if (reply != NULL && reply->type == REDIS_REPLY_ERROR &&
	    strncmp(reply->str, "NOPERM", 6) == 0)
		return;
	if (is_refused(redis, reply) || reply->type != REDIS_REPLY_STRING)
		return;
	run_id = strstr(reply->str, "\nrun_id:");
	for (size_t i = 0; run_id != NULL && i < sizeof(redis->run_id) - 1; i++) {
		char c = run_id[strlen("\nrun_id:") + i];

		if (!isxdigit((unsigned char)c))
			break;
		redis->run_id[i] = c;
		redis->run_id[i + 1] = '\0';
	}
	policy_warn(reply->str);
}

/* Settings of the server under which marks of single use may vanish: said when they change, and
 * once for all loops. */
static void
policy_warn(const char *about)
{
	static atomic_uint last;
	bool evicts = strstr(about, "\nmaxmemory_policy:") != NULL &&
		      strstr(about, "\nmaxmemory_policy:noeviction") == NULL;
	bool forgets = strstr(about, "\naof_enabled:0") != NULL;
	unsigned now = (evicts ? 1u : 0) | (forgets ? 2u : 0);
	unsigned before = atomic_exchange(&last, now);

	if (evicts && (before & 1u) == 0)
		log_line(LOG_WARNING, "redis_policy",
		    "maxmemory-policy is not noeviction: sessions and marks of single use may "
		    "vanish");
	if (forgets && (before & 2u) == 0)
		log_line(LOG_NOTICE, "redis_policy",
		    "appendonly is off: a restart of Redis costs people a new login");
}

static void
script_ask(struct redis *redis)
{
	struct redis_args args = {0};

	redis_args_add(&args, "SCRIPT");
	redis_args_add(&args, "LOAD");
	redis_args_add(&args, epoch_script);
	ask(redis, &args, script_is_loaded);
}

static void
script_is_loaded(struct redis *redis, struct redis_command *command, const redisReply *reply)
{
	free(command);
	if (is_refused(redis, reply))
		return;
	if (reply->type != REDIS_REPLY_STRING || reply->len != sizeof(redis->epoch_sha) - 1) {
		redis_link_drop(redis, "not a Redis: SCRIPT LOAD gave no digest");
		return;
	}
	memcpy(redis->epoch_sha, reply->str, sizeof(redis->epoch_sha));
	epoch_ask(redis);
}

static void
epoch_ask(struct redis *redis)
{
	struct redis_args args = {0};
	char key[256], fresh[160];
	uint64_t id[2];

	random_bytes(id, sizeof(id));
	snprintf(key, sizeof(key), "%sepoch", redis->prefix);
	snprintf(fresh, sizeof(fresh),
	    "{\"id\":\"%016" PRIx64 "%016" PRIx64 "\",\"start\":%" PRId64 ",\"run\":\"%s\"}", id[0],
	    id[1], clock_now_s(), redis->run_id);
	redis_args_add(&args, "EVALSHA");
	redis_args_add(&args, redis->epoch_sha);
	redis_args_add(&args, "1");
	redis_args_add(&args, key);
	redis_args_add(&args, fresh);
	redis_args_add(&args, redis->run_id);
	redis_args_add(&args, redis->is_refusing ? "1" : "0");
	ask(redis, &args, epoch_is_known);
}

static void
epoch_is_known(struct redis *redis, struct redis_command *command, const redisReply *reply)
{
	bool is_greeting = redis->state == REDIS_GREETING;

	free(command);
	if (reply != NULL && reply->type == REDIS_REPLY_ERROR && !is_greeting) {
		if (strncmp(reply->str, "NOSCRIPT", 8) == 0) {
			script_ask(redis);
			return;
		}
		if (redis_reply_is_away(reply) && !redis_reply_ends_link(reply)) {
			redis->is_refusing = true; /* OOM, MISCONF, …: reading still works */
			redis_ready_tell(redis);
			link_is_ready(redis);
			return;
		}
	}
	if (is_refused(redis, reply))
		return;
	if (reply->type != REDIS_REPLY_STRING || !epoch_take(redis, reply->str)) {
		redis_link_drop(redis, "the epoch in Redis is not one of ours");
		return;
	}
	redis->is_refusing = false;
	redis_ready_tell(redis);
	if (!is_greeting)
		redis_link_is_good(redis);
	link_is_ready(redis);
}

static bool
epoch_take(struct redis *redis, const char *text)
{
	json_auto_t *epoch = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	json_int_t start_s;
	const char *id;
	char *copy;

	if (json_unpack(epoch, "{s:s, s:I}", "id", &id, "start", &start_s) != 0)
		return false;
	redis->epoch_start_s = start_s;
	if (redis->epoch_id != NULL && strcmp(redis->epoch_id, id) == 0)
		return true;
	copy = strdup(id);
	if (copy == NULL)
		return false;
	if (redis->epoch_id != NULL)
		log_line(
		    LOG_WARNING, "redis_epoch", "a new epoch: what was issued once is refused");
	free(redis->epoch_id);
	redis->epoch_id = copy;
	return true;
}

static void
link_is_ready(struct redis *redis)
{
	if (redis->state != REDIS_READY) {
		redis->state = REDIS_READY;
		redis_ready_tell(redis);
		metric_add(redis->n_connections, 1);
		if (redis->is_said)
			log_line(LOG_NOTICE, "redis_back", "Redis answers");
		redis->is_said = false;
		redis_link_early_end(redis);
	}
	timer_set(
	    redis->loop, &redis->beat, clock_mono_ms() + REDIS_BEAT_MS, is_time_to_beat, redis);
}

static void
is_time_to_beat(void *arg)
{
	struct redis *redis = arg;

	if (++redis->n_beats % REDIS_BEATS_TO_INFO != 0 || info_ask(redis))
		epoch_ask(redis);
}
