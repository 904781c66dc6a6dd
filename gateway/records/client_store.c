/* SPDX-License-Identifier: Apache-2.0
 *
 * Clients, stored (see client.h): applied, removed, listed.
 */
#include "records/asset.h"
#include "records/client.h"

#include "core/clock.h"
#include "core/random.h"
#include "core/settings.h"
#include "core/task.h"
#include "jose/digest.h"
#include "records/audit.h"
#include "records/client_cache.h"
#include "records/client_metadata.h"
#include "records/client_uri.h"
#include "records/policy.h"
#include "records/refresh.h"
#include "records/registration.h"
#include "records/webhook.h"
#include "store/sql.h"

#include <string.h>

#define ID_BYTES      16
#define ID_MAX_LENGTH 128
#define ID_LETTERS    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"

struct applying {
	const char *id;
	const char *operator_name; /* NULL: the client itself */
	const struct registering *registering;
	json_t *metadata;
	const struct asset *logo; /* or NULL */
	bool needs_secret;
	const char *given; /* stored form of the secret that came with the metadata, or NULL */
	const char *made;  /* stored form of one made just now */
	bool made_is_used;
	int64_t before_until_s; /* of a secret that is replaced */
};

static int apply(struct task *task, const struct client_draft *draft, struct applying *applying,
    struct client_made *ret_made);
static int id_choose(struct task *task, const json_t *metadata, const char **ret_id);
static int secret_prepare(
    struct task *task, const json_t *metadata, struct applying *applying, const char **ret_made);
static sql_step apply_step, remove_step, approve_step, rotate_step;
static const char *secret_of(struct applying *applying, const struct sql_rows *before);
static int client_put(struct sql_tx *tx, const struct applying *applying, const char *secret);
static int origins_put(struct sql_tx *tx, const struct applying *applying);
static int changed(struct sql_tx *tx, const char *event, const struct applying *applying);

int
client_apply(struct task *task, const struct client_draft *draft, const char *operator_name,
    struct client_made *ret_made)
{
	struct applying applying = {.operator_name = operator_name};

	return apply(task, draft, &applying, ret_made);
}

int
client_register(struct task *task, const struct client_draft *draft,
    const struct registering *registering, struct client_made *ret_made)
{
	struct applying applying = {.registering = registering};

	return apply(task, draft, &applying, ret_made);
}

static int
apply(struct task *task, const struct client_draft *draft, struct applying *applying,
    struct client_made *ret_made)
{
	const char *made = NULL;
	int r;

	applying->logo = draft->logo;
	r = client_metadata_check(task, draft->metadata, &applying->metadata);
	if (r < 0)
		return r;
	if (!draft->is_service_of_ours &&
	    client_purposes_name_law(json_object_get(draft->metadata, "dvara_purposes")))
		return fail(task, INVALID_CLIENT_METADATA,
		    "dvara_purposes: a law is a basis only of registered purposes");
	r = id_choose(task, draft->metadata, &applying->id);
	if (r < 0)
		return r;
	r = secret_prepare(task, draft->metadata, applying, &made);
	if (r < 0)
		return r;
	json_set_text(applying->metadata, "client_id", applying->id);
	r = sql_write(task, apply_step, applying);
	if (r < 0)
		return r;
	client_cache_forget();
	*ret_made = (struct client_made){
	    .stored = json_deep_copy(applying->metadata),
	    .secret = applying->made_is_used ? made : NULL,
	};
	return 0;
}

static int
id_choose(struct task *task, const json_t *metadata, const char **ret_id)
{
	const json_t *member = json_object_get(metadata, "client_id");
	const char *id = json_string_value(member);

	if (member == NULL || json_is_null(member)) {
		*ret_id = random_id(task, ID_BYTES);
		return 0;
	}
	if (str_is_empty(id) || strlen(id) > ID_MAX_LENGTH || strspn(id, ID_LETTERS) != strlen(id))
		return fail(task, INVALID_CLIENT_METADATA,
		    "client_id is not 1 to %d letters of A-Z a-z 0-9 - . _ ~", ID_MAX_LENGTH);
	*ret_id = id;
	return 0;
}

static int
secret_prepare(
    struct task *task, const json_t *metadata, struct applying *applying, const char **ret_made)
{
	const char *given = json_get_text(metadata, "client_secret");

	applying->needs_secret = client_metadata_needs_secret(applying->metadata);
	if (!applying->needs_secret)
		return 0;
	if (given != NULL)
		return digest_secret_store(task, given, &applying->given);
	*ret_made = random_id(task, RANDOM_ID);
	applying->made = digest_secret_store_random(task, *ret_made);
	return 0;
}

