/* SPDX-License-Identifier: Apache-2.0
 *
 * Consents (see consent.h).
 */
#include "records/consent.h"

#include "core/clock.h"
#include "core/random.h"
#include "core/task.h"
#include "records/consent_row.h"
#include "records/event.h"

#define ID_BYTES       16
#define OF_SERVICE_MAX 400

#define PAUSED "the person has paused the consent"

static sql_step give_step;
static int supersede(struct sql_tx *tx, const struct consent *consent);
static int give_insert(struct sql_tx *tx, const struct consent *consent);
static int notice_keep(struct sql_tx *tx, const struct consent *consent);
static int consume(struct sql_tx *tx, const char *id);

int
consent_find(struct task *task, const char *person_id, const char *client_id,
    const char *purpose_id, const struct consent **ret_consent)
{
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT " CONSENT_COLUMNS " FROM consent"
		" WHERE person_id = ?1 AND client_id = ?2 AND purpose_id = ?3 AND " CONSENT_STANDS
		"?4",
		SQL_TEXT(person_id), SQL_TEXT(client_id), SQL_TEXT(purpose_id),
		SQL_INT(clock_now_s())),
	    &rows);
	if (r < 0)
		return r;
	return consent_row_read(task, &rows, 0, ret_consent);
}

int
consent_by_id(struct task *task, const char *id, const struct consent **ret_consent)
{
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT " CONSENT_COLUMNS " FROM consent WHERE id = ?1", SQL_TEXT(id)), &rows);
	if (r < 0)
		return r;
	return consent_row_read(task, &rows, 0, ret_consent);
}

int
consent_of_service(struct task *task, const char *person_id, const char *service_id,
    const struct consent *const **ret_consents)
{
	const struct consent **consents;
	struct sql_rows rows;
	size_t n = 0;
	int r;

	r = sql_read(task,
	    SQL("SELECT " CONSENT_COLUMNS " FROM consent"
		" WHERE person_id = ?1 AND paused_s = 0 AND is_once = 0 AND " CONSENT_STANDS "?2"
		" ORDER BY given_s DESC LIMIT ?3",
		SQL_TEXT(person_id), SQL_INT(clock_now_s()), SQL_INT(OF_SERVICE_MAX)),
	    &rows);
	if (r < 0)
		return r;
	consents = task_new_n(task, const struct consent *, rows.n_rows + 1);
	for (size_t i = 0; i < rows.n_rows; i++) {
		r = consent_row_read(task, &rows, i, &consents[n]);
		if (r < 0)
			return r;
		if (names_have(consents[n]->resources, service_id))
			n++;
	}
	consents[n] = NULL;
	*ret_consents = consents;
	return 0;
}

int
consent_seals(struct task *task, const char *id, struct consent_seals *ret_seals)
{
	struct sql_rows rows;
	int r;

	r = sql_read(
	    task, SQL("SELECT artefact, receipt FROM consent WHERE id = ?1", SQL_TEXT(id)), &rows);
	if (r < 0)
		return r;
	*ret_seals = (struct consent_seals){0};
	if (rows.n_rows > 0)
		*ret_seals = (struct consent_seals){sql_text(&rows, 0, 0), sql_text(&rows, 0, 1)};
	return 0;
}

int
consent_standing(struct task *task, const struct consent *own, const struct consent **ret_standing)
{
	const struct consent *standing = own;
	int r;

	if (own->withdrawn_s != 0 || own->until_s <= clock_now_s())
		return fail(
		    task, CONSENT_REQUIRED, "the consent was withdrawn or its time is over");
	if (own->ended_s != 0 && !str_equal(own->end_reason, "superseded"))
		return fail(task, CONSENT_REQUIRED, "the consent was given up or used up");
	if (own->ended_s != 0) {
		r = consent_find(task, own->person_id, own->client_id, own->purpose_id, &standing);
		if (r < 0)
			return r;
	}
	if (standing == NULL || !str_equal(standing->purpose_version, own->purpose_version))
		return fail(task, CONSENT_REQUIRED, "no consent stands in place of the one given");
	if (standing->paused_s > 0)
		return fail(task, CONSENT_PAUSED, PAUSED);
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
	return consent_give_all(task, (struct consent *[]){consent, NULL});
}

int
consent_give_all(struct task *task, struct consent **consents)
{
	int r;

	for (struct consent **one = consents; *one != NULL; one++) {
		if ((*one)->given_s == 0)
			(*one)->given_s = clock_now_s();
		if ((*one)->until_s <= (*one)->given_s)
			return fail(task, BROKEN, "a consent that ends before it begins");
	}
	r = sql_write(task, give_step, consents);
	if (r == 0)
		event_haste(task);
	return r;
}

static int
give_step(struct sql_tx *tx, void *arg)
{
	struct consent **consents = arg;
	int r = 0;

	for (; r == 0 && *consents != NULL; consents++)
		r = consent_give_step(tx, *consents);
	return r;
}

int
consent_give_step(struct sql_tx *tx, const struct consent *consent)
{
	int r;

	r = supersede(tx, consent);
	if (r == 0)
		r = notice_keep(tx, consent);
	if (r == 0)
		r = give_insert(tx, consent);
	if (r < 0)
		return r;
	return consent_row_tell(
	    tx, consent, &(struct consent_news){"consent.given", "person", CONSENT_IS_ACTIVE});
}

/* The one it takes the place of.  Whose time was over is not touched by it any more, but leaves the
 * place. */
