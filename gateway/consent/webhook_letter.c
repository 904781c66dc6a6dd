/* SPDX-License-Identifier: Apache-2.0
 *
 * Webhooks on their way (see webhook_letter.h).  Called by records/post.c.
 */
#include "consent/webhook_letter.h"

#include "consent/webhook_sign.h"
#include "core/clock.h"
#include "core/metrics.h"
#include "core/task.h"
#include "http/fetch.h"
#include "records/webhook_watch.h"

#include <inttypes.h>
#include <string.h>

#define TIMEOUT_MS   15000
#define ANSWER_BYTES (16u << 10)

static int send_one(struct task *task, const struct letter *letter, const char **ret_result);
static int take(struct task *task, const struct webhook *webhook, const struct letter *letter,
    const char **ret_result);
static void remember(struct task *task, const struct webhook *webhook, int r);
static int post(
    struct task *task, const struct webhook *webhook, const struct letter *letter, int *ret_status);
static void tally(int r);

int
webhook_letter_send(struct task *task, const struct letter *letter, const char **ret_result)
{
	int r = send_one(task, letter, ret_result);

	if (r != STOPPING)
		tally(r);
	return r;
}

static void
tally(int r)
{
	metric_add(metric_counter("dvara_webhook_deliveries_total",
		       "webhooks sent, by what became of each try",
		       r == 0      ? "result=\"delivered\""
		       : r == GONE ? "result=\"gone\""
				   : "result=\"failed\""),
	    1);
}

static int
send_one(struct task *task, const struct letter *letter, const char **ret_result)
{
	const struct webhook *webhook;
	int r;

	r = webhook_find(
	    task, letter->client_id, json_get_text(letter->body, "endpoint"), &webhook);
	if (r < 0)
		return r;
	if (webhook == NULL || webhook->disabled_s != 0)
		return fail(task, GONE, "the endpoint is no more, or turned off");
	r = take(task, webhook, letter, ret_result);
	if (r != STOPPING && r != GONE)
		remember(task, webhook, r);
	return r;
}

/* For who watches over endpoints; what became of the letter stands without it. */
static void
remember(struct task *task, const struct webhook *webhook, int r)
{
	const struct fault fault = task->fault;

	fault_clear(task);
	webhook_watch_tried(task, webhook, r < 0 ? fault.text : NULL);
	task->fault = fault;
}

/* Whether the endpoint takes it. */
static int
take(struct task *task, const struct webhook *webhook, const struct letter *letter,
    const char **ret_result)
{
	int status, r;

	r = post(task, webhook, letter, &status);
	if (r < 0)
		return r;
	if (status == 410) {
		r = webhook_disable(task, webhook);
		return r < 0 ? r : fail(task, GONE, "the endpoint answered 410");
	}
	if (status < 200 || status > 299)
		return fail(task, UPSTREAM_BROKEN, "the endpoint answered %d", status);
	*ret_result = task_printf(task, "%d", status);
	return 0;
}

/* The time is that of the try, so that a receiver may refuse what is old. */
static int
post(struct task *task, const struct webhook *webhook, const struct letter *letter, int *ret_status)
{
	struct webhook_signing signing = {
	    .id = json_get_text(letter->body, "id"),
	    .timestamp = task_printf(task, "%" PRId64, clock_now_s()),
	    .body = json_get_text(letter->body, "message"),
	};
	const char *signature;
	struct fetched fetched;
	int r;

	r = webhook_sign(task, webhook, &signing, &signature);
	if (r < 0)
		return r;
	const struct pair headers[] = {
	    {"Content-Type", "application/json"},
	    {"webhook-id", signing.id},
	    {"webhook-timestamp", signing.timestamp},
	    {"webhook-signature", signature},
	};
	r = http_fetch(task,
	    &(struct fetch){.method = "POST",
		.url = webhook->url,
		.headers = {headers, sizeof(headers) / sizeof(headers[0])},
		.body = BYTES_OF(signing.body),
		.timeout_ms = TIMEOUT_MS,
		.max_answer_bytes = ANSWER_BYTES,
		.wants_status_alone = true},
	    &fetched);
	if (r < 0)
		return r;
	*ret_status = fetched.status;
	return 0;
}
