/* SPDX-License-Identifier: Apache-2.0
 *
 * Appeals: a person says why a decision is not right; a human of the agency answers.  The agency
 * sees the decision and the person's words, not who it is.
 */
#include "welfare.h"

#include <stdlib.h>
#include <string.h>

#define DAY_S     86400
#define WORDS_MAX 6000

struct appeal {
	const struct welfare *welfare;
	const char *decision_id, *subject, *words;
	const json_t *programmes; /* of the agency */
	const char *outcome;
	int64_t due_s;
	const char *refusal;
};

static int make_step(struct dvara_tx *tx, void *arg);
static int answer_step(struct dvara_tx *tx, void *arg);
static const char *words_of(const json_t *body, const char *name);
static bool is_among(const json_t *programmes, const char *programme);
static json_t *listed(const struct dvara_rows *rows, size_t i);

/* {"words"}: once for a decision, in time. */
int
appeal_make(void *self, struct kit_call *call)
{
	static const char *const members[] = {"words", NULL};
	struct appeal appeal = {
	    .welfare = self, .decision_id = call->id, .subject = dvara_subject(call->request)};
	json_auto_t *body = NULL;
	int r;

	if (!welfare_is_citizen(self, call->request))
		return DVARA_EDENIED;
	r = kit_body(call, members, &body);
	if (r < 0 || body == NULL)
		return r;
	appeal.words = words_of(body, "words");
	if (appeal.words == NULL)
		return kit_refuse(
		    call, 400, "words-missing", "words is no text of at most 6000 bytes");
	r = dvara_write(call->request, make_step, &appeal);
	if (appeal.refusal != NULL)
		return kit_refuse(
		    call, 409, appeal.refusal, "an appeal was made already, or its time is over");
	if (r < 0)
		return r;
	return kit_answer(call, 201,
	    json_pack("{s:s, s:s, s:o}", "decision", appeal.decision_id, "state", "open", "due",
		kit_time(appeal.due_s)));
}

static int
make_step(struct dvara_tx *tx, void *arg)
{
	struct appeal *appeal = arg;
	const struct dvara_rows *rows;
	int64_t now_s = dvara_now_s();
	json_auto_t *terms = NULL;
	int r;

	r = dvara_run(tx,
	    "SELECT content, decided_s, decision_id FROM decision"
	    " JOIN programme_version ON programme_version.programme = decision.programme"
	    " AND programme_version.version = decision.version"
	    " LEFT JOIN appeal ON decision_id = decision.id"
	    " WHERE decision.id = ?1 AND subject = ?2",
	    DVARA_VALUES(dvara_text_value(appeal->decision_id), dvara_text_value(appeal->subject)),
	    &rows);
	if (r < 0)
		return r;
	if (dvara_n_rows(rows) == 0)
		return DVARA_ENOTFOUND;
	terms = json_loads(dvara_text(rows, 0, 0), 0, NULL);
	if (dvara_text(rows, 0, 2) != NULL)
		appeal->refusal = "appeal-made";
	else if (dvara_int(rows, 0, 1) +
		     json_integer_value(json_object_get(terms, "appeal_days")) * DAY_S <
		 now_s)
		appeal->refusal = "appeal-late";
	if (appeal->refusal != NULL)
		return DVARA_ECONFLICT;
	appeal->due_s = now_s + json_integer_value(json_object_get(terms, "answer_days")) * DAY_S;
	return dvara_run(tx,
	    "INSERT INTO appeal (decision_id, programme, words, made_s, due_s)"
	    " SELECT id, programme, ?2, ?3, ?4 FROM decision WHERE id = ?1",
	    DVARA_VALUES(dvara_text_value(appeal->decision_id), dvara_text_value(appeal->words),
		dvara_int_value(now_s), dvara_int_value(appeal->due_s)),
	    NULL);
}

/* {"appeals": [{decision, programme, version, outcome, rule, decided, words, made, due}]}: those
 * that wait for this agency's answer, the longest waiting first. */
