/* SPDX-License-Identifier: Apache-2.0
 *
 * A fiber and its command: sent now, awaited then, and forgotten safely where the fiber gives up
 * first.  The command lives on the heap until its answer, or the end of the connection, frees it.
 */
#include "core/metrics.h"
#include "core/task.h"
#include "store/redis_link.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void early_forget(struct redis *redis, const struct redis_early *early);
static void fiber_has_reply(
    struct redis *redis, struct redis_command *command, const struct redisReply *reply);

int
redis_ask(struct task *task, const struct redis_args *args, struct redis_answer *ret_answer)
{
	struct redis_command *command;
	int r = redis_begin(task, args, &command);

	return r < 0 ? r : redis_end(task, command, ret_answer);
}

int
redis_begin(struct task *task, const struct redis_args *args, struct redis_command **ret_command)
{
	struct redis_command *command;
	int r = redis_reach(task);

	if (r < 0)
		return r;
	command = calloc(1, sizeof(*command));
	if (command == NULL)
		return fail(task, STORE_AWAY, "no memory for a command to Redis");
	command->fn = fiber_has_reply;
	command->task = task;
	if (!redis_link_send(task->rooms->redis, args, command)) {
		free(command);
		return fail(task, STORE_AWAY, "Redis takes no more commands");
	}
	task->n_sent++;
	*ret_command = command;
	return 0;
}

/* A fiber that comes before the end of the first attempt to connect waits for it: a command line
 * tool would otherwise always come too early. */
int
redis_reach(struct task *task)
{
	struct redis *redis = task->rooms->redis;
	struct redis_early *early;
	int r = 0;

	if (!redis->was_tried) {
		early = calloc(1, sizeof(*early));
		if (early == NULL)
			return fail(task, STORE_AWAY, "no memory to wait for Redis");
		early->next = redis->early;
		redis->early = early;
		r = fiber_wait(task, &early->wait);
		early_forget(redis, early);
		free(early);
	}
	if (r < 0)
		return fail(task, r, "Redis was not reached in the time left");
	if (redis->state == REDIS_READY)
		return 0;
	metric_add(redis->n_away, 1);
	return fail(task, STORE_AWAY, "Redis is away");
}

static void
early_forget(struct redis *redis, const struct redis_early *early)
{
	struct redis_early **at = &redis->early;

	while (*at != NULL && *at != early)
		at = &(*at)->next;
	if (*at != NULL)
		*at = early->next;
}

static void
fiber_has_reply(struct redis *redis, struct redis_command *command, const struct redisReply *reply)
{
	if (command->task != NULL)
		redis_reply_read(redis, command, reply);
	if (reply != NULL && redis_reply_ends_link(reply))
		redis_link_drop(redis, "Redis refuses: READONLY, LOADING, NOAUTH or alike");
	if (command->task == NULL)
		free(command);
	else
		wait_done(&command->wait);
}

int
redis_end(struct task *task, struct redis_command *command, struct redis_answer *ret_answer)
{
	int r = fiber_wait(task, &command->wait);

	task->n_sent--;
	if (r < 0 && !command->wait.done) {
		command->task = NULL;
		return fail(task, r, "Redis gave no answer in the time left");
	}
	r = command->result;
	if (r == 0)
		*ret_answer = command->answer;
	if (r == STORE_AWAY)
		metric_add(task->rooms->redis->n_away, 1);
	if (r < 0)
		fail(task, r, "%s", command->why);
	free(command);
	return r;
}

/* Answers and commands are out of step: no later answer on this connection can be believed. */
int
redis_confused(struct task *task)
{
	redis_link_drop(task->rooms->redis, "an answer that its command never gets");
	return fail(task, STORE_AWAY, "Redis gave an answer that its command never gets");
}

const char *
redis_prefixed(struct task *task, const char *key)
{
	const struct redis *redis = task->rooms->redis;
	size_t len = strlen(key);
	char *whole = task_alloc(task, redis->prefix_len + len + 1);

	memcpy(whole, redis->prefix, redis->prefix_len);
	memcpy(whole + redis->prefix_len, key, len);
	return whole;
}
