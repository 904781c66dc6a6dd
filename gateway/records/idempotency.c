/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers by Idempotency-Key (see idempotency.h).
 *
 * "ik:HASH" is {"p": print} while the first is at work, for the lease; then {"p": print, "a":
 * answer} for a day.
 */
#include "records/idempotency.h"

#include "core/log.h"
#include "core/str.h"
#include "core/task.h"
#include "records/handle.h"
#include "store/redis.h"

#include <string.h>

#define SECONDS 1000

static const char *text_of(
    struct task *task, const struct idempotency *idempotency, const json_t *answer);
static int compare(struct task *task, const struct idempotency *idempotency, const char *value,
    const json_t **ret_answer);

int
idempotency_begin(struct task *task, struct idempotency *idempotency, const json_t **ret_answer)
{
	const char *value;
	bool is_first;
	int r;

	idempotency->mark = handle_key(
	    task, "ik", task_printf(task, "%s %s", idempotency->client_id, idempotency->key));
	r = redis_put_new(task, idempotency->mark, text_of(task, idempotency, NULL),
	    IDEMPOTENCY_LEASE_S * SECONDS, &is_first);
	if (r < 0)
		return r;
	if (is_first) {
		*ret_answer = NULL;
		return 0;
	}
	r = redis_get(task, idempotency->mark, &value);
	if (r < 0)
		return r;
	return compare(task, idempotency, value, ret_answer);
}

static const char *
text_of(struct task *task, const struct idempotency *idempotency, const json_t *answer)
{
	json_auto_t *json = json_pack("{s:s, s:O*}", "p", idempotency->print, "a", answer);

	return json_text(task, json);
}

/* Gone between the two commands, the first one has failed or died just now: who comes again in a
 * moment may try. */
static int
compare(struct task *task, const struct idempotency *idempotency, const char *value,
    const json_t **ret_answer)
{
	json_t *kept = value == NULL ? NULL : json_loads(value, JSON_REJECT_DUPLICATES, NULL);
	const json_t *answer;

	if (kept == NULL)
		return fail(task, IDEMPOTENCY_RUNNING, "the first request of this key is at work");
	json_keep(task, kept);
	answer = json_object_get(kept, "a");
	if (!str_equal(json_get_text(kept, "p"), idempotency->print))
		return fail(
		    task, IDEMPOTENCY_MISMATCH, "the Idempotency-Key was used for another request");
	if (answer == NULL)
		return fail(task, IDEMPOTENCY_RUNNING, "the first request of this key is at work");
	*ret_answer = answer;
	return 0;
}

void
idempotency_end(struct task *task, const struct idempotency *idempotency, const json_t *answer)
{
	if (redis_put(task, idempotency->mark, text_of(task, idempotency, answer),
		(int64_t)IDEMPOTENCY_LIFE_S * SECONDS) < 0) {
		log_fault(task, "idempotency");
		fault_clear(task);
	}
}

void
idempotency_forget(struct task *task, const struct idempotency *idempotency)
{
	const struct fault fault = task->fault;

	fault_clear(task);
	redis_drop(task, idempotency->mark);
	task->fault = fault;
}
