/* SPDX-License-Identifier: Apache-2.0
 *
 * Consents (see consent.h).
 */
#include "records/consent.h"

#include "core/clock.h"
#include "core/random.h"
#include "core/task.h"
#include "records/audit.h"
#include "records/refresh.h"
#include "records/revocation.h"
#include "store/sql.h"

#include <string.h>

#define ID_BYTES 16

/* A consent stands when it is neither ended by a newer one nor withdrawn, and its time is not over.
 */
#define COLUMNS \
	"id, person_id, client_id, purpose_id, purpose_version, asked, allowed, resources," \
	" given_s, until_s, withdrawn_s, notice_hash, language, ended_s, is_offline"
#define STANDS "ended_s = 0 AND withdrawn_s = 0 AND until_s > "

static int consent_read(
    struct task *task, const struct sql_rows *rows, size_t row, const struct consent **ret_consent);
static int names_read(struct task *task, const char *text, const char *const **ret_names);
static sql_step give_step, withdraw_step;
static int give_insert(struct sql_tx *tx, const struct consent *consent);
static int consent_audit(
    struct sql_tx *tx, const char *event, const char *actor, const struct consent *consent);
struct withdrawal;
static int tokens_end(struct sql_tx *tx, struct withdrawal *withdrawal);
static int withdrawn_before(struct sql_tx *tx, const char *id);
static json_t *listed(const struct consent *consent);

int
consent_find(struct task *task, const char *person_id, const char *client_id,
    const char *purpose_id, const struct consent **ret_consent)
{
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT " COLUMNS " FROM consent"
		" WHERE person_id = ?1 AND client_id = ?2 AND purpose_id = ?3 AND " STANDS "?4",
		SQL_TEXT(person_id), SQL_TEXT(client_id), SQL_TEXT(purpose_id),
		SQL_INT(clock_now_s())),
	    &rows);
	if (r < 0)
		return r;
	return consent_read(task, &rows, 0, ret_consent);
}

int
consent_by_id(struct task *task, const char *id, const struct consent **ret_consent)
{
	struct sql_rows rows;
	int r;

	r = sql_read(
	    task, SQL("SELECT " COLUMNS " FROM consent WHERE id = ?1", SQL_TEXT(id)), &rows);
	if (r < 0)
		return r;
	return consent_read(task, &rows, 0, ret_consent);
}

static int
consent_read(
    struct task *task, const struct sql_rows *rows, size_t row, const struct consent **ret_consent)
{
	struct consent *consent;
	int r;

	if (row >= rows->n_rows) {
		*ret_consent = NULL;
		return 0;
	}
	consent = task_new(task, struct consent);
	*consent = (struct consent){
	    .id = sql_text(rows, row, 0),
	    .person_id = sql_text(rows, row, 1),
	    .client_id = sql_text(rows, row, 2),
	    .purpose_id = sql_text(rows, row, 3),
	    .purpose_version = sql_text(rows, row, 4),
	    .given_s = sql_int(rows, row, 8),
	    .until_s = sql_int(rows, row, 9),
	    .withdrawn_s = sql_int(rows, row, 10),
	    .notice_hash = sql_text(rows, row, 11),
	    .language = sql_text(rows, row, 12),
	    .ended_s = sql_int(rows, row, 13),
	    .is_offline = sql_int(rows, row, 14) != 0,
	};
	r = names_read(task, sql_text(rows, row, 5), &consent->asked);
	if (r == 0)
		r = names_read(task, sql_text(rows, row, 6), &consent->allowed);
	if (r == 0)
		r = names_read(task, sql_text(rows, row, 7), &consent->resources);
	if (r < 0)
		return r;
	*ret_consent = consent;
	return 0;
}

static int
names_read(struct task *task, const char *text, const char *const **ret_names)
{
	if (names_parse(task, text, ret_names) == 0)
		return 0;
	fault_clear(task);
	return fail(task, BROKEN, "a stored consent cannot be read");
}

int
consent_standing(struct task *task, const struct consent *own, const struct consent **ret_standing)
{
	const struct consent *standing = own;
	int r;

	if (own->withdrawn_s != 0 || own->until_s <= clock_now_s())
		return fail(
		    task, CONSENT_REQUIRED, "the consent was withdrawn or its time is over");
	if (own->ended_s != 0) {
		r = consent_find(task, own->person_id, own->client_id, own->purpose_id, &standing);
		if (r < 0)
			return r;
	}
	if (standing == NULL || !str_equal(standing->purpose_version, own->purpose_version))
		return fail(task, CONSENT_REQUIRED, "no consent stands in place of the one given");
	*ret_standing = standing;
	return 0;
}

