/* SPDX-License-Identifier: Apache-2.0
 *
 * POST /registrations: the person is at an operator's counter, or in its app, and has let it ask
 * for a token of this service.
 *
 *   {"number": "+85512345678"}                         a SIM of their own
 *   {"number": …, "for_minor": true}                   one that a child will use, in their name
 *   {"number": …, "transfer_code": "…"}                somebody gives them the number
 *
 * 201 {"registration", "state": "pending", "proof"}: the proof is for the operator's system, which
 * redeems it once (operator.c).  The same person again at the same operator with the same number,
 * before that: a new proof, the one before is void.
 *
 * How many SIMs somebody has elsewhere is not told: only that one more is too many.
 */
#include "sim.h"

#include <stdlib.h>
#include <string.h>

#define ASKED "full_name document_valid age_over_18 "

/* What is written down of one call. */
struct entry {
	const struct sim *sim;
	const char *id, *number, *subject, *operator_id, *proof, *transfer_code;
	const char *takes_code; /* transfer_code, where it is good for the number */
	const char *refusal;    /* a code; NULL: none */
	bool for_minor, is_foreigner;
};

static bool entry_read(struct dvara_request *request, const json_t *body, struct entry *entry);
static bool is_number(const char *number);
static int person_read(struct dvara_request *request, struct entry *entry, json_t **ret_person);
static int entry_step(struct dvara_tx *tx, void *arg);
static int number_check(struct dvara_tx *tx, struct entry *entry);
static int limit_check(struct dvara_tx *tx, struct entry *entry);
static int entry_write(struct dvara_tx *tx, struct entry *entry);
static int refused(struct kit_call *call, const char *code);
static int proof_make(
    struct kit_call *call, const struct entry *entry, const json_t *person, const char **ret_proof);

int
sim_register(void *self, struct kit_call *call)
{
	static const char *const members[] = {"number", "for_minor", "transfer_code", NULL};
	struct dvara_request *request = call->request;
	struct entry entry = {.sim = self,
	    .id = dvara_random_id(request),
	    .proof = dvara_random_id(request),
	    .subject = dvara_subject(request),
	    .operator_id = dvara_client(request)};
	json_auto_t *body = NULL, *person = NULL;
	const char *proof;
	int r;

	if (!sim_is_operator(self, request) || *entry.subject == '\0')
		return DVARA_EDENIED;
	r = kit_body(call, members, &body);
	if (r < 0 || body == NULL)
		return r;
	if (!entry_read(request, body, &entry))
		return kit_refuse(call, 400, "number-malformed",
		    "number is not E.164 (+ and 7 to 15 digits), or another member is no text");
	r = person_read(request, &entry, &person);
	if (r == DVARA_OK && entry.refusal == NULL)
		r = dvara_write(request, entry_step, &entry);
	if (entry.refusal != NULL)
		return refused(call, entry.refusal);
	if (r == DVARA_OK)
		r = proof_make(call, &entry, person, &proof);
	if (r < 0)
		return r;
	return kit_answer(call, 201,
	    json_pack(
		"{s:s, s:s, s:s}", "registration", entry.id, "state", "pending", "proof", proof));
}

static bool
entry_read(struct dvara_request *request, const json_t *body, struct entry *entry)
{
	const json_t *for_minor = json_object_get(body, "for_minor");
	const json_t *code = json_object_get(body, "transfer_code");

	entry->number = kit_member(body, "number", NUMBER_MAX);
	entry->for_minor = json_is_true(for_minor);
	entry->transfer_code = kit_member(body, "transfer_code", 64);
	if (code != NULL && entry->transfer_code == NULL)
		return false;
	if (code != NULL)
		entry->transfer_code = sim_code_typed(request, entry->transfer_code);
	return is_number(entry->number) && (for_minor == NULL || json_is_boolean(for_minor));
}

/* E.164: '+', no leading 0, 7 to 15 digits. */
static bool
is_number(const char *number)
{
	size_t n;

	if (number == NULL || number[0] != '+' || number[1] == '0')
		return false;
	n = strspn(number + 1, "0123456789");
	return n >= 7 && n <= 15 && number[1 + n] == '\0';
}

/* What the gateway releases, and what stands against a SIM for who that is.  What is not known of
 * somebody is not held for true: the counter looks at the papers. */
static int
person_read(struct dvara_request *request, struct entry *entry, json_t **ret_person)
{
	const char *asked = dvara_printf(request, ASKED "%s", entry->sim->national), *released;
	json_t *person;
	int r;

	if (asked == NULL)
		return DVARA_EINTERNAL;
	r = dvara_attributes(request, asked, &released);
	if (r < 0)
		return r;
	person = json_loads(released, JSON_REJECT_DUPLICATES, NULL);
	entry->is_foreigner = !json_is_true(json_object_get(person, entry->sim->national));
	if (json_object_get(person, "full_name") == NULL ||
	    !json_is_true(json_object_get(person, "document_valid")))
		entry->refusal = "document-not-valid";
	else if (!json_is_true(json_object_get(person, "age_over_18")))
		entry->refusal = "guardian-needed";
	*ret_person = person;
	return DVARA_OK;
}

static int
entry_step(struct dvara_tx *tx, void *arg)
{
	struct entry *entry = arg;
	int r;

	r = number_check(tx, entry);
	if (r == DVARA_OK)
		r = limit_check(tx, entry);
	if (r == DVARA_OK)
		r = entry_write(tx, entry);
	return r;
}