static int
apply_step(struct sql_tx *tx, void *arg)
{
	struct applying *applying = arg;
	struct sql_rows before;
	int r;

	r = applying->registering == NULL
		? registration_end(tx, applying->id)
		: registration_claim(tx, applying->registering, applying->id);
	if (r < 0)
		return r;
	r = sql_run(tx,
	    SQL("SELECT secret, created_s FROM client WHERE id = ?1", SQL_TEXT(applying->id)),
	    &before);
	if (r < 0)
		return r;
	json_object_set_new(applying->metadata, "client_id_issued_at",
	    json_integer(before.n_rows > 0 ? sql_int(&before, 0, 1) : clock_now_s()));
	r = client_put(tx, applying, secret_of(applying, &before));
	if (r < 0)
		return r;
	r = origins_put(tx, applying);
	if (r < 0)
		return r;
	r = asset_give(tx, applying->id, applying->logo);
	if (r < 0)
		return r;
	return changed(
	    tx, applying->registering == NULL ? "client.applied" : "client.registered", applying);
}

/* A file applied again without a secret keeps the one that is there: who runs with it goes on. */
static const char *
secret_of(struct applying *applying, const struct sql_rows *before)
{
	const char *standing = before->n_rows > 0 ? sql_text(before, 0, 0) : NULL;

	if (!applying->needs_secret)
		return NULL;
	if (applying->given != NULL)
		return applying->given;
	applying->made_is_used = standing == NULL;
	return standing == NULL ? applying->made : standing;
}

static int
client_put(struct sql_tx *tx, const struct applying *applying, const char *secret)
{
	const json_t *metadata = applying->metadata;

	return sql_run(tx,
	    SQL("INSERT INTO client"
		" (id, metadata, secret, name, profile, is_approved, created_s, changed_s)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)"
		" ON CONFLICT (id) DO UPDATE SET metadata = excluded.metadata,"
		" secret_before = CASE WHEN client.secret IS NOT DISTINCT FROM excluded.secret"
		" THEN client.secret_before END,"
		" secret = excluded.secret, name = excluded.name, profile = excluded.profile,"
		" is_approved = excluded.is_approved, changed_s = excluded.changed_s",
		SQL_TEXT(applying->id), SQL_TEXT(json_text(sql_task(tx), metadata)),
		SQL_TEXT(secret), SQL_TEXT(json_get_text(metadata, "client_name")),
		SQL_TEXT(json_get_text(metadata, "dvara_profile")),
		SQL_INT(applying->operator_name != NULL), SQL_INT(clock_now_s())),
	    NULL);
}

/* Of a client that is removed there is no metadata, so none. */
static int
origins_put(struct sql_tx *tx, const struct applying *applying)
{
	const json_t *addresses = json_object_get(applying->metadata, "redirect_uris"), *address;
	size_t i;
	int r;

	r = sql_run(tx,
	    SQL("DELETE FROM client_origin WHERE client_id = ?1", SQL_TEXT(applying->id)), NULL);
	json_array_foreach(addresses, i, address) {
		const char *text = json_string_value(address);
		size_t len = client_uri_origin(text);

		if (r == 0 && len > 0)
			r = sql_run(tx,
			    SQL("INSERT INTO client_origin (origin, client_id) VALUES (?1, ?2)"
				" ON CONFLICT DO NOTHING",
				SQL_TEXT(task_dup_n(sql_task(tx), text, len)),
				SQL_TEXT(applying->id)),
			    NULL);
	}
	return r;
}

/* Every process sees it within a second, by the number; the trail says by whom. */
static int
changed(struct sql_tx *tx, const char *event, const struct applying *applying)
{
	struct task *task = sql_task(tx);
	json_auto_t *detail = NULL;
	const char *actor = task_printf(task, "client:%s", applying->id);
	int r;

	r = sql_run(tx,
	    SQL("UPDATE generation SET number = number + 1 WHERE kind = ?1", SQL_TEXT("client")),
	    NULL);
	if (r < 0)
		return r;
	if (applying->operator_name != NULL)
		actor = task_printf(task, "operator:%s", applying->operator_name);
	if (applying->metadata != NULL)
		detail = json_pack("{ss}", "metadata_hash",
		    digest_b64u(task, json_text(task, applying->metadata)));
	return audit_add(tx, &(struct audit_event){
				 .event = event,
				 .actor = actor,
				 .client_id = applying->id,
				 .detail = detail,
			     });
}

int
client_remove(struct task *task, const char *id, const char *operator_name)
{
	struct applying removing = {.id = id, .operator_name = operator_name};
	int r;

	r = refresh_end_client_early(task, id);
	if (r == 0)
		r = sql_write(task, remove_step, &removing);
	if (r < 0)
		return r;
	client_cache_forget();
	return 0;
}

