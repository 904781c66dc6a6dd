/* SPDX-License-Identifier: Apache-2.0
 *
 * What the person sees and does: the SIMs in their name at every operator, one that is not theirs,
 * one that they give away.  At an operator they see those of that operator alone.
 */
#include "sim.h"

#include <string.h>

struct deed {
	const char *id, *subject, *code;
};

static json_t *listed(const struct sim *sim, const struct dvara_rows *rows, size_t i);
static int report_step(struct dvara_tx *tx, void *arg);
static int transfer_step(struct dvara_tx *tx, void *arg);

/* {"registrations": [{registration, number, operator, operator_name, state, for_minor, since}]},
 * newest first; what has ended is left out. */
int
sim_list(void *self, struct kit_call *call)
{
	const struct sim *sim = self;
	struct dvara_request *request = call->request;
	const char *operator_id = sim_is_holder(sim, request) ? NULL : dvara_client(request);
	const struct dvara_rows *rows;
	json_t *registrations;
	int r;

	if (*dvara_subject(request) == '\0' ||
	    (operator_id != NULL && !sim_is_operator(sim, request)))
		return DVARA_EDENIED;
	r = dvara_read(request,
	    "SELECT id, number, operator, state, for_minor, since_s FROM registration"
	    " WHERE subject = ?1 AND (operator = CAST(?2 AS TEXT) OR CAST(?2 AS TEXT) IS NULL)"
	    " AND (state IN ('active', 'reported') OR (state = 'pending' AND proof_until_s > ?3))"
	    " ORDER BY since_s DESC, id LIMIT ?4",
	    DVARA_VALUES(dvara_text_value(dvara_subject(request)), dvara_text_value(operator_id),
		dvara_int_value(dvara_now_s()), dvara_int_value(LIST_MAX)),
	    &rows);
	if (r < 0)
		return r;
	registrations = json_array();
	for (size_t i = 0; i < dvara_n_rows(rows); i++)
		json_array_append_new(registrations, listed(sim, rows, i));
	return kit_answer(call, 200, json_pack("{s:o}", "registrations", registrations));
}

/* An operator that is no longer in the settings keeps its SIMs; its name is gone. */
static json_t *
listed(const struct sim *sim, const struct dvara_rows *rows, size_t i)
{
	const char *operator_id = dvara_text(rows, i, 2);
	json_t *name = json_object_get(json_object_get(sim->operators, operator_id), "name");

	return json_pack("{s:s, s:s, s:s, s:O?, s:s, s:b, s:o}", "registration",
	    dvara_text(rows, i, 0), "number", dvara_text(rows, i, 1), "operator", operator_id,
	    "operator_name", name, "state", dvara_text(rows, i, 3), "for_minor",
	    (int)dvara_int(rows, i, 4), "since", kit_time(dvara_int(rows, i, 5)));
}

/* The operator finds it at GET /reports; it counts no more against the person's limit. */
int
sim_report(void *self, struct kit_call *call)
{
	struct deed deed = {.id = call->id, .subject = dvara_subject(call->request)};
	int r;

	if (!sim_is_holder(self, call->request))
		return DVARA_EDENIED;
	r = dvara_write(call->request, report_step, &deed);
	if (r < 0)
		return r;
	return kit_answer(
	    call, 200, json_pack("{s:s, s:s}", "registration", deed.id, "state", "reported"));
}

static int
report_step(struct dvara_tx *tx, void *arg)
{
	const struct deed *deed = arg;
	const struct dvara_rows *rows;
	int r;

	/* Said twice: it is so already. */
	r = dvara_run(tx,
	    "UPDATE registration SET state = 'reported',"
	    " changed_s = CASE WHEN state = 'reported' THEN changed_s ELSE ?3 END"
	    " WHERE id = ?1 AND subject = ?2 AND state IN ('active', 'reported') RETURNING id",
	    DVARA_VALUES(dvara_text_value(deed->id), dvara_text_value(deed->subject),
		dvara_int_value(dvara_now_s())),
	    &rows);
	if (r == DVARA_OK && dvara_n_rows(rows) == 0)
		return DVARA_ENOTFOUND;
	if (r == DVARA_OK)
		r = dvara_run(tx, "DELETE FROM transfer WHERE registration_id = ?1",
		    DVARA_VALUES(dvara_text_value(deed->id)), NULL);
	return r;
}

/* {"transfer_code", "until"}: to be told to whoever gets the number.  Asked again: another code,
 * the one before is void. */
int
sim_transfer(void *self, struct kit_call *call)
{
	struct deed deed = {.id = call->id,
	    .subject = dvara_subject(call->request),
	    .code = sim_code(call->request)};
	int r;

	if (!sim_is_holder(self, call->request))
		return DVARA_EDENIED;
	if (deed.code == NULL)
		return DVARA_EINTERNAL;
	r = dvara_write(call->request, transfer_step, &deed);
	if (r < 0)
		return r;
	return kit_answer(call, 201,
	    json_pack("{s:s, s:s, s:o}", "registration", deed.id, "transfer_code", deed.code,
		"until", kit_time(dvara_now_s() + TRANSFER_LIFE_S)));
}

static int
transfer_step(struct dvara_tx *tx, void *arg)
{
	const struct deed *deed = arg;
	const struct dvara_rows *rows;
	int r;

	r = dvara_run(tx,
	    "SELECT 1 FROM registration WHERE id = ?1 AND subject = ?2 AND state = 'active'",
	    DVARA_VALUES(dvara_text_value(deed->id), dvara_text_value(deed->subject)), &rows);
	if (r == DVARA_OK && dvara_n_rows(rows) == 0)
		return DVARA_ENOTFOUND;
	if (r == DVARA_OK)
		r = dvara_run(tx,
		    "INSERT INTO transfer (code, registration_id, until_s) VALUES (?1, ?2, ?3)"
		    " ON CONFLICT (registration_id) DO UPDATE SET code = excluded.code,"
		    " until_s = excluded.until_s",
		    DVARA_VALUES(dvara_text_value(deed->code), dvara_text_value(deed->id),
			dvara_int_value(dvara_now_s() + TRANSFER_LIFE_S)),
		    NULL);
	return r;
}
