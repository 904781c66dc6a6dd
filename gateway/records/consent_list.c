/* SPDX-License-Identifier: Apache-2.0
 *
 * A person's consents, as /account, the copy and `dvara consent list` show them (consent.h).
 */
#include "core/clock.h"
#include "core/task.h"
#include "records/consent_row.h"

#define LIST_MAX 400

static int listed(struct task *task, const struct sql_rows *rows, size_t row, json_t *consents);

/* The receipt is last, and of most lists left out: it is most of a row. */
int
consent_list(struct task *task, const char *person_id, const struct consent_listing *listing,
    json_t **ret_consents)
{
	const struct span *span = &listing->span;
	json_auto_t *consents = json_array();
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT " CONSENT_COLUMNS ", CASE WHEN CAST(?6 AS BIGINT) = 1 THEN receipt END"
		" FROM consent WHERE person_id = ?1 AND (CAST(?2 AS TEXT) IS NULL"
		"  OR given_s < (SELECT given_s FROM consent WHERE id = ?2)"
		"  OR (given_s = (SELECT given_s FROM consent WHERE id = ?2) AND id > ?2))"
		" AND (CAST(?3 AS BIGINT) = 0 OR (" CONSENT_STANDS "?3))"
		" ORDER BY given_s DESC, id LIMIT ?4 OFFSET ?5",
		SQL_TEXT(person_id), SQL_TEXT(span->before),
		SQL_INT(listing->is_standing ? clock_now_s() : 0),
		SQL_INT(span_rows(span, LIST_MAX)), SQL_INT(span->skip),
		SQL_INT(listing->has_receipts)),
	    &rows);
	for (size_t i = 0; r == 0 && i < rows.n_rows; i++)
		r = listed(task, &rows, i, consents);
	if (r < 0)
		return r;
	*ret_consents = json_incref(consents);
	return 0;
}

static int
listed(struct task *task, const struct sql_rows *rows, size_t row, json_t *consents)
{
	const struct consent *consent;
	json_t *json;
	int r;

	r = consent_row_read(task, rows, row, &consent);
	if (r < 0)
		return r;
	json = consent_json(consent);
	json_set_text(json, "receipt", sql_text(rows, row, CONSENT_N_COLUMNS));
	json_array_append_new(consents, json);
	return 0;
}

int
consent_longest(struct task *task, const char *person_id, int64_t *ret_bytes)
{
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT COALESCE(MAX(LENGTH(asked) + LENGTH(allowed) + LENGTH(resources)"
		" + COALESCE(LENGTH(receipt), 0)), 0) FROM consent WHERE person_id = ?1",
		SQL_TEXT(person_id)),
	    &rows);
	if (r == 0)
		*ret_bytes = sql_int(&rows, 0, 0);
	return r;
}

json_t *
consent_json(const struct consent *consent)
{
	json_t *object = json_object();

	json_set_text(object, "id", consent->id);
	json_set_text(object, "client_id", consent->client_id);
	json_set_text(object, "purpose_id", consent->purpose_id);
	json_set_text(object, "purpose_version", consent->purpose_version);
	json_set_text(object, "state", consent_state_name(consent_state(consent, clock_now_s())));
	json_object_set_new(object, "asked", names_json(consent->asked));
	json_object_set_new(object, "allowed", names_json(consent->allowed));
	json_object_set_new(object, "resources", names_json(consent->resources));
	json_object_set_new(object, "offline", json_boolean(consent->is_offline));
	json_object_set_new(object, "once", json_boolean(consent->is_once));
	if (consent->data_life_s > 0)
		json_object_set_new(object, "data_life", json_integer(consent->data_life_s));
	json_object_set_new(object, "given", json_integer(consent->given_s));
	json_object_set_new(object, "until", json_integer(consent->until_s));
	if (consent->paused_s > 0)
		json_object_set_new(object, "paused", json_integer(consent->paused_s));
	if (consent->ended_s > 0)
		json_object_set_new(object, "ended", json_integer(consent->ended_s));
	json_set_text(object, "end_reason", consent->end_reason);
	if (consent->withdrawn_s > 0)
		json_object_set_new(object, "withdrawn", json_integer(consent->withdrawn_s));
	json_set_text(object, "notice_hash", consent->notice_hash);
	json_set_text(object, "language", consent->language);
	return object;
}
