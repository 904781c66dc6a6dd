/* SPDX-License-Identifier: Apache-2.0
 *
 * Webhook endpoints (see webhook.h).
 */
#include "records/webhook.h"

#include "core/clock.h"
#include "core/random.h"
#include "core/task.h"
#include "records/audit.h"
#include "records/client_uri.h"
#include "records/outbox.h"
#include "records/pairwise.h"
#include "store/sql.h"

#include <inttypes.h>
#include <string.h>

#define EVERYTHING "*"
#define ID_BYTES   16
#define COLUMNS \
	"id, client_id, url, events, algorithm, secret, before_until_s, disabled_s, reason, " \
	"since_s, failing_s"

struct rotating {
	struct webhook *webhook;
	int64_t before_until_s;
};

static sql_step add_step, change_step, remove_step, rotate_step, disable_step;
static int host_check(struct sql_tx *tx, const struct webhook *webhook);
static bool is_of_host(const char *url, const char *other);
static int place_check(struct sql_tx *tx, const struct webhook *webhook);
static bool wants_more(
    struct task *task, const struct webhook *webhook, const struct webhook *before);
static int refuse(struct sql_tx *tx, const struct webhook *webhook, const char *why);
static struct webhook webhook_of(const struct sql_rows *rows, size_t i);
static int audit(
    struct sql_tx *tx, const char *event, const char *actor, const struct webhook *webhook);
static const char *client_actor(struct sql_tx *tx, const struct webhook *webhook);
static const char *algorithm_name(enum webhook_algorithm algorithm);

int
webhook_find(
    struct task *task, const char *client_id, const char *id, const struct webhook **ret_webhook)
{
	struct webhook *webhook;
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT " COLUMNS " FROM webhook_endpoint"
		" WHERE id = ?1 AND client_id = COALESCE(?2, client_id)",
		SQL_TEXT(id), SQL_TEXT(client_id)),
	    &rows);
	if (r < 0)
		return r;
	webhook = rows.n_rows == 0 ? NULL : task_new(task, struct webhook);
	if (webhook != NULL)
		*webhook = webhook_of(&rows, 0);
	*ret_webhook = webhook;
	return 0;
}

int
webhook_list(
    struct task *task, const char *client_id, const struct webhook **ret_webhooks, size_t *ret_n)
{
	struct webhook *webhooks;
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT " COLUMNS " FROM webhook_endpoint WHERE client_id = ?1"
		" ORDER BY since_s, id",
		SQL_TEXT(client_id)),
	    &rows);
	if (r < 0)
		return r;
	webhooks = task_new_n(task, struct webhook, rows.n_rows + 1);
	for (size_t i = 0; i < rows.n_rows; i++)
		webhooks[i] = webhook_of(&rows, i);
	*ret_webhooks = webhooks;
	*ret_n = rows.n_rows;
	return 0;
}

static struct webhook
webhook_of(const struct sql_rows *rows, size_t i)
{
	return (struct webhook){
	    .id = sql_text(rows, i, 0),
	    .client_id = sql_text(rows, i, 1),
	    .url = sql_text(rows, i, 2),
	    .events = sql_text(rows, i, 3),
	    .algorithm = str_equal(sql_text(rows, i, 4), "v1a") ? WEBHOOK_V1A : WEBHOOK_V1,
	    .n_secret = sql_int(rows, i, 5),
	    .before_until_s = sql_int(rows, i, 6),
	    .disabled_s = sql_int(rows, i, 7),
	    .reason = sql_text(rows, i, 8),
	    .since_s = sql_int(rows, i, 9),
	    .failing_s = sql_int(rows, i, 10),
	};
}

int
webhook_add(struct task *task, struct webhook *webhook)
{
	webhook->id = task_printf(task, "we_%s", random_id(task, ID_BYTES));
	webhook->n_secret = 1;
	webhook->before_until_s = 0;
	webhook->since_s = clock_now_s();
	return sql_write(task, add_step, webhook);
}

