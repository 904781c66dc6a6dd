/* SPDX-License-Identifier: Apache-2.0
 *
 * A decision: what came out of a programme's rules for a person, and by which rule.  The predicates
 * are looked at, told to the person in the answer, and forgotten.
 */
#include "decision.h"

#include <stdlib.h>
#include <string.h>

#define DAY_S 86400

struct check {
	const struct welfare *welfare;
	struct decision decision;
	const char *refusal;
};

static int predicates_ask(
    struct kit_call *call, const struct programme *programme, json_t **ret_released);
static json_t *rules_look(const json_t *terms, const json_t *released, struct decision *decision);
static int check_step(struct dvara_tx *tx, void *arg);
static int old_ones_leave(struct dvara_tx *tx, const struct check *check);
static const json_t *rule_of(const json_t *terms, const char *id);
static json_t *appeal_of(
    const struct welfare *welfare, struct kit_call *call, const struct decision *decision);
static json_t *listed(
    const struct welfare *welfare, struct kit_call *call, const struct dvara_rows *rows, size_t i);

int
decision_check(void *self, struct kit_call *call)
{
	struct check check = {.welfare = self};
	struct decision *decision = &check.decision;
	const struct programme *programme = programme_in_force(self, call->id);
	json_auto_t *released = NULL;
	json_t *answer, *rules;
	int r;

	if (!welfare_is_citizen(self, call->request))
		return DVARA_EDENIED;
	if (programme == NULL)
		return DVARA_ENOTFOUND;
	r = predicates_ask(call, programme, &released);
	if (r < 0)
		return r;
	decision->id = dvara_random_id(call->request);
	decision->subject = dvara_subject(call->request);
	decision->terms = programme->terms;
	decision->at_s = dvara_now_s();
	rules = rules_look(programme->terms, released, decision);
	r = decision->id == NULL ? DVARA_EINTERNAL : dvara_write(call->request, check_step, &check);
	if (r < 0) {
		json_decref(rules);
		return check.refusal == NULL
			   ? r
			   : kit_refuse(call, 429, check.refusal, "asked too often today");
	}
	answer = decision_json(self, call, decision);
	json_object_set_new(answer, "rules", rules);
	if (strcmp(decision->outcome, OUTCOME_DOCUMENTS) == 0)
		json_object_set(answer, "documents",
		    json_object_get(rule_of(decision->terms, decision->rule), "documents"));
	return kit_answer(call, 201, answer);
}

static int
predicates_ask(struct kit_call *call, const struct programme *programme, json_t **ret_released)
{
	json_auto_t *predicates = programme_predicates(programme);
	const char *names = "", *text, *name;
	json_t *is_there;
	int r;

	json_object_foreach(predicates, name, is_there) {
		names =
		    dvara_printf(call->request, "%s%s%s", names, *names == '\0' ? "" : " ", name);
		if (names == NULL)
			return DVARA_EINTERNAL;
	}
	r = dvara_attributes(call->request, names, &text);
	if (r < 0)
		return r;
	*ret_released = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	return *ret_released == NULL ? DVARA_EINTERNAL : DVARA_OK;
}

/* A rule that is not met decides, whatever is unknown beside it; else one that is unknown.  Fills
 * outcome and rule; [{id, text, met}], met null: unknown. */
static json_t *
rules_look(const json_t *terms, const json_t *released, struct decision *decision)
{
	enum truth least = RULE_YES;
	json_t *looked = json_array(), *rule;
	size_t i;

	decision->outcome = OUTCOME_ELIGIBLE;
	decision->rule = RULE_MET_ALL;
	json_array_foreach(json_object_get(terms, "rules"), i, rule) {
		enum truth truth = rule_truth(json_object_get(rule, "when"), released);
		json_t *met = truth == RULE_UNKNOWN ? json_null() : json_boolean(truth == RULE_YES);

		json_array_append_new(
		    looked, json_pack("{s:O, s:O, s:o}", "id", json_object_get(rule, "id"), "text",
				json_object_get(rule, "text"), "met", met));
		if (truth >= least)
			continue;
		least = truth;
		decision->outcome = truth == RULE_NO ? OUTCOME_NOT : OUTCOME_DOCUMENTS;
		decision->rule = json_string_value(json_object_get(rule, "id"));
	}
	return looked;
}

static int
check_step(struct dvara_tx *tx, void *arg)
{
	struct check *check = arg;
	const struct decision *decision = &check->decision;
	const struct dvara_rows *rows;
	int r;

	r = old_ones_leave(tx, check);
	if (r < 0)
		return r;
	r = dvara_run(tx, "SELECT COUNT(*) FROM decision WHERE subject = ?1 AND decided_s > ?2",
	    DVARA_VALUES(
		dvara_text_value(decision->subject), dvara_int_value(decision->at_s - DAY_S)),
	    &rows);
	if (r < 0)
		return r;
	if (dvara_int(rows, 0, 0) >= check->welfare->checks_per_day) {
		check->refusal = "too-often";
		return DVARA_EDENIED;
	}
	return dvara_run(tx,
	    "INSERT INTO decision (id, subject, programme, version, outcome, rule, decided_s)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	    DVARA_VALUES(dvara_text_value(decision->id), dvara_text_value(decision->subject),
		dvara_text_value(json_string_value(json_object_get(decision->terms, "id"))),
		dvara_int_value(json_integer_value(json_object_get(decision->terms, "version"))),
		dvara_text_value(decision->outcome), dvara_text_value(decision->rule),
		dvara_int_value(decision->at_s)),
	    NULL);
}

