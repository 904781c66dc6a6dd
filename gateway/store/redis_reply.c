/* SPDX-License-Identifier: Apache-2.0
 *
 * What an answer of Redis may be: bounded while it is read, then copied or understood as an error.
 *
 * hiredis allocates what a length announces (CVE-2021-32765 was one such place), frees element by
 * element, and asserts that nobody speaks unasked.  A Redis that is broken or not a Redis must not
 * bring the gateway down, so its reader gets object functions that refuse; refusing is an error of
 * the connection, which ends.
 */
#include "store/redis_link.h"

#include "core/task.h"

#include <hiredis/async.h>
#include <string.h>

static bool may_make(const redisReadTask *item, size_t elements, size_t bytes);
static void *string_make(const redisReadTask *item, char *text, size_t len);
static void *array_make(const redisReadTask *item, int n);
static void *integer_make(const redisReadTask *item, long long number);
static void *nil_make(const redisReadTask *item);
static void error_read(struct redis_command *command, const redisReply *reply);
static bool answer_read(struct task *task, const redisReply *reply, struct redis_answer *answer);
static bool list_read(struct task *task, const redisReply *reply, struct redis_answer *answer);
static const char *text_read(struct task *task, const redisReply *reply);
static bool begins_with_word(const char *text, const char *word);

static redisReplyObjectFunctions bounded = {
    .createString = string_make,
    .createArray = array_make,
    .createInteger = integer_make,
    .createNil = nil_make,
    .freeObject = freeReplyObject,
};

void
redis_reply_bound(struct redis *redis)
{
	redisReader *reader = redis->context->c.reader;

	redis->reply_functions = reader->fn;
	reader->fn = &bounded;
	reader->privdata = redis;
}

static bool
may_make(const redisReadTask *item, size_t elements, size_t bytes)
{
	struct redis *redis = item->privdata;

	if (item->parent == NULL) {
		/* hiredis copes with an unasked error ("max number of clients reached") alone. */
		if (redis->context->replies.head == NULL && item->type != REDIS_REPLY_ERROR) {
			redis->refusal = "an answer that nobody asked for";
			return false;
		}
		redis->reply_elements = 0;
		redis->reply_bytes = 0;
	}
	redis->reply_elements += elements;
	redis->reply_bytes += bytes;
	if (redis->reply_elements <= REDIS_MAX_ELEMENTS &&
	    redis->reply_bytes <= REDIS_MAX_REPLY_BYTES)
		return true;
	redis->refusal = "an answer larger than any of ours";
	return false;
}

static void *
string_make(const redisReadTask *item, char *text, size_t len)
{
	const struct redis *redis = item->privdata;

	return may_make(item, 0, len) ? redis->reply_functions->createString(item, text, len)
				      : NULL;
}

static void *
array_make(const redisReadTask *item, int n)
{
	const struct redis *redis = item->privdata;

	return may_make(item, (size_t)n, 0) ? redis->reply_functions->createArray(item, n) : NULL;
}

static void *
integer_make(const redisReadTask *item, long long number)
{
	const struct redis *redis = item->privdata;

	return may_make(item, 0, 0) ? redis->reply_functions->createInteger(item, number) : NULL;
}

static void *
nil_make(const redisReadTask *item)
{
	const struct redis *redis = item->privdata;

	return may_make(item, 0, 0) ? redis->reply_functions->createNil(item) : NULL;
}

void
redis_reply_read(struct redis *redis, struct redis_command *command, const struct redisReply *reply)
{
	if (reply == NULL) {
		command->result = STORE_AWAY;
		command->why = "the connection to Redis ended";
	} else if (reply->type == REDIS_REPLY_ERROR) {
		error_read(command, reply);
		/* Until a heartbeat could write again. */
		redis->is_refusing |= command->result == STORE_AWAY;
	} else if (!answer_read(command->task, reply, &command->answer)) {
		command->result = STORE_AWAY;
		command->why = "Redis answered what no command of ours asks for";
		redis_link_drop(redis, command->why);
	}
}

