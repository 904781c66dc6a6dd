/* SPDX-License-Identifier: Apache-2.0
 *
 * Ping.  Written by rules/detached.c, sent by records/post.c.
 *
 * The letter names the record alone: what opens anything stays in Redis and goes with it.
 */
#include "oidc/ciba_ping.h"

#include "core/log.h"
#include "core/task.h"
#include "http/fetch.h"
#include "records/client.h"
#include "store/sql.h"

#include <string.h>

static sql_step write_step;
static int call(
    struct task *task, const struct client *client, const struct pending *pending, int *ret_status);

void
ciba_ping_write(struct task *task, const struct pending *pending)
{
	struct letter letter = {
	    .kind = "ciba",
	    .person_id = pending->person_id,
	    .client_id = pending->client_id,
	    .body = json_keep(task, json_pack("{s:s}", "pending", pending->mark)),
	};

	if (pending->notify_token == NULL)
		return;
	if (sql_write(task, write_step, &letter) < 0) {
		log_fault(task, "ciba");
		fault_clear(task);
		return;
	}
	post_haste(task, 0);
}

static int
write_step(struct sql_tx *tx, void *arg)
{
	return outbox_add(tx, arg);
}

int
ciba_ping_send(struct task *task, const struct letter *letter, const char **ret_result)
{
	const struct client *client;
	struct pending *pending;
	int status, r;

	r = client_find(task, letter->client_id, &client);
	if (r < 0)
		return r;
	r = pending_find_decided(task, json_get_text(letter->body, "pending"), &pending);
	if (r < 0)
		return r;
	if (client == NULL || client->ciba_notify_uri == NULL || pending == NULL)
		return fail(task, GONE, "there is nothing to tell any more");
	r = call(task, client, pending, &status);
	if (r < 0)
		return r;
	if (status >= 300 && status < 500 && status != 429)
		return fail(task, GONE, "the client answered %d", status);
	if (status < 200 || status > 299)
		return fail(task, UPSTREAM_BROKEN, "the client answered %d", status);
	*ret_result = task_printf(task, "%d", status);
	return 0;
}

/* base64url needs no escape. */
static int
call(struct task *task, const struct client *client, const struct pending *pending, int *ret_status)
{
	const struct pair headers[] = {
	    {"Content-Type", "application/json"},
	    {"Authorization", task_printf(task, "Bearer %s", pending->notify_token)},
	};

	return http_post(task, client->ciba_notify_uri,
	    (struct pairs){headers, sizeof(headers) / sizeof(headers[0])},
	    task_printf(task, "{\"auth_req_id\":\"%s\"}", pending->code), ret_status);
}
