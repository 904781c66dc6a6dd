/* SPDX-License-Identifier: Apache-2.0
 *
 * Pictures of clients (see asset.h).
 */
#include "records/asset.h"

#include "core/clock.h"
#include "core/task.h"
#include "jose/digest.h"
#include "records/client_cache.h"
#include "store/sql.h"

#include <string.h>

#define ID_LENGTH 43

struct giving {
	const char *client_id, *id; /* id: NULL: none */
	const struct asset *asset;
};

static const char *id_of(struct task *task, struct bytes bytes);
static sql_step give_step;
static int asset_add(struct sql_tx *tx, const struct giving *giving);

int
asset_give(struct task *task, const char *client_id, const struct asset *asset)
{
	struct giving giving = {.client_id = client_id, .asset = asset};
	int r;

	if (asset != NULL)
		giving.id = id_of(task, asset->bytes);
	r = sql_write(task, give_step, &giving);
	if (r == 0)
		client_cache_forget();
	return r;
}

static const char *
id_of(struct task *task, struct bytes bytes)
{
	uint8_t *digest = task_alloc(task, DIGEST_BYTES);

	digest_sha256(bytes, digest);
	return b64u_encode(task, (struct bytes){digest, DIGEST_BYTES});
}

static int
give_step(struct sql_tx *tx, void *arg)
{
	const struct giving *giving = arg;
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("UPDATE client SET logo = ?2 WHERE id = ?1 AND logo IS DISTINCT FROM ?2",
		SQL_TEXT(giving->client_id), SQL_TEXT(giving->id)),
	    &rows);
	if (r < 0 || rows.n_changed == 0)
		return r;
	if (giving->id != NULL) {
		r = asset_add(tx, giving);
		if (r < 0)
			return r;
	}
	r = sql_run(tx,
	    SQL("DELETE FROM asset WHERE id NOT IN"
		" (SELECT logo FROM client WHERE logo IS NOT NULL)"),
	    NULL);
	if (r < 0)
		return r;
	return sql_run(tx,
	    SQL("UPDATE generation SET number = number + 1 WHERE kind = ?1", SQL_TEXT("client")),
	    NULL);
}

static int
asset_add(struct sql_tx *tx, const struct giving *giving)
{
	return sql_run(tx,
	    SQL("INSERT INTO asset (id, type, bytes, since_s) VALUES (?1, ?2, ?3, ?4)"
		" ON CONFLICT (id) DO NOTHING",
		SQL_TEXT(giving->id), SQL_TEXT(giving->asset->type),
		SQL_TEXT(b64u_encode(sql_task(tx), giving->asset->bytes)), SQL_INT(clock_now_s())),
	    NULL);
}

int
asset_find(struct task *task, const char *id, struct asset *ret_asset)
{
	struct asset asset;
	struct sql_rows rows;
	const char *text;
	int r;

	if (id == NULL || strlen(id) != ID_LENGTH)
		return fail(task, NOT_FOUND, "there is no such picture");
	r = sql_read(task, SQL("SELECT type, bytes FROM asset WHERE id = ?1", SQL_TEXT(id)), &rows);
	if (r < 0)
		return r;
	if (rows.n_rows == 0)
		return fail(task, NOT_FOUND, "there is no such picture");
	asset.type = sql_text(&rows, 0, 0);
	text = sql_text(&rows, 0, 1);
	if (!b64u_decode(task, text, strlen(text), &asset.bytes))
		return fail(task, BROKEN, "a stored picture cannot be read");
	*ret_asset = asset;
	return 0;
}