/* With their appeals, but for those that wait for an answer. */
static int
old_ones_leave(struct dvara_tx *tx, const struct check *check)
{
	int64_t until_s = check->decision.at_s - check->welfare->keep_days * DAY_S;
	int r;

	r = dvara_run(tx,
	    "DELETE FROM decision WHERE decided_s < ?1 AND id NOT IN"
	    " (SELECT decision_id FROM appeal WHERE outcome IS NULL)",
	    DVARA_VALUES(dvara_int_value(until_s)), NULL);
	if (r < 0)
		return r;
	return dvara_run(tx,
	    "DELETE FROM appeal WHERE made_s < ?1 AND decision_id NOT IN"
	    " (SELECT id FROM decision)",
	    DVARA_VALUES(dvara_int_value(until_s)), NULL);
}

json_t *
decision_json(const struct welfare *welfare, struct kit_call *call, const struct decision *decision)
{
	const json_t *terms = decision->terms;
	json_t *rule = json_object_get(rule_of(terms, decision->rule), "text");

	if (rule == NULL)
		rule = json_object_get(terms, "eligible");
	return json_pack("{s:s, s:O?, s:O?, s:O?, s:s, s:{s:s, s:O?}, s:o, s:O?, s:o}", "decision",
	    decision->id, "programme", json_object_get(terms, "id"), "version",
	    json_object_get(terms, "version"), "name", json_object_get(terms, "name"), "outcome",
	    decision->outcome, "rule", "id", decision->rule, "text", rule, "decided",
	    kit_time(decision->at_s), "contact", json_object_get(terms, "contact"), "appeal",
	    appeal_of(welfare, call, decision));
}

/* Where to, and until when; or the one that was made. */
static json_t *
appeal_of(const struct welfare *welfare, struct kit_call *call, const struct decision *decision)
{
	int64_t days = json_integer_value(json_object_get(decision->terms, "appeal_days"));
	json_t *appeal = json_pack("{s:s, s:o}", "path",
	    dvara_printf(call->request, "/decisions/%s/appeal", decision->id), "until",
	    kit_time(decision->at_s + days * DAY_S));

	if (*welfare->appeal_page != '\0')
		json_object_set_new(
		    appeal, "page", json_sprintf("%s%s", welfare->appeal_page, decision->id));
	if (decision->made_s == 0)
		return appeal;
	json_object_set_new(appeal, "made", kit_time(decision->made_s));
	json_object_set_new(appeal, "due", kit_time(decision->due_s));
	json_object_set_new(appeal, "words", json_string(decision->words));
	json_object_set_new(appeal, "state",
	    json_string(decision->appeal_outcome == NULL ? "open" : decision->appeal_outcome));
	if (decision->answer != NULL) {
		json_object_set_new(appeal, "answer", json_string(decision->answer));
		json_object_set_new(appeal, "answered", kit_time(decision->answered_s));
	}
	return appeal;
}

static const json_t *
rule_of(const json_t *terms, const char *id)
{
	size_t i;
	json_t *rule;

	json_array_foreach(json_object_get(terms, "rules"), i, rule) {
		if (strcmp(json_string_value(json_object_get(rule, "id")), id) == 0)
			return rule;
	}
	return NULL;
}

/* {"decisions": […]}, the newest first. */
int
decision_list(void *self, struct kit_call *call)
{
	const struct dvara_rows *rows;
	json_t *decisions;
	int r;

	if (!welfare_is_citizen(self, call->request))
		return DVARA_EDENIED;
	r = dvara_read(call->request,
	    "SELECT decision.id, content, decision.outcome, rule, decided_s, made_s, due_s, words,"
	    " appeal.outcome, answer, answered_s FROM decision"
	    " JOIN programme_version ON programme_version.programme = decision.programme"
	    " AND programme_version.version = decision.version"
	    " LEFT JOIN appeal ON decision_id = decision.id"
	    " WHERE subject = ?1 ORDER BY decided_s DESC, decision.id LIMIT ?2",
	    DVARA_VALUES(dvara_text_value(dvara_subject(call->request)), dvara_int_value(LIST_MAX)),
	    &rows);
	if (r < 0)
		return r;
	decisions = json_array();
	for (size_t i = 0; i < dvara_n_rows(rows); i++)
		json_array_append_new(decisions, listed(self, call, rows, i));
	return kit_answer(call, 200, json_pack("{s:o}", "decisions", decisions));
}

static json_t *
listed(
    const struct welfare *welfare, struct kit_call *call, const struct dvara_rows *rows, size_t i)
{
	json_auto_t *terms = json_loads(dvara_text(rows, i, 1), 0, NULL);
	struct decision decision = {.id = dvara_text(rows, i, 0),
	    .terms = terms,
	    .outcome = dvara_text(rows, i, 2),
	    .rule = dvara_text(rows, i, 3),
	    .at_s = dvara_int(rows, i, 4),
	    .made_s = dvara_int(rows, i, 5),
	    .due_s = dvara_int(rows, i, 6),
	    .words = dvara_text(rows, i, 7),
	    .appeal_outcome = dvara_text(rows, i, 8),
	    .answer = dvara_text(rows, i, 9),
	    .answered_s = dvara_int(rows, i, 10)};

	return decision_json(welfare, call, &decision);
}