/* Only the code of an error is kept, save for ERR, which tells of our own mistakes (a script's line
 * and function): other texts may repeat arguments. */
static void
error_read(struct redis_command *command, const redisReply *reply)
{
	if (command->needs_script != NULL && begins_with_word(reply->str, "NOSCRIPT")) {
		*command->needs_script = true;
		return;
	}
	command->result = redis_reply_is_away(reply) ? STORE_AWAY : BROKEN;
	if (command->result == BROKEN && !begins_with_word(reply->str, "ERR unknown"))
		command->why = task_printf(command->task, "Redis: %.120s", reply->str);
	else
		command->why = task_printf(
		    command->task, "Redis: %.*s", (int)strcspn(reply->str, " "), reply->str);
}

bool
redis_reply_is_away(const struct redisReply *reply)
{
	static const char *const ours[] = {"ERR", "WRONGTYPE", NULL};
	/* Redis before 7 wraps what a script met: "ERR Error running script … -OOM command …". */
	static const char *const wrapped[] = {
	    "-OOM ", "-READONLY ", "-MISCONF ", "-NOREPLICAS ", "max number of clients", NULL};

	for (size_t i = 0; wrapped[i] != NULL; i++)
		if (strstr(reply->str, wrapped[i]) != NULL)
			return true;
	for (size_t i = 0; ours[i] != NULL; i++)
		if (begins_with_word(reply->str, ours[i]))
			return false;
	return true;
}

/* Errors that the next connection may not meet: another server behind the same name is master now,
 * the password was changed, the snapshot is read. */
bool
redis_reply_ends_link(const struct redisReply *reply)
{
	static const char *const words[] = {"READONLY", "LOADING", "NOAUTH", "WRONGPASS", "MOVED",
	    "ASK", "MASTERDOWN", "CLUSTERDOWN", NULL};

	if (reply->type != REDIS_REPLY_ERROR)
		return false;
	for (size_t i = 0; words[i] != NULL; i++)
		if (begins_with_word(reply->str, words[i]))
			return true;
	return strstr(reply->str, "-READONLY ") != NULL;
}

static bool
begins_with_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	return strncmp(text, word, len) == 0 && (text[len] == ' ' || text[len] == '\0');
}

static bool
answer_read(struct task *task, const redisReply *reply, struct redis_answer *answer)
{
	switch (reply->type) {
	case REDIS_REPLY_NIL: answer->is = REDIS_NIL; return true;
	case REDIS_REPLY_INTEGER:
		answer->is = REDIS_INTEGER;
		answer->integer = reply->integer;
		return true;
	case REDIS_REPLY_ARRAY: answer->is = REDIS_LIST; return list_read(task, reply, answer);
	default:
		answer->is = REDIS_TEXT;
		answer->text = text_read(task, reply);
		return answer->text != NULL;
	}
}

static bool
list_read(struct task *task, const redisReply *reply, struct redis_answer *answer)
{
	answer->n = reply->elements;
	answer->list = task_new_n(task, const char *, reply->elements);
	for (size_t i = 0; i < reply->elements; i++) {
		const redisReply *element = reply->element[i];

		if (element->type == REDIS_REPLY_NIL)
			continue;
		answer->list[i] = text_read(task, element);
		if (answer->list[i] == NULL)
			return false;
	}
	return true;
}

/* NULL: not a text, or one with a NUL inside, which no text of ours has. */
static const char *
text_read(struct task *task, const redisReply *reply)
{
	if (reply->type == REDIS_REPLY_INTEGER)
		return task_printf(task, "%lld", reply->integer);
	if (reply->type != REDIS_REPLY_STRING && reply->type != REDIS_REPLY_STATUS)
		return NULL;
	if (memchr(reply->str, '\0', reply->len) != NULL)
		return NULL;
	return task_dup_n(task, reply->str, reply->len);
}
