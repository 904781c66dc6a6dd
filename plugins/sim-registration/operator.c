/* SPDX-License-Identifier: Apache-2.0
 *
 * What an operator's system does by itself, with a token of its own (client credentials): redeem a
 * proof, end a registration, ask which of its SIMs people say are not theirs.  Another operator's
 * registrations are not there for it.
 */
#include "sim.h"

#include <string.h>

/* A change by the operator to one of its own. */
struct change {
	const struct sim *sim;
	const char *id, *operator_id, *reason;
	const char *number, *takes_code;
	const char *refusal;
};

static bool is_alone(const struct sim *sim, const struct dvara_request *request);
static int redeem_step(struct dvara_tx *tx, void *arg);
static int number_take(struct dvara_tx *tx, struct change *change);
static int holder_tell(struct dvara_tx *tx, const struct change *change);
static int end_step(struct dvara_tx *tx, void *arg);

/* {"registration", "jti"} of a proof that the operator has verified; 200 once. */
int
sim_redeem(void *self, struct kit_call *call)
{
	static const char *const members[] = {"registration", "jti", NULL};
	struct change change = {.sim = self, .operator_id = dvara_client(call->request)};
	json_auto_t *body = NULL;
	int r;

	if (!is_alone(self, call->request))
		return DVARA_EDENIED;
	r = kit_body(call, members, &body);
	if (r < 0 || body == NULL)
		return r;
	change.id = kit_member(body, "registration", 64);
	change.reason = kit_member(body, "jti", 64);
	if (change.id == NULL || change.reason == NULL)
		return kit_refuse(call, 400, "proof-malformed", "registration or jti is no text");
	r = dvara_write(call->request, redeem_step, &change);
	if (change.refusal != NULL)
		return kit_refuse(call, 409, change.refusal,
		    "the proof was redeemed before, is over, or the number is not free");
	if (r < 0)
		return r;
	return kit_answer(
	    call, 200, json_pack("{s:s, s:s}", "registration", change.id, "state", "active"));
}

static bool
is_alone(const struct sim *sim, const struct dvara_request *request)
{
	return sim_is_operator(sim, request) && *dvara_subject(request) == '\0';
}

static int
redeem_step(struct dvara_tx *tx, void *arg)
{
	struct change *change = arg;
	const struct dvara_rows *rows;
	int r;

	r = dvara_run(tx,
	    "SELECT number, takes_code FROM registration WHERE id = ?1 AND operator = ?2"
	    " AND proof = ?3 AND state = 'pending' AND proof_until_s > ?4",
	    DVARA_VALUES(dvara_text_value(change->id), dvara_text_value(change->operator_id),
		dvara_text_value(change->reason), dvara_int_value(dvara_now_s())),
	    &rows);
	if (r < 0)
		return r;
	if (dvara_n_rows(rows) == 0) {
		change->refusal = "proof-spent";
		return DVARA_ECONFLICT;
	}
	change->number = dvara_text(rows, 0, 0);
	change->takes_code = dvara_text(rows, 0, 1);
	r = number_take(tx, change);
	if (r < 0)
		return r;
	/* Whoever else waits for the number waits in vain. */
	r = dvara_run(tx,
	    "UPDATE registration SET changed_s = ?3,"
	    " state = CASE WHEN id = ?1 THEN 'active' ELSE 'ended' END,"
	    " end_reason = CASE WHEN id = ?1 THEN NULL ELSE 'lapsed' END"
	    " WHERE number = ?2 AND state = 'pending'",
	    DVARA_VALUES(dvara_text_value(change->id), dvara_text_value(change->number),
		dvara_int_value(dvara_now_s())),
	    NULL);
	return r < 0 ? r : holder_tell(tx, change);
}

/* A SIM that was registered behind their back is heard of at once; other operators hear nothing. */
static int
holder_tell(struct dvara_tx *tx, const struct change *change)
{
	struct dvara_news news = {.type = "sim.registered",
	    .reference = change->id,
	    .clients = change->sim->citizen_clients};
	const struct dvara_rows *rows;
	int r;

	if (*news.clients == '\0')
		return DVARA_OK;
	r = dvara_run(tx, "SELECT subject FROM registration WHERE id = ?1",
	    DVARA_VALUES(dvara_text_value(change->id)), &rows);

	if (r < 0)
		return r;
	news.subject = dvara_text(rows, 0, 0);
	return dvara_tell(tx, &news);
}