const char *
consent_new_id(struct task *task)
{
	return random_id(task, ID_BYTES);
}

int
consent_give(struct task *task, struct consent *consent)
{
	if (consent->id == NULL)
		consent->id = consent_new_id(task);
	consent->given_s = clock_now_s();
	consent->withdrawn_s = 0;
	if (consent->until_s <= consent->given_s)
		return fail(task, BROKEN, "a consent that ends before it begins");
	return sql_write(task, give_step, consent);
}

static int
give_step(struct sql_tx *tx, void *arg)
{
	const struct consent *consent = arg;
	int r;

	r = sql_run(tx,
	    SQL("UPDATE consent SET ended_s = ?4 WHERE person_id = ?1 AND client_id = ?2"
		" AND purpose_id = ?3 AND ended_s = 0 AND withdrawn_s = 0",
		SQL_TEXT(consent->person_id), SQL_TEXT(consent->client_id),
		SQL_TEXT(consent->purpose_id), SQL_INT(consent->given_s)),
	    NULL);
	if (r < 0)
		return r;
	r = give_insert(tx, consent);
	if (r < 0)
		return r;
	return consent_audit(tx, "consent.given", "person", consent);
}

static int
give_insert(struct sql_tx *tx, const struct consent *consent)
{
	struct task *task = sql_task(tx);

	return sql_run(tx,
	    SQL("INSERT INTO consent (" COLUMNS ")"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, ?11, ?12, 0, ?13)",
		SQL_TEXT(consent->id), SQL_TEXT(consent->person_id), SQL_TEXT(consent->client_id),
		SQL_TEXT(consent->purpose_id), SQL_TEXT(consent->purpose_version),
		SQL_TEXT(names_text(task, consent->asked)),
		SQL_TEXT(names_text(task, consent->allowed)),
		SQL_TEXT(names_text(task, consent->resources)), SQL_INT(consent->given_s),
		SQL_INT(consent->until_s), SQL_TEXT(consent->notice_hash),
		SQL_TEXT(consent->language), SQL_INT(consent->is_offline)),
	    NULL);
}

static int
consent_audit(
    struct sql_tx *tx, const char *event, const char *actor, const struct consent *consent)
{
	json_auto_t *detail = json_object();

	json_set_text(detail, "consent", consent->id);
	json_set_text(detail, "purpose", consent->purpose_id);
	json_set_text(detail, "notice", consent->notice_hash);
	return audit_add(tx, &(struct audit_event){
				 .event = event,
				 .actor = actor,
				 .person_id = consent->person_id,
				 .client_id = consent->client_id,
				 .detail = detail,
			     });
}

int
consent_check(struct sql_tx *tx, const char *id)
{
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("SELECT 1 FROM consent WHERE id = ?1 AND " STANDS "?2", SQL_TEXT(id),
		SQL_INT(clock_now_s())),
	    &rows);
	if (r < 0)
		return r;
	if (rows.n_rows == 0)
		return fail(sql_task(tx), CONSENT_REQUIRED, "the consent has ended");
	return 0;
}

struct withdrawal {
	const char *id, *operator_name;
	const char **dead; /* ids of consents, NULL-ended */
};

int
consent_withdraw(struct task *task, const char *id, const char *operator_name)
{
	struct withdrawal withdrawal = {
	    .id = id, .operator_name = operator_name, .dead = (const char *[]){NULL}};
	int r;

	r = sql_write(task, withdraw_step, &withdrawal);
	if (r < 0)
		return r;
	for (const char **dead = withdrawal.dead; *dead != NULL; dead++)
		revocation_tell(task, *dead);
	return 0;
}