static int
add_step(struct sql_tx *tx, void *arg)
{
	const struct webhook *webhook = arg;
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("SELECT COUNT(*) FROM webhook_endpoint WHERE client_id = ?1",
		SQL_TEXT(webhook->client_id)),
	    &rows);
	if (r < 0)
		return r;
	if (sql_int(&rows, 0, 0) >= WEBHOOK_ENDPOINTS_MAX)
		return fail(sql_task(tx), CONFLICT, "there are %d webhook endpoints already",
		    WEBHOOK_ENDPOINTS_MAX);
	r = host_check(tx, webhook);
	if (r < 0)
		return r;
	r = sql_run(tx,
	    SQL("INSERT INTO webhook_endpoint (" COLUMNS ")"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, ?8, ?9, 0)",
		SQL_TEXT(webhook->id), SQL_TEXT(webhook->client_id), SQL_TEXT(webhook->url),
		SQL_TEXT(webhook->events), SQL_TEXT(algorithm_name(webhook->algorithm)),
		SQL_INT(webhook->n_secret), SQL_INT(webhook->disabled_s), SQL_TEXT(webhook->reason),
		SQL_INT(webhook->since_s)),
	    NULL);
	if (r < 0)
		return r;
	return audit(tx, "webhook_endpoint.added", client_actor(tx, webhook), webhook);
}

/* Where an operator lets nothing be sent, another endpoint of the client is no way around. */
static int
host_check(struct sql_tx *tx, const struct webhook *webhook)
{
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("SELECT url FROM webhook_endpoint WHERE client_id = ?1 AND id <> ?2"
		" AND reason = 'operator'",
		SQL_TEXT(webhook->client_id), SQL_TEXT(webhook->id)),
	    &rows);
	for (size_t i = 0; r == 0 && i < rows.n_rows; i++) {
		if (is_of_host(sql_text(&rows, i, 0), webhook->url))
			r = fail(sql_task(tx), CONFLICT,
			    "the operator of the gateway turned an endpoint of this host off");
	}
	return r;
}

/* Whatever the port: both are addresses that webhooks have. */
static bool
is_of_host(const char *url, const char *other)
{
	struct client_uri a = {0}, b = {0};
	const char *why;

	return client_uri_split(url, &a, &why) && client_uri_split(other, &b, &why) &&
	       a.host_len == b.host_len && memcmp(a.host, b.host, a.host_len) == 0;
}

static const char *
algorithm_name(enum webhook_algorithm algorithm)
{
	return algorithm == WEBHOOK_V1A ? "v1a" : "v1";
}

static const char *
client_actor(struct sql_tx *tx, const struct webhook *webhook)
{
	return task_printf(sql_task(tx), "client:%s", webhook->client_id);
}

static int
audit(struct sql_tx *tx, const char *event, const char *actor, const struct webhook *webhook)
{
	json_auto_t *detail = json_object();

	json_set_text(detail, "endpoint", webhook->id);
	json_set_text(detail, "url", webhook->url);
	json_set_text(detail, "events", webhook->events);
	json_set_text(detail, "disabled", webhook->reason);
	return audit_add(tx,
	    &(struct audit_event){
		.event = event, .actor = actor, .client_id = webhook->client_id, .detail = detail});
}

int
webhook_change(struct task *task, const struct webhook *webhook)
{
	struct webhook copy = *webhook;

	return sql_write(task, change_step, &copy);
}

