/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of records in Redis (see handle.h).
 */
#include "records/handle.h"

#include "core/task.h"
#include "jose/digest.h"
#include "store/redis.h"

#include <string.h>

char *
handle_key(struct task *task, const char *kind, const char *secret)
{
	const char *hash = digest_b64u(task, secret);
	size_t kind_len = strlen(kind), hash_len = strlen(hash);
	char *key = task_alloc(task, kind_len + hash_len + 2);

	memcpy(key, kind, kind_len);
	key[kind_len] = ':';
	memcpy(key + kind_len + 1, hash, hash_len);
	return key;
}

int
handle_epoch(struct task *task, const char **ret_id)
{
	struct redis_epoch epoch;
	int r;

	r = redis_epoch(task, &epoch);
	if (r < 0)
		return r;
	*ret_id = epoch.id;
	return 0;
}

int
handle_is_now(struct task *task, const char *epoch, bool *ret_is_now)
{
	const char *now;
	int r = handle_epoch(task, &now);

	if (r < 0)
		return r;
	*ret_is_now = str_equal(epoch, now);
	return 0;
}