int
appeal_list(void *self, struct kit_call *call)
{
	const json_t *programmes = welfare_programmes_of(self, call->request);
	const struct dvara_rows *rows;
	json_t *appeals;
	size_t n;
	json_t *programme;

	if (programmes == NULL)
		return DVARA_EDENIED;
	appeals = json_array();
	json_array_foreach(programmes, n, programme) {
		int r = dvara_read(call->request,
		    "SELECT decision.id, decision.programme, version, decision.outcome, rule,"
		    " decided_s, words, made_s, due_s FROM appeal"
		    " JOIN decision ON decision.id = decision_id"
		    " WHERE appeal.programme = ?1 AND appeal.outcome IS NULL"
		    " ORDER BY made_s, decision.id LIMIT ?2",
		    DVARA_VALUES(
			dvara_text_value(json_string_value(programme)), dvara_int_value(LIST_MAX)),
		    &rows);

		if (r < 0) {
			json_decref(appeals);
			return r;
		}
		for (size_t i = 0; i < dvara_n_rows(rows); i++)
			json_array_append_new(appeals, listed(rows, i));
	}
	return kit_answer(call, 200, json_pack("{s:o}", "appeals", appeals));
}

static json_t *
listed(const struct dvara_rows *rows, size_t i)
{
	return json_pack("{s:s, s:s, s:I, s:s, s:s, s:o, s:s, s:o, s:o}", "decision",
	    dvara_text(rows, i, 0), "programme", dvara_text(rows, i, 1), "version",
	    (json_int_t)dvara_int(rows, i, 2), "outcome", dvara_text(rows, i, 3), "rule",
	    dvara_text(rows, i, 4), "decided", kit_time(dvara_int(rows, i, 5)), "words",
	    dvara_text(rows, i, 6), "made", kit_time(dvara_int(rows, i, 7)), "due",
	    kit_time(dvara_int(rows, i, 8)));
}

/* {"outcome": "granted" | "refused", "answer"}: in words, once. */
int
appeal_answer(void *self, struct kit_call *call)
{
	static const char *const members[] = {"outcome", "answer", NULL};
	struct appeal appeal = {.welfare = self,
	    .decision_id = call->id,
	    .programmes = welfare_programmes_of(self, call->request)};
	json_auto_t *body = NULL;
	int r;

	if (appeal.programmes == NULL)
		return DVARA_EDENIED;
	r = kit_body(call, members, &body);
	if (r < 0 || body == NULL)
		return r;
	appeal.outcome = kit_member(body, "outcome", 16);
	appeal.words = words_of(body, "answer");
	if (appeal.words == NULL || appeal.outcome == NULL ||
	    !kit_has_word("granted refused", appeal.outcome))
		return kit_refuse(call, 400, "answer-malformed",
		    "outcome is not granted or refused, or answer is no text of at most 6000 "
		    "bytes");
	r = dvara_write(call->request, answer_step, &appeal);
	if (appeal.refusal != NULL)
		return kit_refuse(call, 409, appeal.refusal, "it was answered already");
	if (r < 0)
		return r;
	return kit_answer(call, 200,
	    json_pack("{s:s, s:s}", "decision", appeal.decision_id, "state", appeal.outcome));
}

static int
answer_step(struct dvara_tx *tx, void *arg)
{
	struct appeal *appeal = arg;
	const struct dvara_rows *rows;
	int r;

	r = dvara_run(tx, "SELECT programme, outcome FROM appeal WHERE decision_id = ?1",
	    DVARA_VALUES(dvara_text_value(appeal->decision_id)), &rows);
	if (r < 0)
		return r;
	if (dvara_n_rows(rows) == 0 || !is_among(appeal->programmes, dvara_text(rows, 0, 0)))
		return DVARA_ENOTFOUND;
	if (dvara_text(rows, 0, 1) != NULL) {
		appeal->refusal = "answered";
		return DVARA_ECONFLICT;
	}
	return dvara_run(tx,
	    "UPDATE appeal SET outcome = ?2, answer = ?3, answered_s = ?4 WHERE decision_id = ?1",
	    DVARA_VALUES(dvara_text_value(appeal->decision_id), dvara_text_value(appeal->outcome),
		dvara_text_value(appeal->words), dvara_int_value(dvara_now_s())),
	    NULL);
}

static bool
is_among(const json_t *programmes, const char *programme)
{
	size_t i;
	json_t *one;

	json_array_foreach(programmes, i, one) {
		if (strcmp(json_string_value(one), programme) == 0)
			return true;
	}
	return false;
}

/* Of several lines, unlike kit_member(). */
static const char *
words_of(const json_t *body, const char *name)
{
	const char *words = json_string_value(json_object_get(body, name));

	if (words == NULL || strlen(words) > WORDS_MAX || words[strspn(words, " \n")] == '\0')
		return NULL;
	for (const char *c = words; *c != '\0'; c++) {
		if (((unsigned char)*c < 0x20 && *c != '\n') || *c == 0x7f)
			return NULL;
	}
	return words;
}
