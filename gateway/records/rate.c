/* SPDX-License-Identifier: Apache-2.0
 *
 * What was done within a window (see rate.h): "f:KIND:HASH" is the second at which the window ends,
 * '|', how many they were.
 */
#include "records/rate.h"

#include "core/clock.h"
#include "core/task.h"
#include "records/handle.h"
#include "store/redis.h"

#include <stdlib.h>
#include <string.h>

#define SECONDS 1000

static char *rate_key(struct task *task, const struct rate *rate);
static int refuse(struct task *task, const struct rate *rate);

int
rate_check(struct task *task, const struct rate *rate)
{
	const char *value;
	char *end;
	int r;

	r = redis_get(task, rate_key(task, rate), &value);
	if (r < 0 || value == NULL)
		return r;
	if (strtoll(value, &end, 10) <= clock_now_s() || *end != '|')
		return 0;
	return strtoll(end + 1, NULL, 10) >= rate->max ? refuse(task, rate) : 0;
}

static char *
rate_key(struct task *task, const struct rate *rate)
{
	return handle_key(task, task_printf(task, "f:%s", rate->kind), rate->who);
}

static int
refuse(struct task *task, const struct rate *rate)
{
	return fail(task, TOO_MANY_REQUESTS, "too many of kind %s", rate->kind);
}

int
rate_claim(struct task *task, const struct rate *rate)
{
	static struct redis_script script = {
	    .source = "local till, n = nil, 0\n"
		      "local v = redis.call('GET', KEYS[1])\n"
		      "if v then till, n = string.match(v, '^(%d+)|(%d+)') end\n"
		      "if not till or tonumber(till) <= tonumber(ARGV[1]) then\n"
		      "  redis.call('SET', KEYS[1], ARGV[2] .. '|1', 'PX', ARGV[3])\n"
		      "  return 1\n"
		      "end\n"
		      "if tonumber(n) >= tonumber(ARGV[4]) then return 0 end\n"
		      "redis.call('SET', KEYS[1], till .. '|' .. (n + 1), 'KEEPTTL')\n"
		      "return 1",
	};
	const int64_t now_s = clock_now_s();
	const struct redis_call call = {
	    .keys = (const char *const[]){rate_key(task, rate), NULL},
	    .args = (const char *const[]){task_number(task, now_s),
		task_number(task, now_s + rate->window_s),
		task_number(task, rate->window_s * SECONDS), task_number(task, rate->max), NULL},
	};
	struct redis_answer answer;
	int r;

	r = redis_run(task, &script, &call, &answer);
	if (r < 0)
		return r;
	return answer.integer == 1 ? 0 : refuse(task, rate);
}

int
rate_claim_all(struct task *task, const struct rate *rates, size_t n)
{
	size_t claimed;
	int r = 0;

	for (claimed = 0; claimed < n; claimed++) {
		r = rate_claim(task, &rates[claimed]);
		if (r < 0)
			break;
	}
	while (r < 0 && claimed > 0)
		rate_return(task, &rates[--claimed]);
	return r;
}

void
rate_return(struct task *task, const struct rate *rate)
{
	static struct redis_script script = {
	    .source = "local v = redis.call('GET', KEYS[1])\n"
		      "if not v then return 0 end\n"
		      "local till, n = string.match(v, '^(%d+)|(%d+)')\n"
		      "if tonumber(n) > 0 then\n"
		      "  redis.call('SET', KEYS[1], till .. '|' .. (n - 1), 'KEEPTTL')\n"
		      "end\n"
		      "return 1",
	};
	const struct redis_call call = {
	    .keys = (const char *const[]){rate_key(task, rate), NULL},
	    .args = (const char *const[]){NULL},
	};
	const struct fault fault = task->fault;
	struct redis_answer answer;

	if (redis_run(task, &script, &call, &answer) < 0)
		task->fault = fault;
}
