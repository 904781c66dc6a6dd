/* SPDX-License-Identifier: Apache-2.0
 *
 * What becomes of a consent after it was given (consent.h): paused, resumed, given up by its
 * client, withdrawn by its person or in their name.
 */
#include "core/clock.h"
#include "core/task.h"
#include "records/consent_row.h"
#include "records/event.h"
#include "records/refresh.h"
#include "records/revocation.h"
#include "records/signout.h"

struct change {
	const char *id;
	const char *event, *actor;
	const char *statement;   /* ?1 the id, ?2 now; RETURNING nothing */
	enum consent_state from; /* the one state that it may be changed from, */
	enum consent_state to;   /* and the one where it is changed already */
	bool ends_tokens, is_withdrawal;
	const struct consent *before;
	const char **dead; /* ids of consents, NULL-ended */
};

static int change(struct task *task, struct change *change);
static sql_step change_step;
static int tell(struct sql_tx *tx, const struct change *change);
static int may_change(struct sql_tx *tx, const struct change *change, bool *ret_is_due);
static int tokens_end(struct sql_tx *tx, struct change *change);
static int client_end(struct sql_tx *tx, const struct consent *consent);

int
consent_pause(struct task *task, const char *id, const char *actor)
{
	return change(task, &(struct change){
				.id = id,
				.event = "consent.paused",
				.actor = actor,
				.statement = "UPDATE consent SET paused_s = ?2 WHERE id = ?1"
					     " AND paused_s = 0 AND " CONSENT_STANDS "?2",
				.from = CONSENT_IS_ACTIVE,
				.to = CONSENT_IS_PAUSED,
			    });
}

int
consent_resume(struct task *task, const char *id, const char *actor)
{
	return change(task, &(struct change){
				.id = id,
				.event = "consent.resumed",
				.actor = actor,
				.statement = "UPDATE consent SET paused_s = 0 WHERE id = ?1"
					     " AND paused_s > 0 AND " CONSENT_STANDS "?2",
				.from = CONSENT_IS_PAUSED,
				.to = CONSENT_IS_ACTIVE,
			    });
}

int
consent_relinquish(struct task *task, const char *id, const char *actor)
{
	return change(
	    task, &(struct change){
		      .id = id,
		      .event = "consent.relinquished",
		      .actor = actor,
		      .statement = "UPDATE consent SET ended_s = ?2, end_reason = 'relinquished'"
				   " WHERE id = ?1 AND " CONSENT_STANDS "?2",
		      .from = CONSENT_IS_ACTIVE,
		      .to = CONSENT_IS_RELINQUISHED,
		      .ends_tokens = true,
		  });
}

int
consent_withdraw(struct task *task, const char *id, const char *actor)
{
	return change(task, &(struct change){
				.id = id,
				.event = "consent.revoked",
				.actor = actor,
				.statement = "UPDATE consent SET withdrawn_s = ?2 WHERE id = ?1"
					     " AND withdrawn_s = 0",
				.to = CONSENT_IS_REVOKED,
				.ends_tokens = true,
				.is_withdrawal = true,
			    });
}

static int
change(struct task *task, struct change *change)
{
	int r;

	change->dead = (const char *[]){NULL};
	r = sql_write(task, change_step, change);
	if (r < 0)
		return r;
	for (const char **dead = change->dead; *dead != NULL; dead++)
		revocation_tell(task, *dead);
	event_haste(task);
	return 0;
}

static int
change_step(struct sql_tx *tx, void *arg)
{
	struct change *change = arg;
	struct sql_rows rows;
	bool is_due = false;
	int r;

	r = sql_run(tx,
	    SQL("SELECT " CONSENT_COLUMNS " FROM consent WHERE id = ?1", SQL_TEXT(change->id)),
	    &rows);
	if (r == 0)
		r = consent_row_read(sql_task(tx), &rows, 0, &change->before);
	if (r == 0)
		r = may_change(tx, change, &is_due);
	if (r < 0 || !is_due)
		return r;
	if (change->ends_tokens)
		r = tokens_end(tx, change);
	if (r == 0)
		r = sql_run(tx,
		    SQL(change->statement, SQL_TEXT(change->id), SQL_INT(clock_now_s())), &rows);
	if (r < 0)
		return r;
	if (rows.n_changed == 0)
		return fail(sql_task(tx), CONFLICT, "the consent was changed at the same time");
	if (change->ends_tokens)
		r = client_end(tx, change->before);
	return r < 0 ? r : tell(tx, change);
}

/* What was over already is not changed by its withdrawal: its tokens died, and that is kept. */
static int
tell(struct sql_tx *tx, const struct change *change)
{
	const struct consent_news news = {change->event, change->actor, change->to};
	const enum consent_state before = consent_state(change->before, clock_now_s());

	if (before != CONSENT_IS_ACTIVE && before != CONSENT_IS_PAUSED)
		return consent_row_audit(tx, change->before, &news);
	return consent_row_tell(tx, change->before, &news);
}

static int
may_change(struct sql_tx *tx, const struct change *change, bool *ret_is_due)
{
	enum consent_state state;

	if (change->before == NULL)
		return fail(sql_task(tx), NOT_FOUND, "no consent has that id");
	state = consent_state(change->before, clock_now_s());
	if (change->is_withdrawal) {
		*ret_is_due = change->before->withdrawn_s == 0;
		return 0;
	}
	if (state == change->to)
		return 0;
	/* What is paused may be given up as well. */
	if (state != change->from && !(change->ends_tokens && state == CONSENT_IS_PAUSED))
		return fail(sql_task(tx), CONSENT_NOT_ACTIVE, "the consent is %s",
		    consent_state_name(state));
	*ret_is_due = true;
	return 0;
}

/* The tokens under the consent, and where none was given in its place, those under the ones before
 * it: they rested on this one. */
static int
tokens_end(struct sql_tx *tx, struct change *change)
{
	const struct consent *before = change->before;
	const struct grant grant = {.person_id = before->person_id,
	    .client_id = before->client_id,
	    .purpose_id = before->purpose_id};
	struct sql_rows rows;
	bool is_new;
	int r;

	r = sql_run(tx,
	    SQL("SELECT old.id FROM consent AS old, consent AS this WHERE this.id = ?1"
		" AND old.person_id = this.person_id AND old.client_id = this.client_id"
		" AND old.purpose_id = this.purpose_id AND old.until_s > ?2"
		" AND (old.id = this.id OR (this.ended_s = 0 AND old.ended_s > 0))",
		SQL_TEXT(change->id), SQL_INT(clock_now_s())),
	    &rows);
	if (r < 0)
		return r;
	change->dead = task_new_n(sql_task(tx), const char *, rows.n_rows + 1);
	for (size_t i = 0; i < rows.n_rows; i++) {
		change->dead[i] = sql_text(&rows, i, 0);
		r = revocation_add(tx, change->dead[i], "consent ended", &is_new);
		if (r < 0)
			return r;
	}
	return refresh_end_consent(tx, &grant);
}

/* A client to which the person allows nothing any more is no place to be signed in at. */
static int
client_end(struct sql_tx *tx, const struct consent *consent)
{
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("SELECT 1 FROM consent WHERE person_id = ?1 AND client_id = ?2 AND " CONSENT_STANDS
		"?3 LIMIT 1",
		SQL_TEXT(consent->person_id), SQL_TEXT(consent->client_id), SQL_INT(clock_now_s())),
	    &rows);
	if (r < 0 || rows.n_rows > 0)
		return r;
	return signout_client_step(tx, consent->person_id, consent->client_id);
}
