/* SPDX-License-Identifier: Apache-2.0
 *
 * Cards' standing (see card_standing.h): "cs:HASH" is "good" or "bad".
 */
#include "records/card_standing.h"

#include "core/settings.h"
#include "core/str.h"
#include "core/task.h"
#include "records/handle.h"
#include "store/redis.h"

#define SECONDS 1000

int
card_standing_keep(struct task *task, const char *reference, bool is_good)
{
	int64_t life_s = task->rooms->settings->card_standing;

	if (life_s == 0)
		return 0;
	return redis_put(
	    task, handle_key(task, "cs", reference), is_good ? "good" : "bad", life_s * SECONDS);
}

int
card_standing_find(struct task *task, const char *reference, bool *ret_is_known, bool *ret_is_good)
{
	const char *value;
	int r;

	r = redis_get(task, handle_key(task, "cs", reference), &value);
	if (r < 0)
		return r;
	*ret_is_known = value != NULL;
	*ret_is_good = str_equal(value, "good");
	return 0;
}
