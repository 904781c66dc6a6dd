/* SPDX-License-Identifier: Apache-2.0
 *
 * Failures within a window (see rate.h): "f:KIND:HASH" is the second at which the window ends, '|',
 * how many they were.
 */
#include "records/rate.h"

#include "core/clock.h"
#include "core/task.h"
#include "records/handle.h"
#include "store/redis.h"

#include <stdlib.h>
#include <string.h>

#define SECONDS 1000

static char *rate_key(struct task *task, const char *kind, const char *who);

int
rate_check(struct task *task, const char *kind, const char *who, int64_t max)
{
	const char *value;
	char *end;
	int r;

	r = redis_get(task, rate_key(task, kind, who), &value);
	if (r < 0 || value == NULL)
		return r;
	if (strtoll(value, &end, 10) <= clock_now_s() || *end != '|')
		return 0;
	if (strtoll(end + 1, NULL, 10) >= max)
		return fail(task, TOO_MANY_REQUESTS, "too many failures of kind %s", kind);
	return 0;
}

static char *
rate_key(struct task *task, const char *kind, const char *who)
{
	return handle_key(task, task_printf(task, "f:%s", kind), who);
}

int
rate_count(struct task *task, const char *kind, const char *who, int64_t window_s)
{
	static struct redis_script script = {
	    .source = "local till, n = nil, 0\n"
		      "local v = redis.call('GET', KEYS[1])\n"
		      "if v then till, n = string.match(v, '^(%d+)|(%d+)') end\n"
		      "if not till or tonumber(till) <= tonumber(ARGV[1]) then\n"
		      "  redis.call('SET', KEYS[1], ARGV[2] .. '|1', 'PX', ARGV[3])\n"
		      "  return 1\n"
		      "end\n"
		      "n = n + 1\n"
		      "redis.call('SET', KEYS[1], till .. '|' .. n, 'KEEPTTL')\n"
		      "return n",
	};
	const int64_t now_s = clock_now_s();
	const struct redis_call call = {
	    .keys = (const char *const[]){rate_key(task, kind, who), NULL},
	    .args = (const char *const[]){task_printf(task, "%lld", (long long)now_s),
		task_printf(task, "%lld", (long long)(now_s + window_s)),
		task_printf(task, "%lld", (long long)(window_s * SECONDS)), NULL},
	};
	struct redis_answer answer;

	return redis_run(task, &script, &call, &answer);
}