static int
remove_step(struct sql_tx *tx, void *arg)
{
	const struct applying *removing = arg;
	struct sql_rows rows;
	int r;

	r = sql_run(tx, SQL("DELETE FROM client WHERE id = ?1", SQL_TEXT(removing->id)), &rows);
	if (r < 0)
		return r;
	if (rows.n_changed == 0)
		return fail(sql_task(tx), NOT_FOUND, "no client has that id");
	r = origins_put(tx, removing);
	if (r < 0)
		return r;
	/* Another client of that id must not find them alive. */
	r = registration_end(tx, removing->id);
	if (r < 0)
		return r;
	r = refresh_end_client(tx, removing->id);
	if (r < 0)
		return r;
	r = webhook_remove_all(tx, removing->id);
	if (r < 0)
		return r;
	r = policy_end_owner(tx, removing->id);
	if (r < 0)
		return r;
	return changed(tx, "client.removed", removing);
}

int
client_origin_is_known(struct task *task, const char *origin, bool *ret_is_known)
{
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT 1 FROM client_origin WHERE origin = ?1 LIMIT 1", SQL_TEXT(origin)), &rows);
	if (r == 0)
		*ret_is_known = rows.n_rows > 0;
	return r;
}

int
client_approve(struct task *task, const char *id, const char *operator_name)
{
	struct applying approving = {.id = id, .operator_name = operator_name};
	int r;

	r = sql_write(task, approve_step, &approving);
	if (r < 0)
		return r;
	client_cache_forget();
	return 0;
}

static int
approve_step(struct sql_tx *tx, void *arg)
{
	const struct applying *approving = arg;
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("UPDATE client SET is_approved = 1, changed_s = ?2 WHERE id = ?1",
		SQL_TEXT(approving->id), SQL_INT(clock_now_s())),
	    &rows);
	if (r < 0)
		return r;
	if (rows.n_changed == 0)
		return fail(sql_task(tx), NOT_FOUND, "no client has that id");
	return changed(tx, "client.approved", approving);
}

int
client_rotate_secret(struct task *task, const char *id, const char *operator_name,
    const char **ret_secret, int64_t *ret_before_until_s)
{
	const char *secret = random_id(task, RANDOM_ID);
	struct applying rotating = {
	    .id = id,
	    .operator_name = operator_name,
	    .made = digest_secret_store_random(task, secret),
	    .before_until_s = clock_now_s() + task->rooms->settings->registration_secret_grace,
	};
	int r;

	r = sql_write(task, rotate_step, &rotating);
	if (r < 0)
		return r;
	client_cache_forget();
	*ret_secret = secret;
	*ret_before_until_s = rotating.before_until_s;
	return 0;
}

static int
rotate_step(struct sql_tx *tx, void *arg)
{
	const struct applying *rotating = arg;
	struct sql_rows rows;
	int r;

	r = sql_run(
	    tx, SQL("SELECT secret FROM client WHERE id = ?1", SQL_TEXT(rotating->id)), &rows);
	if (r < 0)
		return r;
	if (rows.n_rows == 0)
		return fail(sql_task(tx), NOT_FOUND, "no client has that id");
	if (sql_text(&rows, 0, 0) == NULL)
		return fail(sql_task(tx), CONFLICT, "the client has no secret");
	r = sql_run(tx,
	    SQL("UPDATE client SET secret_before = secret, secret_before_until_s = ?2,"
		" secret = ?3, changed_s = ?4 WHERE id = ?1",
		SQL_TEXT(rotating->id), SQL_INT(rotating->before_until_s), SQL_TEXT(rotating->made),
		SQL_INT(clock_now_s())),
	    NULL);
	if (r < 0)
		return r;
	return changed(tx, "client.secret_rotated", rotating);
}

int
client_list(struct task *task, const char *after, json_t **ret_clients)
{
	struct sql_rows rows;
	json_t *clients;
	int r;

	r = sql_read(task,
	    SQL("SELECT id, name, profile, is_approved FROM client WHERE id > ?1 ORDER BY id"
		" LIMIT 1000",
		SQL_TEXT(after)),
	    &rows);
	if (r < 0)
		return r;
	clients = json_array();
	for (size_t i = 0; i < rows.n_rows; i++) {
		json_t *client = json_object();

		json_set_text(client, "client_id", sql_text(&rows, i, 0));
		json_set_text(client, "client_name", sql_text(&rows, i, 1));
		json_set_text(client, "dvara_profile", sql_text(&rows, i, 2));
		json_object_set_new(client, "is_approved", json_boolean(sql_int(&rows, i, 3)));
		json_array_append_new(clients, client);
	}
	*ret_clients = clients;
	return 0;
}
