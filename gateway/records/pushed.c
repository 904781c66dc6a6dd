/* SPDX-License-Identifier: Apache-2.0
 *
 * Pushed requests (see pushed.h).
 *
 * "u:HASH" is 'u' and the record, or spent: 's' and what it was, if anything was left.  "un:HASH"
 * counts what one client pushes.
 */
#include "records/pushed.h"

#include "core/clock.h"
#include "core/random.h"
#include "core/settings.h"
#include "core/str.h"
#include "core/task.h"
#include "records/fields.h"
#include "records/handle.h"
#include "store/redis.h"

#include <string.h>

#define SECONDS           1000
#define HANDLE_MAX_LENGTH 128

struct stored {
	struct pushed pushed;
	const char *epoch;
};
static const struct field fields[] = {
    {"c", FIELD_TEXT, offsetof(struct stored, pushed.client_id)},
    {"p", FIELD_JSON, offsetof(struct stored, pushed.parameters)},
    {"s", FIELD_BOOL, offsetof(struct stored, pushed.is_signed)},
    {"i", FIELD_NUMBER, offsetof(struct stored, pushed.created_s)},
    {"e", FIELD_TEXT, offsetof(struct stored, epoch)},
    {0},
};

static int pushed_text(struct task *task, const struct pushed *pushed, const char **ret_text);
static bool has_expired(const struct task *task, const struct pushed *pushed);

int
pushed_keep(struct task *task, const struct pushed *pushed, const char **ret_handle)
{
	static struct redis_script script = {
	    .source = "local max = tonumber(ARGV[3])\n"
		      "if max > 0 then\n"
		      "  local n = redis.call('INCR', KEYS[2])\n"
		      "  if n == 1 then redis.call('PEXPIRE', KEYS[2], 60000) end\n"
		      "  if n > max then return 0 end\n"
		      "end\n"
		      "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])\n"
		      "return 1",
	};
	const struct settings *settings = task->rooms->settings;
	const char *handle = random_id(task, RANDOM_ID), *text;
	struct redis_answer answer;
	int r;

	r = pushed_text(task, pushed, &text);
	if (r < 0)
		return r;
	const struct redis_call call = {
	    .keys = (const char *const[]){handle_key(task, "u", handle),
		handle_key(task, "un", pushed->client_id), NULL},
	    .args = (const char *const[]){text, task_number(task, settings->par_life * SECONDS),
		task_number(task, settings->par_per_minute), NULL},
	};
	r = redis_run(task, &script, &call, &answer);
	if (r < 0)
		return r;
	if (answer.integer != 1)
		return fail(task, TOO_MANY_REQUESTS, "the client pushes too many requests");
	*ret_handle = handle;
	return 0;
}

static int
pushed_text(struct task *task, const struct pushed *pushed, const char **ret_text)
{
	struct stored stored = {.pushed = *pushed};
	const char *text = NULL;
	int r;

	stored.pushed.created_s = clock_now_s();
	r = handle_epoch(task, &stored.epoch);
	if (r == 0)
		r = fields_text(task, fields, &stored, &text);
	if (r < 0)
		return r;
	*ret_text = task_printf(task, "u%s", text);
	return 0;
}

int
pushed_find(
    struct task *task, const char *handle, const char *client_id, struct pushed **ret_pushed)
{
	const char *value = NULL, *mark = NULL;
	struct stored *stored = NULL;
	bool is_now = false;
	int r;

	if (!str_is_empty(handle) && strlen(handle) <= HANDLE_MAX_LENGTH) {
		mark = handle_key(task, "u", handle);
		r = redis_get(task, mark, &value);
		if (r < 0)
			return r;
	}
	if (value != NULL && value[0] == 'u') {
		stored = task_new(task, struct stored);
		r = fields_read(task, fields, value + 1, stored);
		if (r == 0)
			r = handle_is_now(task, stored->epoch, &is_now);
		if (r < 0)
			return r;
		if (!is_now || has_expired(task, &stored->pushed) ||
		    !str_equal(stored->pushed.client_id, client_id))
			stored = NULL;
	}
	if (stored != NULL)
		stored->pushed.mark = mark;
	*ret_pushed = stored == NULL ? NULL : &stored->pushed;
	return 0;
}

static bool
has_expired(const struct task *task, const struct pushed *pushed)
{
	return clock_now_s() - pushed->created_s > task->rooms->settings->par_life;
}

/* The mark outlives every transaction that may have begun with the handle. */
int
pushed_claim(struct task *task, const char *mark, bool *ret_is_first)
{
	static struct redis_script script = {
	    .source = "local v = redis.call('GET', KEYS[1]) or ''\n"
		      "if string.sub(v, 1, 1) == 's' then return 0 end\n"
		      "redis.call('SET', KEYS[1], 's' .. v, 'PX', ARGV[1])\n"
		      "return 1",
	};
	const struct settings *settings = task->rooms->settings;
	const struct redis_call call = {
	    .keys = (const char *const[]){mark, NULL},
	    .args =
		(const char *const[]){
		    task_number(task, (settings->par_life + settings->login_transaction) * SECONDS),
		    NULL},
	};
	struct redis_answer answer;
	int r;

	r = redis_run(task, &script, &call, &answer);
	if (r < 0)
		return r;
	*ret_is_first = answer.integer == 1;
	return 0;
}

void
pushed_return(struct task *task, const char *mark)
{
	static struct redis_script script = {
	    .source = "local v = redis.call('GET', KEYS[1]) or ''\n"
		      "if v == 's' then redis.call('DEL', KEYS[1]) end\n"
		      "if string.sub(v, 1, 2) == 'su' then\n"
		      "  redis.call('SET', KEYS[1], string.sub(v, 2), 'KEEPTTL')\n"
		      "end\n"
		      "return 1",
	};
	const struct redis_call call = {
	    .keys = (const char *const[]){mark, NULL},
	    .args = (const char *const[]){NULL},
	};
	const struct fault fault = task->fault;
	struct redis_answer answer;

	if (redis_run(task, &script, &call, &answer) < 0)
		task->fault = fault;
}