/* Unless an operator has turned it off, or on, since the client's was read. */
static int
change_step(struct sql_tx *tx, void *arg)
{
	const struct webhook *webhook = arg;
	struct sql_rows rows;
	int r;

	r = place_check(tx, webhook);
	if (r < 0)
		return r;
	r = sql_run(tx,
	    SQL("UPDATE webhook_endpoint SET failing_s = CASE WHEN url = ?2 THEN failing_s ELSE 0"
		" END, url = ?2, events = ?3, disabled_s = ?4, reason = ?5"
		" WHERE id = ?1 AND CASE WHEN reason = 'operator' THEN 1 ELSE 0 END = ?6",
		SQL_TEXT(webhook->id), SQL_TEXT(webhook->url), SQL_TEXT(webhook->events),
		SQL_INT(webhook->disabled_s), SQL_TEXT(webhook->reason),
		SQL_INT(str_equal(webhook->reason, "operator"))),
	    &rows);
	if (r < 0)
		return r;
	if (rows.n_changed == 0)
		return refuse(tx, webhook, " or on");
	return audit(tx, "webhook_endpoint.changed", client_actor(tx, webhook), webhook);
}

/* One that an operator turned off keeps its url: that is what they turned off.  Any other is looked
 * at where more begins to be sent to a place: moved there, turned on, or of more events. */
static int
place_check(struct sql_tx *tx, const struct webhook *webhook)
{
	struct sql_rows rows;
	struct webhook before;
	bool is_moved, is_more;
	int r;

	r = sql_run(tx,
	    SQL("SELECT " COLUMNS " FROM webhook_endpoint WHERE id = ?1", SQL_TEXT(webhook->id)),
	    &rows);
	if (r < 0 || rows.n_rows == 0)
		return r;
	before = webhook_of(&rows, 0);
	is_moved = !str_equal(before.url, webhook->url);
	if (is_moved && str_equal(before.reason, "operator"))
		return fail(sql_task(tx), CONFLICT,
		    "the operator of the gateway turned it off: its url stays as it is");
	is_more = before.disabled_s != 0 || wants_more(sql_task(tx), webhook, &before);
	if (!is_moved && (webhook->disabled_s != 0 || !is_more))
		return 0;
	return host_check(tx, webhook);
}

static bool
wants_more(struct task *task, const struct webhook *webhook, const struct webhook *before)
{
	const char **word;

	if (str_equal(before->events, EVERYTHING))
		return false;
	/* "*" is no word of another list: it is more than any */
	word = str_words(task, webhook->events, strlen(webhook->events));
	while (*word != NULL && str_has_word(before->events, *word))
		word++;
	return *word != NULL;
}

/* Nothing was written: it is no more, or an operator's. */
static int
refuse(struct sql_tx *tx, const struct webhook *webhook, const char *why)
{
	struct sql_rows rows;
	int r;

	r = sql_run(
	    tx, SQL("SELECT 1 FROM webhook_endpoint WHERE id = ?1", SQL_TEXT(webhook->id)), &rows);
	if (r < 0)
		return r;
	if (rows.n_rows == 0)
		return fail(sql_task(tx), NOT_FOUND, "there is no such webhook endpoint");
	return fail(sql_task(tx), CONFLICT, "the operator of the gateway turned it off%s", why);
}

int
webhook_remove(struct task *task, const struct webhook *webhook)
{
	struct webhook copy = *webhook;

	return sql_write(task, remove_step, &copy);
}

/* Its letters that wait find it gone.  One that an operator turned off stays, to be turned on by
 * them: it is what holds the client from another one there. */
static int
remove_step(struct sql_tx *tx, void *arg)
{
	const struct webhook *webhook = arg;
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("DELETE FROM webhook_endpoint WHERE id = ?1"
		" AND (reason IS NULL OR reason <> 'operator')",
		SQL_TEXT(webhook->id)),
	    &rows);
	if (r < 0)
		return r;
	if (rows.n_changed == 0)
		return refuse(tx, webhook, " and keeps it");
	return audit(tx, "webhook_endpoint.removed", client_actor(tx, webhook), webhook);
}

int
webhook_remove_all(struct sql_tx *tx, const char *client_id)
{
	return sql_run(tx,
	    SQL("DELETE FROM webhook_endpoint WHERE client_id = ?1", SQL_TEXT(client_id)), NULL);
}

