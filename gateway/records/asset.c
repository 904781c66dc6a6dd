/* SPDX-License-Identifier: Apache-2.0
 *
 * Pictures of clients (see asset.h).
 */
#include "records/asset.h"

#include "core/clock.h"
#include "core/task.h"
#include "jose/digest.h"
#include "store/sql.h"

#include <string.h>

#define ID_LENGTH 43

static const char *id_of(struct task *task, struct bytes bytes);
static int asset_add(struct sql_tx *tx, const char *id, const struct asset *asset);

int
asset_give(struct sql_tx *tx, const char *client_id, const struct asset *asset)
{
	const char *id = asset == NULL ? NULL : id_of(sql_task(tx), asset->bytes);
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("UPDATE client SET logo = ?2 WHERE id = ?1 AND logo IS DISTINCT FROM ?2",
		SQL_TEXT(client_id), SQL_TEXT(id)),
	    &rows);
	if (r < 0 || rows.n_changed == 0)
		return r;
	if (asset != NULL) {
		r = asset_add(tx, id, asset);
		if (r < 0)
			return r;
	}
	return sql_run(tx,
	    SQL("DELETE FROM asset WHERE id NOT IN"
		" (SELECT logo FROM client WHERE logo IS NOT NULL)"),
	    NULL);
}

static const char *
id_of(struct task *task, struct bytes bytes)
{
	uint8_t *digest = task_alloc(task, DIGEST_BYTES);

	digest_sha256(bytes, digest);
	return b64u_encode(task, (struct bytes){digest, DIGEST_BYTES});
}

static int
asset_add(struct sql_tx *tx, const char *id, const struct asset *asset)
{
	return sql_run(tx,
	    SQL("INSERT INTO asset (id, type, bytes, since_s) VALUES (?1, ?2, ?3, ?4)"
		" ON CONFLICT (id) DO NOTHING",
		SQL_TEXT(id), SQL_TEXT(asset->type),
		SQL_TEXT(b64u_encode(sql_task(tx), asset->bytes)), SQL_INT(clock_now_s())),
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
