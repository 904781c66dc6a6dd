/* SPDX-License-Identifier: Apache-2.0
 *
 * Issued credentials and their places in status lists (see credential.h); their end is in
 * credential_revoke.c.
 */
#include "records/credential.h"

#include "core/clock.h"
#include "core/random.h"
#include "core/task.h"
#include "records/audit.h"
#include "store/sql.h"

#include <assert.h>

#define ID_BYTES  16
#define BATCH_MAX 32
#define PAGE_ROWS 1000
#define LIST_FULL (CREDENTIAL_LIST_SIZE / 2)

struct batch {
	struct credential *credentials;
	size_t n;
};

static sql_step add_step;
static int device_check(struct sql_tx *tx, const char *device);
static int list_reserve(struct sql_tx *tx, size_t n, int64_t *ret_list);
static int credential_place(struct sql_tx *tx, struct credential *credential);
static int batch_audit(struct sql_tx *tx, const struct batch *batch);
static json_t *listed(const struct sql_rows *rows, size_t i);
static int bits_read(struct task *task, int64_t list, int64_t *place, uint8_t *bits);

int
credential_add(struct task *task, struct credential *credentials, size_t n)
{
	struct batch batch = {credentials, n};

	assert(n >= 1 && n <= BATCH_MAX);
	return sql_write(task, add_step, &batch);
}

static int
add_step(struct sql_tx *tx, void *arg)
{
	const struct batch *batch = arg;
	int64_t list;
	int r;

	r = device_check(tx, batch->credentials[0].device);
	if (r < 0)
		return r;
	r = list_reserve(tx, batch->n, &list);
	if (r < 0)
		return r;
	for (size_t i = 0; i < batch->n; i++) {
		batch->credentials[i].list = list;
		r = credential_place(tx, &batch->credentials[i]);
		if (r < 0)
			return r;
	}
	return batch_audit(tx, batch);
}

/* Its grant may have been revoked since the token was looked at. */
static int
device_check(struct sql_tx *tx, const char *device)
{
	struct sql_rows rows;
	int r;

	r = sql_run(tx, SQL("SELECT 1 FROM revocation WHERE id = ?1", SQL_TEXT(device)), &rows);
	if (r < 0 || rows.n_rows == 0)
		return r;
	return fail(sql_task(tx), CREDENTIAL_REQUEST_DENIED, "the device was blocked meanwhile");
}

/* The newest list, or the next one where that is half full. */
static int
list_reserve(struct sql_tx *tx, size_t n, int64_t *ret_list)
{
	struct sql_rows rows;
	int64_t list = 1;
	int r;

	r = sql_run(tx,
	    SQL("UPDATE status_list SET n_used = n_used + ?1"
		" WHERE number = (SELECT MAX(number) FROM status_list) RETURNING number, n_used",
		SQL_INT((int64_t)n)),
	    &rows);
	if (r < 0)
		return r;
	if (rows.n_rows == 1 && sql_int(&rows, 0, 1) <= LIST_FULL) {
		*ret_list = sql_int(&rows, 0, 0);
		return 0;
	}
	if (rows.n_rows == 1)
		list = sql_int(&rows, 0, 0) + 1;
	r = sql_run(tx,
	    SQL("INSERT INTO status_list (number, n_used) VALUES (?1, ?2) ON CONFLICT (number)"
		" DO UPDATE SET n_used = status_list.n_used + excluded.n_used",
		SQL_INT(list), SQL_INT((int64_t)n)),
	    NULL);
	if (r < 0)
		return r;
	*ret_list = list;
	return 0;
}

/* At most half of the places are taken: two draws on average, and 64 in a row that all miss do not
 * happen. */
static int
credential_place(struct sql_tx *tx, struct credential *credential)
{
	struct task *task = sql_task(tx);
	struct sql_rows rows;
	int r;

	credential->id = random_id(task, ID_BYTES);
	if (credential->device == NULL)
		credential->device = credential->id;
	credential->issued_s = clock_now_s();
	credential->revoked_s = 0;
	for (int i = 0; i < 64; i++) {
		credential->place = random_below(CREDENTIAL_LIST_SIZE);
		r = sql_run(tx,
		    SQL("INSERT INTO credential (id, person_id, configuration, list, place,"
			" issued_s, expires_s, revoked_s, device, client_id)"
			" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?9)"
			" ON CONFLICT (list, place) DO NOTHING",
			SQL_TEXT(credential->id), SQL_TEXT(credential->person_id),
			SQL_TEXT(credential->configuration), SQL_INT(credential->list),
			SQL_INT(credential->place), SQL_INT(credential->issued_s),
			SQL_INT(credential->expires_s), SQL_TEXT(credential->device),
			SQL_TEXT(credential->client_id)),
		    &rows);
		if (r < 0 || rows.n_changed == 1)
			return r;
	}
	return fail(
	    task, BROKEN, "no place is left in status list %lld", (long long)credential->list);
}

static int
batch_audit(struct sql_tx *tx, const struct batch *batch)
{
	json_auto_t *detail = json_object();
	json_t *ids = json_array();

	for (size_t i = 0; i < batch->n; i++)
		json_array_append_new(ids, json_string(batch->credentials[i].id));
	json_object_set_new(detail, "credentials", ids);
	json_set_text(detail, "configuration", batch->credentials[0].configuration);
	return audit_add(tx, &(struct audit_event){
				 .event = "credential.issued",
				 .actor = "gateway",
				 .person_id = batch->credentials[0].person_id,
				 .detail = detail,
			     });
}

