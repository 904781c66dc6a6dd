/* SPDX-License-Identifier: Apache-2.0
 *
 * Webhook endpoints watched over (see webhook_watch.h).
 */
#include "records/webhook_watch.h"

#include "core/clock.h"
#include "core/metrics.h"
#include "core/random.h"
#include "core/task.h"
#include "records/audit.h"
#include "records/event.h"
#include "store/sql.h"

#define LIST_MAX   1000
#define TEST_TYPE  "webhook.test"
#define ID_BYTES   16
#define OPERATOR   "operator"
#define OF_WEBHOOK "FROM outbox WHERE outbox.about = webhook_endpoint.id AND state = 'waiting'"
#define WATCHED \
	"SELECT id, client_id, url, events, algorithm, disabled_s, reason, failing_s, " \
	"failing_why, since_s, (SELECT COUNT(*) " OF_WEBHOOK \
	"), (SELECT MIN(outbox.since_s) " OF_WEBHOOK ") FROM webhook_endpoint"

struct trying {
	const struct webhook *webhook;
	const char *why;
};
struct testing {
	const struct webhook *webhook;
	const struct webhook_message *message;
	const char *operator_name;
};

static sql_step tried_step, switch_step, test_step;
static json_t *watched(const struct sql_rows *rows, size_t i);
static int switch_put(struct sql_tx *tx, const struct webhook_switch *turned);
static int audit(
    struct sql_tx *tx, const char *event, const char *operator_name, const struct webhook *webhook);

/* What goes well writes nothing, but for the first time after it did not. */
int
webhook_watch_tried(struct task *task, const struct webhook *webhook, const char *why)
{
	struct trying trying = {webhook, why};

	if (why == NULL && webhook->failing_s == 0)
		return 0;
	return sql_write(task, tried_step, &trying);
}

/* Unless the client has changed the address meanwhile. */
static int
tried_step(struct sql_tx *tx, void *arg)
{
	const struct trying *trying = arg;

	return sql_run(tx,
	    SQL("UPDATE webhook_endpoint SET failing_why = ?3, failing_s = CASE"
		" WHEN CAST(?3 AS TEXT) IS NULL THEN 0 WHEN failing_s = 0 THEN ?4 ELSE failing_s"
		" END WHERE id = ?1 AND url = ?2",
		SQL_TEXT(trying->webhook->id), SQL_TEXT(trying->webhook->url),
		SQL_TEXT(trying->why), SQL_INT(clock_now_s())),
	    NULL);
}

int
webhook_watch_list(struct task *task, const char *client_id, json_t **ret_webhooks)
{
	json_t *webhooks;
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL(WATCHED " WHERE client_id = COALESCE(?1, client_id)"
			" ORDER BY CASE WHEN failing_s = 0 THEN 1 ELSE 0 END, failing_s, client_id,"
			" since_s, id LIMIT ?2",
		SQL_TEXT(client_id), SQL_INT(LIST_MAX)),
	    &rows);
	if (r < 0)
		return r;
	webhooks = json_array();
	for (size_t i = 0; i < rows.n_rows; i++)
		json_array_append_new(webhooks, watched(&rows, i));
	*ret_webhooks = webhooks;
	return 0;
}

int
webhook_watch_show(struct task *task, const char *id, json_t **ret_webhook)
{
	struct sql_rows rows;
	int r;

	r = sql_read(task, SQL(WATCHED " WHERE id = ?1", SQL_TEXT(id)), &rows);
	if (r < 0)
		return r;
	if (rows.n_rows == 0)
		return fail(task, NOT_FOUND, "there is no webhook endpoint %.64s", id);
	*ret_webhook = watched(&rows, 0);
	return 0;
}

static json_t *
watched(const struct sql_rows *rows, size_t i)
{
	static const char *const names[] = {"id", "client_id", "url", "events", "algorithm"};
	int64_t disabled_s = sql_int(rows, i, 5), failing_s = sql_int(rows, i, 7);
	json_t *webhook = json_object();

	for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
		json_set_text(webhook, names[k], sql_text(rows, i, k));
	json_set_text(webhook, "state", disabled_s == 0 ? "on" : "off");
	if (disabled_s != 0)
		json_object_set_new(webhook, "disabled", json_integer(disabled_s));
	json_set_text(webhook, "disabled_by", sql_text(rows, i, 6));
	if (failing_s != 0)
		json_object_set_new(webhook, "failing", json_integer(failing_s));
	json_set_text(webhook, "result", sql_text(rows, i, 8));
	json_object_set_new(webhook, "waiting", json_integer(sql_int(rows, i, 10)));
	if (sql_int(rows, i, 10) > 0)
		json_object_set_new(webhook, "oldest", json_integer(sql_int(rows, i, 11)));
	json_object_set_new(webhook, "since", json_integer(sql_int(rows, i, 9)));
	return webhook;
}

