/* SPDX-License-Identifier: Apache-2.0
 *
 * For operators, on the management listener: alive (the process), ready (what it stands on),
 * metrics.
 */
#include "routes.h"

#include "core/buf.h"
#include "core/metrics.h"
#include "core/loop.h"
#include "jose/keys.h"
#include "records/complaint.h"
#include "records/outbox.h"
#include "records/webhook_watch.h"
#include "store/redis.h"
#include "store/sql.h"

#define METRICS_MAX_BYTES (4u << 20)

int
health_live(struct task *task, const struct request *request, struct reply *reply)
{
	(void)task;
	(void)request;
	return reply_text(reply, 200, "text/plain", "alive\n");
}

/* Asks for nothing that could wait: what the rooms know of their stores is what requests would
 * meet. */
int
health_ready(struct task *task, const struct request *request, struct reply *reply)
{
	const struct rooms *rooms = task->rooms;
	bool has_redis = redis_are_all_ready(), has_sql = sql_is_ready(rooms->sql);
	bool has_keys = rooms->keys && keys_signer(rooms->keys, ALG_ES256);
	bool is_ready = has_redis && has_sql && has_keys && !loop_is_stopping(task->loop);

	(void)request;
	if (!is_ready)
		reply_header(reply, "Retry-After", "1");
	return reply_json(reply, is_ready ? 200 : 503,
	    json_keep(task, json_pack("{s:b, s:b, s:b, s:b}", "ready", is_ready, "redis", has_redis,
				"sql", has_sql, "keys", has_keys)));
}

int
health_metrics(struct task *task, const struct request *request, struct reply *reply)
{
	struct buf text;

	(void)request;
	/* What is measured in a store that is away stays as it was. */
	if (outbox_measure(task) < 0 || complaint_measure(task) < 0 ||
	    webhook_watch_measure(task) < 0)
		fault_clear(task);
	buf_open(&text, task, METRICS_MAX_BYTES);
	metrics_write(&text);
	if (!buf_text(&text))
		return fail(
		    task, BROKEN, "the metrics are longer than %u bytes", METRICS_MAX_BYTES);
	return reply_text(reply, 200, "text/plain; version=0.0.4", buf_text(&text));
}
