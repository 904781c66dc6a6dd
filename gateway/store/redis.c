/* SPDX-License-Identifier: Apache-2.0
 *
 * The verbs of Redis: what each says, and which answers it may get.
 */
#include "store/redis.h"

#include "core/task.h"
#include "store/redis_link.h"

#include <inttypes.h>
#include <string.h>

struct redis_pending {
	struct redis_command *command;
};

static int put_args(
    struct task *task, struct redis_args *args, const char *key, const char *value, int64_t ttl_ms);
static int ask_text(struct task *task, const char *verb, const char *key, const char **ret_value);
static bool is_ok(const struct redis_answer *answer);

int
redis_put(struct task *task, const char *key, const char *value, int64_t ttl_ms)
{
	struct redis_pending *pending;
	int r = redis_put_begin(task, key, value, ttl_ms, &pending);

	return r < 0 ? r : redis_put_end(task, pending);
}

int
redis_put_begin(struct task *task, const char *key, const char *value, int64_t ttl_ms,
    struct redis_pending **ret_pending)
{
	struct redis_args args = {0};
	struct redis_command *command;
	int r;

	r = put_args(task, &args, key, value, ttl_ms);
	if (r < 0)
		return r;
	r = redis_begin(task, &args, &command);
	if (r < 0)
		return r;
	*ret_pending = task_new(task, struct redis_pending);
	(*ret_pending)->command = command;
	return 0;
}

int
redis_put_end(struct task *task, struct redis_pending *pending)
{
	struct redis_answer answer;
	int r = redis_end(task, pending->command, &answer);

	if (r < 0)
		return r;
	return is_ok(&answer) ? 0 : redis_confused(task);
}

int
redis_put_new(
    struct task *task, const char *key, const char *value, int64_t ttl_ms, bool *ret_is_new)
{
	struct redis_args args = {0};
	struct redis_answer answer;
	int r;

	r = put_args(task, &args, key, value, ttl_ms);
	if (r < 0)
		return r;
	redis_args_add(&args, "NX");
	r = redis_ask(task, &args, &answer);
	if (r < 0)
		return r;
	if (answer.is != REDIS_NIL && !is_ok(&answer))
		return redis_confused(task);
	*ret_is_new = answer.is == REDIS_TEXT;
	return 0;
}

static int
put_args(
    struct task *task, struct redis_args *args, const char *key, const char *value, int64_t ttl_ms)
{
	if (ttl_ms <= 0)
		return fail(task, BROKEN, "a value for Redis that ends before it begins");
	redis_args_add(args, "SET");
	redis_args_add(args, redis_prefixed(task, key));
	redis_args_add(args, value);
	redis_args_add(args, "PX");
	redis_args_add(args, task_printf(task, "%" PRId64, ttl_ms));
	if (args->len[2] > REDIS_MAX_REPLY_BYTES)
		return fail(
		    task, BROKEN, "a value of %zu bytes is too large for Redis", args->len[2]);
	return 0;
}

static bool
is_ok(const struct redis_answer *answer)
{
	return answer->is == REDIS_TEXT && strcmp(answer->text, "OK") == 0;
}

int
redis_get(struct task *task, const char *key, const char **ret_value)
{
	return ask_text(task, "GET", key, ret_value);
}

int
redis_take(struct task *task, const char *key, const char **ret_value)
{
	return ask_text(task, "GETDEL", key, ret_value);
}

static int
ask_text(struct task *task, const char *verb, const char *key, const char **ret_value)
{
	struct redis_args args = {0};
	struct redis_answer answer;
	int r;

	redis_args_add(&args, verb);
	redis_args_add(&args, redis_prefixed(task, key));
	r = redis_ask(task, &args, &answer);
	if (r < 0)
		return r;
	if (answer.is != REDIS_NIL && answer.is != REDIS_TEXT)
		return redis_confused(task);
	*ret_value = answer.text;
	return 0;
}

int
redis_drop(struct task *task, const char *key)
{
	struct redis_args args = {0};
	struct redis_answer answer;
	int r;

	redis_args_add(&args, "DEL");
	redis_args_add(&args, redis_prefixed(task, key));
	r = redis_ask(task, &args, &answer);
	if (r < 0)
		return r;
	return answer.is == REDIS_INTEGER ? 0 : redis_confused(task);
}

int
redis_epoch(struct task *task, struct redis_epoch *ret_epoch)
{
	const struct redis *redis = task->rooms->redis;
	int r = redis_reach(task);

	if (r < 0)
		return r;
	ret_epoch->id = task_dup(task, redis->epoch_id);
	ret_epoch->start_s = redis->epoch_start_s;
	return 0;
}