static int
supersede(struct sql_tx *tx, const struct consent *consent)
{
	const struct consent *before = NULL;
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("UPDATE consent SET ended_s = ?4, end_reason = 'superseded' WHERE person_id = ?1"
		" AND client_id = ?2 AND purpose_id = ?3 AND ended_s = 0 AND withdrawn_s = 0"
		" RETURNING " CONSENT_COLUMNS,
		SQL_TEXT(consent->person_id), SQL_TEXT(consent->client_id),
		SQL_TEXT(consent->purpose_id), SQL_INT(consent->given_s)),
	    &rows);
	if (r == 0)
		r = consent_row_read(sql_task(tx), &rows, 0, &before);
	if (r < 0 || before == NULL)
		return r;
	if (consent_state(before, consent->given_s) != CONSENT_IS_SUPERSEDED)
		return consent_row_tell(tx, before,
		    &(struct consent_news){"consent.expired", "gateway", CONSENT_IS_EXPIRED});
	return consent_row_tell(tx, before,
	    &(struct consent_news){"consent.superseded", "person", CONSENT_IS_SUPERSEDED});
}

static int
give_insert(struct sql_tx *tx, const struct consent *consent)
{
	struct task *task = sql_task(tx);

	return sql_run(tx,
	    SQL("INSERT INTO consent (" CONSENT_COLUMNS ", artefact, receipt)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, ?11, ?12, 0, ?13, ?14, ?15,"
		" 0, NULL, ?16, ?17, ?18)",
		SQL_TEXT(consent->id), SQL_TEXT(consent->person_id), SQL_TEXT(consent->client_id),
		SQL_TEXT(consent->purpose_id), SQL_TEXT(consent->purpose_version),
		SQL_TEXT(names_text(task, consent->asked)),
		SQL_TEXT(names_text(task, consent->allowed)),
		SQL_TEXT(names_text(task, consent->resources)), SQL_INT(consent->given_s),
		SQL_INT(consent->until_s), SQL_TEXT(consent->notice_hash),
		SQL_TEXT(consent->language), SQL_INT(consent->is_offline),
		SQL_INT(consent->is_once), SQL_INT(consent->data_life_s),
		SQL_TEXT(consent->request_id), SQL_TEXT(consent->seals.artefact),
		SQL_TEXT(consent->seals.receipt)),
	    NULL);
}

/* What many people were shown in the same words on the same day is kept once. */
static int
notice_keep(struct sql_tx *tx, const struct consent *consent)
{
	if (consent->notice == NULL)
		return 0;
	return sql_run(tx,
	    SQL("INSERT INTO notice (id, text, since_s) VALUES (?1, ?2, ?3)"
		" ON CONFLICT (id) DO NOTHING",
		SQL_TEXT(consent->notice_hash), SQL_TEXT(consent->notice),
		SQL_INT(consent->given_s)),
	    NULL);
}

int
consent_notice(struct task *task, const char *notice_hash, const char **ret_notice)
{
	struct sql_rows rows;
	int r;

	r = sql_read(
	    task, SQL("SELECT text FROM notice WHERE id = ?1", SQL_TEXT(notice_hash)), &rows);
	if (r < 0)
		return r;
	*ret_notice = rows.n_rows == 0 ? NULL : sql_text(&rows, 0, 0);
	return 0;
}

int
consent_use(struct sql_tx *tx, const char *id)
{
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("SELECT paused_s, is_once FROM consent WHERE id = ?1 AND " CONSENT_STANDS "?2",
		SQL_TEXT(id), SQL_INT(clock_now_s())),
	    &rows);
	if (r < 0)
		return r;
	if (rows.n_rows == 0)
		return fail(sql_task(tx), CONSENT_REQUIRED, "the consent has ended");
	if (sql_int(&rows, 0, 0) > 0)
		return fail(sql_task(tx), CONSENT_PAUSED, PAUSED);
	return sql_int(&rows, 0, 1) != 0 ? consume(tx, id) : 0;
}

/* The condition is said again: between two statements of ours another process may write. */
static int
consume(struct sql_tx *tx, const char *id)
{
	const struct consent *consent = NULL;
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("UPDATE consent SET ended_s = ?2, end_reason = 'consumed'"
		" WHERE id = ?1 AND paused_s = 0 AND " CONSENT_STANDS "?2"
		" RETURNING " CONSENT_COLUMNS,
		SQL_TEXT(id), SQL_INT(clock_now_s())),
	    &rows);
	if (r == 0)
		r = consent_row_read(sql_task(tx), &rows, 0, &consent);
	if (r < 0)
		return r;
	if (consent == NULL)
		return fail(sql_task(tx), CONSENT_REQUIRED, "the consent has ended");
	return consent_row_tell(tx, consent,
	    &(struct consent_news){"consent.consumed", "gateway", CONSENT_IS_CONSUMED});
}

int
consent_of_client(
    struct task *task, const struct consent_page *page, const struct consent *const **ret_consents)
{
	const struct consent **consents;
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT " CONSENT_COLUMNS " FROM consent WHERE client_id = ?1"
		" AND (given_s > ?2 OR (given_s = ?2 AND id > ?3))"
		" AND purpose_id = COALESCE(?4, purpose_id)"
		" ORDER BY given_s, id LIMIT ?5",
		SQL_TEXT(page->client_id), SQL_INT(page->after_s), SQL_TEXT(page->after_id),
		SQL_TEXT(page->purpose_id), SQL_INT(page->limit)),
	    &rows);
	if (r < 0)
		return r;
	consents = task_new_n(task, const struct consent *, rows.n_rows + 1);
	for (size_t i = 0; r == 0 && i < rows.n_rows; i++)
		r = consent_row_read(task, &rows, i, &consents[i]);
	if (r == 0)
		*ret_consents = consents;
	return r;
}