int
webhook_rotate(struct task *task, struct webhook *webhook, int64_t before_until_s)
{
	struct rotating rotating = {webhook, before_until_s};
	int r;

	r = sql_write(task, rotate_step, &rotating);
	if (r < 0)
		return r;
	webhook->n_secret++;
	webhook->before_until_s = before_until_s;
	return 0;
}

static int
rotate_step(struct sql_tx *tx, void *arg)
{
	const struct rotating *rotating = arg;
	const struct webhook *webhook = rotating->webhook;
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("UPDATE webhook_endpoint SET secret = ?3, before_until_s = ?4"
		" WHERE id = ?1 AND secret = ?2",
		SQL_TEXT(webhook->id), SQL_INT(webhook->n_secret), SQL_INT(webhook->n_secret + 1),
		SQL_INT(rotating->before_until_s)),
	    &rows);
	if (r < 0)
		return r;
	if (rows.n_changed == 0)
		return fail(sql_task(tx), CONFLICT, "the secret was rotated a moment ago");
	return audit(tx, "webhook_endpoint.rotated", client_actor(tx, webhook), webhook);
}

int
webhook_disable(struct task *task, const struct webhook *webhook)
{
	struct webhook gone = *webhook;

	gone.disabled_s = clock_now_s();
	gone.reason = "410";
	return sql_write(task, disable_step, &gone);
}

/* Unless the client has changed the address meanwhile. */
static int
disable_step(struct sql_tx *tx, void *arg)
{
	const struct webhook *gone = arg;
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("UPDATE webhook_endpoint SET disabled_s = ?3, reason = ?4"
		" WHERE id = ?1 AND url = ?2 AND disabled_s = 0",
		SQL_TEXT(gone->id), SQL_TEXT(gone->url), SQL_INT(gone->disabled_s),
		SQL_TEXT(gone->reason)),
	    &rows);
	if (r < 0 || rows.n_changed == 0)
		return r;
	return audit(tx, "webhook_endpoint.disabled", "gateway", gone);
}

/* The algorithm is in it: a shared secret is never the seed of a key. */
void
webhook_secret(struct task *task, const struct webhook *webhook, int64_t n,
    uint8_t ret_secret[WEBHOOK_SECRET_BYTES])
{
	const char *input = task_printf(
	    task, "%s.%" PRId64 ".%s", algorithm_name(webhook->algorithm), n, webhook->id);
	uint8_t key[DIGEST_BYTES];

	pairwise_derive("webhook secrets", key);
	digest_hmac((struct bytes){key, sizeof(key)}, BYTES_OF(input), ret_secret);
	explicit_bzero(key, sizeof(key));
}

bool
webhook_wants(const struct webhook *webhook, const char *type)
{
	return str_equal(webhook->events, EVERYTHING) || str_has_word(webhook->events, type);
}

int
webhook_tell(struct sql_tx *tx, const char *client_id, const struct webhook_message *message)
{
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("SELECT " COLUMNS " FROM webhook_endpoint"
		" WHERE client_id = ?1 AND disabled_s = 0",
		SQL_TEXT(client_id)),
	    &rows);
	for (size_t i = 0; r == 0 && i < rows.n_rows; i++) {
		struct webhook webhook = webhook_of(&rows, i);

		if (webhook_wants(&webhook, message->type))
			r = webhook_tell_one(tx, &webhook, message);
	}
	return r;
}

/* The endpoint is told of what happened to somebody; whom, the letter does not know. */
int
webhook_tell_one(
    struct sql_tx *tx, const struct webhook *webhook, const struct webhook_message *message)
{
	json_auto_t *body = json_pack("{s:s, s:s, s:s, s:s}", "endpoint", webhook->id, "id",
	    message->id, "type", message->type, "message", message->body);
	struct letter letter = {.kind = WEBHOOK_LETTER,
	    .person_id = "",
	    .client_id = webhook->client_id,
	    .about = webhook->id,
	    .body = body};

	return outbox_add(tx, &letter);
}