/* Somebody else's it may be only with a code of theirs, which is looked at again as the proof is
 * redeemed. */
static int
number_check(struct dvara_tx *tx, struct entry *entry)
{
	const struct dvara_rows *rows;
	int r;

	r = dvara_run(tx,
	    "SELECT transfer.code FROM registration"
	    " LEFT JOIN transfer ON transfer.registration_id = registration.id"
	    " AND transfer.until_s > ?2 AND transfer.code = CAST(?3 AS TEXT)"
	    " AND registration.state = 'active'"
	    " WHERE registration.number = ?1 AND registration.state IN ('active', 'reported')",
	    DVARA_VALUES(dvara_text_value(entry->number), dvara_int_value(dvara_now_s()),
		dvara_text_value(entry->transfer_code)),
	    &rows);
	if (r < 0)
		return r;
	if (dvara_n_rows(rows) == 0) {
		entry->refusal = entry->transfer_code == NULL ? NULL : "transfer-unknown";
	} else if (dvara_text(rows, 0, 0) == NULL) {
		entry->refusal = entry->transfer_code == NULL ? "number-taken" : "transfer-unknown";
	} else {
		entry->takes_code = entry->transfer_code;
	}
	return entry->refusal == NULL ? DVARA_OK : DVARA_EDENIED;
}

static int
limit_check(struct dvara_tx *tx, struct entry *entry)
{
	int64_t limit = entry->is_foreigner ? entry->sim->foreigner_limit : entry->sim->limit;
	const struct dvara_rows *rows;
	int r;

	/* The number at hand is not counted: a proof made anew, or a number that moves between two
	 * operators of one person. */
	r = dvara_run(tx,
	    "SELECT COUNT(*) FROM registration WHERE subject = ?1 AND number <> ?3"
	    " AND (state = 'active' OR (state = 'pending' AND proof_until_s > ?2))",
	    DVARA_VALUES(dvara_text_value(entry->subject), dvara_int_value(dvara_now_s()),
		dvara_text_value(entry->number)),
	    &rows);
	if (r < 0)
		return r;
	if (dvara_int(rows, 0, 0) < limit)
		return DVARA_OK;
	entry->refusal = "limit-reached";
	return DVARA_EDENIED;
}

static int
entry_write(struct dvara_tx *tx, struct entry *entry)
{
	int64_t now_s = dvara_now_s();
	int r;

	r = dvara_run(tx,
	    "UPDATE registration SET state = 'ended', end_reason = 'lapsed', changed_s = ?4"
	    " WHERE state = 'pending' AND ((subject = ?1 AND number = ?2 AND operator = ?3)"
	    " OR (subject = ?1 AND proof_until_s <= ?4))",
	    DVARA_VALUES(dvara_text_value(entry->subject), dvara_text_value(entry->number),
		dvara_text_value(entry->operator_id), dvara_int_value(now_s)),
	    NULL);
	if (r < 0)
		return r;
	return dvara_run(tx,
	    "INSERT INTO registration (id, number, subject, operator, state, for_minor,"
	    " is_foreigner, since_s, changed_s, proof, proof_until_s, takes_code)"
	    " VALUES (?1, ?2, ?3, ?4, 'pending', ?5, ?6, ?7, ?7, ?8, ?9, ?10)",
	    DVARA_VALUES(dvara_text_value(entry->id), dvara_text_value(entry->number),
		dvara_text_value(entry->subject), dvara_text_value(entry->operator_id),
		dvara_int_value(entry->for_minor), dvara_int_value(entry->is_foreigner),
		dvara_int_value(now_s), dvara_text_value(entry->proof),
		dvara_int_value(now_s + PROOF_LIFE_S), dvara_text_value(entry->takes_code)),
	    NULL);
}

static int
refused(struct kit_call *call, const char *code)
{
	static const struct {
		const char *code, *detail;
		int status;
	} refusals[] = {
	    {"document-not-valid", "no valid identity document is on record", 403},
	    {"guardian-needed", "not of age: a parent or guardian registers the SIM for them", 403},
	    {"number-taken", "the number is in somebody's name already", 409},
	    {"transfer-unknown", "no such number is being given away by that code", 409},
	    {"limit-reached", "the person has as many SIMs as the law allows", 409},
	};

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if (strcmp(refusals[i].code, code) == 0)
			return kit_refuse(call, refusals[i].status, code, refusals[i].detail);
	}
	return DVARA_EINTERNAL;
}

/* For the one operator: the name, which the law has it write down, and no name of ours for the
 * person, by which operators could compare their customers. */
static int
proof_make(
    struct kit_call *call, const struct entry *entry, const json_t *person, const char **ret_proof)
{
	json_auto_t *claims = json_pack("{s:s, s:s, s:s, s:s, s:O, s:b}", "jti", entry->proof,
	    "aud", entry->operator_id, "registration", entry->id, "number", entry->number,
	    "full_name", json_object_get(person, "full_name"), "for_minor", entry->for_minor);
	char *text = claims == NULL ? NULL : json_dumps(claims, JSON_COMPACT);
	int r;

	if (text == NULL)
		return DVARA_EINTERNAL;
	r = dvara_sign(call->request, PROOF_TYP, text, PROOF_LIFE_S, ret_proof);
	free(text);
	return r;
}