static int
withdraw_step(struct sql_tx *tx, void *arg)
{
	struct withdrawal *withdrawal = arg;
	struct consent consent = {.id = withdrawal->id};
	const char *actor = "person";
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("UPDATE consent SET withdrawn_s = ?2 WHERE id = ?1 AND withdrawn_s = 0"
		" RETURNING person_id, client_id, purpose_id, notice_hash",
		SQL_TEXT(withdrawal->id), SQL_INT(clock_now_s())),
	    &rows);
	if (r < 0)
		return r;
	if (rows.n_rows == 0)
		return withdrawn_before(tx, withdrawal->id);
	consent.person_id = sql_text(&rows, 0, 0);
	consent.client_id = sql_text(&rows, 0, 1);
	consent.purpose_id = sql_text(&rows, 0, 2);
	consent.notice_hash = sql_text(&rows, 0, 3);
	r = tokens_end(tx, withdrawal);
	if (r < 0)
		return r;
	r = refresh_end_consent(tx, &(struct grant){.person_id = consent.person_id,
					.client_id = consent.client_id,
					.purpose_id = consent.purpose_id});
	if (r < 0)
		return r;
	if (withdrawal->operator_name != NULL)
		actor = task_printf(sql_task(tx), "operator:%s", withdrawal->operator_name);
	return consent_audit(tx, "consent.withdrawn", actor, &consent);
}

/* The tokens under the consent, and where none was given in its place, those under the ones before
 * it: they rested on this one. */
static int
tokens_end(struct sql_tx *tx, struct withdrawal *withdrawal)
{
	struct sql_rows rows;
	bool is_new;
	int r;

	r = sql_run(tx,
	    SQL("SELECT old.id FROM consent AS old, consent AS this WHERE this.id = ?1"
		" AND old.person_id = this.person_id AND old.client_id = this.client_id"
		" AND old.purpose_id = this.purpose_id AND old.until_s > ?2"
		" AND (old.id = this.id OR (this.ended_s = 0 AND old.ended_s > 0))",
		SQL_TEXT(withdrawal->id), SQL_INT(clock_now_s())),
	    &rows);
	if (r < 0)
		return r;
	withdrawal->dead = task_new_n(sql_task(tx), const char *, rows.n_rows + 1);
	for (size_t i = 0; i < rows.n_rows; i++) {
		withdrawal->dead[i] = sql_text(&rows, i, 0);
		r = revocation_add(tx, withdrawal->dead[i], "consent withdrawn", &is_new);
		if (r < 0)
			return r;
	}
	return 0;
}

static int
withdrawn_before(struct sql_tx *tx, const char *id)
{
	struct sql_rows rows;
	int r;

	r = sql_run(tx, SQL("SELECT 1 FROM consent WHERE id = ?1", SQL_TEXT(id)), &rows);
	if (r == 0 && rows.n_rows == 0)
		return fail(sql_task(tx), NOT_FOUND, "no consent has that id");
	return r;
}

int
consent_list(struct task *task, const char *person_id, json_t **ret_consents)
{
	json_auto_t *consents = json_array();
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT " COLUMNS " FROM consent WHERE person_id = ?1"
		" ORDER BY given_s DESC, id LIMIT 400",
		SQL_TEXT(person_id)),
	    &rows);
	for (size_t i = 0; r == 0 && i < rows.n_rows; i++) {
		const struct consent *consent;

		r = consent_read(task, &rows, i, &consent);
		if (r == 0)
			json_array_append_new(consents, listed(consent));
	}
	if (r < 0)
		return r;
	*ret_consents = json_incref(consents);
	return 0;
}

static json_t *
listed(const struct consent *consent)
{
	json_t *object = json_object();

	json_set_text(object, "id", consent->id);
	json_set_text(object, "client_id", consent->client_id);
	json_set_text(object, "purpose_id", consent->purpose_id);
	json_set_text(object, "purpose_version", consent->purpose_version);
	json_object_set_new(object, "asked", names_json(consent->asked));
	json_object_set_new(object, "allowed", names_json(consent->allowed));
	json_object_set_new(object, "resources", names_json(consent->resources));
	json_object_set_new(object, "offline", json_boolean(consent->is_offline));
	json_object_set_new(object, "given", json_integer(consent->given_s));
	json_object_set_new(object, "until", json_integer(consent->until_s));
	if (consent->ended_s > 0)
		json_object_set_new(object, "ended", json_integer(consent->ended_s));
	if (consent->withdrawn_s > 0)
		json_object_set_new(object, "withdrawn", json_integer(consent->withdrawn_s));
	json_set_text(object, "notice_hash", consent->notice_hash);
	json_set_text(object, "language", consent->language);
	return object;
}