/* Whoever has the number must be giving it away still, and gives it to one. */
static int
number_take(struct dvara_tx *tx, struct change *change)
{
	const struct dvara_rows *rows;
	int r;

	if (change->takes_code != NULL) {
		r = dvara_run(tx,
		    "UPDATE registration SET state = 'ended', end_reason = 'transferred',"
		    " changed_s = ?2 WHERE state = 'active' AND id ="
		    " (SELECT registration_id FROM transfer WHERE code = ?1 AND until_s > ?2)",
		    DVARA_VALUES(
			dvara_text_value(change->takes_code), dvara_int_value(dvara_now_s())),
		    NULL);
		if (r == DVARA_OK)
			r = dvara_run(tx, "DELETE FROM transfer WHERE code = ?1",
			    DVARA_VALUES(dvara_text_value(change->takes_code)), NULL);
		if (r < 0)
			return r;
	}
	r = dvara_run(tx,
	    "SELECT 1 FROM registration WHERE number = ?1 AND state IN ('active', 'reported')",
	    DVARA_VALUES(dvara_text_value(change->number)), &rows);
	if (r == DVARA_OK && dvara_n_rows(rows) > 0) {
		change->refusal = "number-taken";
		return DVARA_ECONFLICT;
	}
	return r;
}

/* {"reason"}: why, in a word of the operator's (cancelled, lost, not-theirs); kept. */
int
sim_end(void *self, struct kit_call *call)
{
	static const char *const members[] = {"reason", NULL};
	struct change change = {.id = call->id, .operator_id = dvara_client(call->request)};
	json_auto_t *body = NULL;
	int r;

	if (!is_alone(self, call->request))
		return DVARA_EDENIED;
	r = kit_body(call, members, &body);
	if (r < 0 || body == NULL)
		return r;
	change.reason = kit_member(body, "reason", 64);
	if (change.reason == NULL)
		return kit_refuse(call, 400, "reason-missing", "reason is no text");
	r = dvara_write(call->request, end_step, &change);
	if (r < 0)
		return r;
	return kit_answer(
	    call, 200, json_pack("{s:s, s:s}", "registration", change.id, "state", "ended"));
}

static int
end_step(struct dvara_tx *tx, void *arg)
{
	struct change *change = arg;
	const struct dvara_rows *rows;
	int r;

	r = dvara_run(tx,
	    "UPDATE registration SET state = 'ended', end_reason = ?3, changed_s = ?4"
	    " WHERE id = ?1 AND operator = ?2 AND state <> 'ended' RETURNING id",
	    DVARA_VALUES(dvara_text_value(change->id), dvara_text_value(change->operator_id),
		dvara_text_value(change->reason), dvara_int_value(dvara_now_s())),
	    &rows);
	if (r < 0)
		return r;
	return dvara_n_rows(rows) == 0 ? DVARA_ENOTFOUND : DVARA_OK;
}

/* {"reports": [{registration, number, reported}]}, oldest first: what the operator has to look
 * into, and to end or to settle with whoever has the SIM. */
int
sim_reports(void *self, struct kit_call *call)
{
	const struct dvara_rows *rows;
	json_t *reports;
	int r;

	if (!is_alone(self, call->request))
		return DVARA_EDENIED;
	r = dvara_read(call->request,
	    "SELECT id, number, changed_s FROM registration"
	    " WHERE operator = ?1 AND state = 'reported' ORDER BY changed_s, id LIMIT ?2",
	    DVARA_VALUES(dvara_text_value(dvara_client(call->request)), dvara_int_value(LIST_MAX)),
	    &rows);
	if (r < 0)
		return r;
	reports = json_array();
	for (size_t i = 0; i < dvara_n_rows(rows); i++) {
		json_array_append_new(reports,
		    json_pack("{s:s, s:s, s:o}", "registration", dvara_text(rows, i, 0), "number",
			dvara_text(rows, i, 1), "reported", kit_time(dvara_int(rows, i, 2))));
	}
	return kit_answer(call, 200, json_pack("{s:o}", "reports", reports));
}