int
credential_device(struct task *task, int64_t list, int64_t place, const char **ret_device)
{
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT device FROM credential WHERE list = ?1 AND place = ?2", SQL_INT(list),
		SQL_INT(place)),
	    &rows);
	if (r < 0)
		return r;
	*ret_device = rows.n_rows == 0 ? NULL : sql_text(&rows, 0, 0);
	return 0;
}

int
credential_is_revoked(struct task *task, int64_t list, int64_t place, bool *ret_is_revoked)
{
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT revoked_s FROM credential WHERE list = ?1 AND place = ?2", SQL_INT(list),
		SQL_INT(place)),
	    &rows);
	if (r < 0)
		return r;
	*ret_is_revoked = rows.n_rows == 1 && sql_int(&rows, 0, 0) != 0;
	return 0;
}

int
credential_list(struct task *task, const char *person_id, json_t **ret_credentials)
{
	struct sql_rows rows;
	json_t *credentials;
	int r;

	r = sql_read(task,
	    SQL("SELECT id, configuration, list, place, issued_s, expires_s, revoked_s, device,"
		" client_id"
		" FROM credential WHERE person_id = ?1 ORDER BY issued_s DESC, id LIMIT 1000",
		SQL_TEXT(person_id)),
	    &rows);
	if (r < 0)
		return r;
	credentials = json_array();
	for (size_t i = 0; i < rows.n_rows; i++)
		json_array_append_new(credentials, listed(&rows, i));
	*ret_credentials = credentials;
	return 0;
}

static json_t *
listed(const struct sql_rows *rows, size_t i)
{
	json_t *object = json_object();

	json_set_text(object, "id", sql_text(rows, i, 0));
	json_set_text(object, "configuration", sql_text(rows, i, 1));
	json_set_text(object, "device", sql_text(rows, i, 7));
	json_set_text(object, "client_id", sql_text(rows, i, 8));
	json_object_set_new(object, "list", json_integer(sql_int(rows, i, 2)));
	json_object_set_new(object, "place", json_integer(sql_int(rows, i, 3)));
	json_object_set_new(object, "issued", json_integer(sql_int(rows, i, 4)));
	json_object_set_new(object, "expires", json_integer(sql_int(rows, i, 5)));
	if (sql_int(rows, i, 6) != 0)
		json_object_set_new(object, "revoked", json_integer(sql_int(rows, i, 6)));
	return object;
}

int
credential_phones(struct task *task, const char *person_id, json_t **ret_phones)
{
	struct sql_rows rows;
	json_t *phones;
	int r;

	r = sql_read(task,
	    SQL("SELECT device, client_id, configuration, MIN(issued_s), MIN(expires_s)"
		" FROM credential WHERE person_id = ?1 AND revoked_s = 0 AND expires_s > ?2"
		" GROUP BY device, client_id, configuration"
		" ORDER BY MAX(issued_s) DESC, device, configuration LIMIT 1000",
		SQL_TEXT(person_id), SQL_INT(clock_now_s())),
	    &rows);
	if (r < 0)
		return r;
	phones = json_array();
	for (size_t i = 0; i < rows.n_rows; i++) {
		json_t *phone = json_object();

		json_set_text(phone, "device", sql_text(&rows, i, 0));
		json_set_text(phone, "client_id", sql_text(&rows, i, 1));
		json_set_text(phone, "configuration", sql_text(&rows, i, 2));
		json_object_set_new(phone, "issued", json_integer(sql_int(&rows, i, 3)));
		json_object_set_new(phone, "expires", json_integer(sql_int(&rows, i, 4)));
		json_array_append_new(phones, phone);
	}
	*ret_phones = phones;
	return 0;
}

int
credential_list_revoked(struct task *task, int64_t list, int64_t *ret_n)
{
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT COUNT(*) FROM credential WHERE list = ?1 AND revoked_s > 0", SQL_INT(list)),
	    &rows);
	if (r < 0)
		return r;
	*ret_n = sql_int(&rows, 0, 0);
	return 0;
}

int
credential_list_bits(struct task *task, int64_t list, struct bytes *ret_bits)
{
	const size_t bits_bytes = CREDENTIAL_LIST_SIZE / 8;
	struct sql_rows rows;
	int64_t place = -1;
	uint8_t *bits;
	int r;

	r = sql_read(
	    task, SQL("SELECT 1 FROM status_list WHERE number = ?1", SQL_INT(list)), &rows);
	if (r < 0)
		return r;
	if (rows.n_rows == 0)
		return fail(task, NOT_FOUND, "there is no such status list");
	bits = task_alloc(task, bits_bytes);
	do {
		r = bits_read(task, list, &place, bits);
	} while (r > 0);
	if (r < 0)
		return r;
	*ret_bits = (struct bytes){bits, bits_bytes};
	return 0;
}

/* One page after *place, in a task of its own so that a list with many revocations stays small in
 * memory.  1: there may be more. */
static int
bits_read(struct task *task, int64_t list, int64_t *place, uint8_t *bits)
{
	struct sql_rows rows;
	struct task page;
	int r;

	task_open(&page, task->loop, task->rooms, task_left_ms(task));
	r = sql_read(&page,
	    SQL("SELECT place FROM credential WHERE list = ?1 AND place > ?2 AND revoked_s > 0"
		" ORDER BY place LIMIT 1000",
		SQL_INT(list), SQL_INT(*place)),
	    &rows);
	if (r < 0)
		task->fault = page.fault;
	for (size_t i = 0; r == 0 && i < rows.n_rows; i++) {
		*place = sql_int(&rows, i, 0);
		bits[*place / 8] |= (uint8_t)(1u << (*place % 8));
	}
	if (r == 0 && rows.n_rows == PAGE_ROWS)
		r = 1;
	task_close(&page);
	return r;
}
