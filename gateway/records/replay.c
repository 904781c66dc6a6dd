/* SPDX-License-Identifier: Apache-2.0
 *
 * Marks against replay (see replay.h): "m:KIND:HASH".
 */
#include "records/replay.h"

#include "core/task.h"
#include "records/handle.h"
#include "store/redis.h"

#define SECONDS 1000

int
replay_claim(struct task *task, const char *kind, const char *id, int64_t issued_s, int64_t ttl_s,
    bool *ret_is_first)
{
	struct redis_epoch epoch;
	int r;

	r = redis_epoch(task, &epoch);
	if (r < 0)
		return r;
	if (issued_s <= epoch.start_s)
		return fail(
		    task, STORE_AWAY, "issued before Redis began to remember what was used");
	return redis_put_new(task, handle_key(task, task_printf(task, "m:%s", kind), id), "",
	    (ttl_s > 0 ? ttl_s : 1) * SECONDS, ret_is_first);
}