int
webhook_watch_switch(struct task *task, const struct webhook_switch *turned)
{
	struct webhook_switch copy = *turned;

	return sql_write(task, switch_step, &copy);
}

static int
switch_step(struct sql_tx *tx, void *arg)
{
	const struct webhook_switch *turned = arg;
	struct sql_rows rows;
	const char *reason;
	bool is_on;
	int r;

	r = sql_run(tx,
	    SQL("SELECT disabled_s, reason FROM webhook_endpoint WHERE id = ?1",
		SQL_TEXT(turned->id)),
	    &rows);
	if (r < 0)
		return r;
	if (rows.n_rows == 0)
		return fail(
		    sql_task(tx), NOT_FOUND, "there is no webhook endpoint %.64s", turned->id);
	is_on = sql_int(&rows, 0, 0) == 0;
	reason = sql_text(&rows, 0, 1);
	if (turned->is_on && str_equal(reason, "client"))
		return fail(sql_task(tx), CONFLICT, "its client turned it off, and turns it on");
	if (turned->is_on ? is_on : str_equal(reason, OPERATOR))
		return 0;
	return switch_put(tx, turned);
}

static int
switch_put(struct sql_tx *tx, const struct webhook_switch *turned)
{
	struct webhook webhook = {.id = turned->id};
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("UPDATE webhook_endpoint SET disabled_s = ?2, reason = ?3, failing_s = 0,"
		" failing_why = NULL WHERE id = ?1 RETURNING client_id, url",
		SQL_TEXT(turned->id), SQL_INT(turned->is_on ? 0 : clock_now_s()),
		SQL_TEXT(turned->is_on ? NULL : OPERATOR)),
	    &rows);
	if (r < 0)
		return r;
	webhook.client_id = sql_text(&rows, 0, 0);
	webhook.url = sql_text(&rows, 0, 1);
	return audit(tx, turned->is_on ? "webhook_endpoint.enabled" : "webhook_endpoint.disabled",
	    turned->operator_name, &webhook);
}

static int
audit(
    struct sql_tx *tx, const char *event, const char *operator_name, const struct webhook *webhook)
{
	json_auto_t *detail = json_pack("{s:s, s:s}", "endpoint", webhook->id, "url", webhook->url);

	return audit_add(tx, &(struct audit_event){.event = event,
				 .actor = task_printf(sql_task(tx), OPERATOR ":%s", operator_name),
				 .client_id = webhook->client_id,
				 .detail = detail});
}

int
webhook_watch_test(struct task *task, const struct webhook *webhook, const char *operator_name,
    const char **ret_id)
{
	json_auto_t *content = json_pack("{s:s}", "id", webhook->id);
	const struct webhook_message message = {
	    .id = task_printf(task, "test_%s", random_id(task, ID_BYTES)),
	    .type = TEST_TYPE,
	    .body = event_message(task, TEST_TYPE, clock_now_s(), content),
	};
	struct testing testing = {webhook, &message, operator_name};
	int r;

	if (webhook->disabled_s != 0)
		return fail(task, CONFLICT, "the endpoint is turned off");
	r = sql_write(task, test_step, &testing);
	if (r == 0)
		*ret_id = message.id;
	return r;
}

static int
test_step(struct sql_tx *tx, void *arg)
{
	const struct testing *testing = arg;
	int r;

	r = webhook_tell_one(tx, testing->webhook, testing->message);
	if (r < 0 || testing->operator_name == NULL)
		return r;
	return audit(tx, "webhook_endpoint.tested", testing->operator_name, testing->webhook);
}

int
webhook_watch_measure(struct task *task)
{
	struct sql_rows rows;
	int64_t n, since_s;
	int r;

	r = sql_read(task,
	    SQL("SELECT COUNT(*), MIN(failing_s) FROM webhook_endpoint"
		" WHERE failing_s <> 0 AND disabled_s = 0"),
	    &rows);
	if (r < 0)
		return r;
	n = sql_int(&rows, 0, 0);
	since_s = n == 0 ? clock_now_s() : sql_int(&rows, 0, 1);
	metric_set(metric_gauge("dvara_webhook_failing_endpoints",
		       "webhook endpoints whose last try failed", NULL),
	    (double)n);
	metric_set(metric_gauge("dvara_webhook_failing_seconds",
		       "for how long the one that failed first has failed", NULL),
	    (double)(clock_now_s() - since_s));
	return 0;
}
