/* SPDX-License-Identifier: Apache-2.0
 *
 * One decision, as it is kept and as it is told to the person (decision.c); private to this folder.
 */
#ifndef DECISION_H
#define DECISION_H

#include "welfare.h"

#define OUTCOME_ELIGIBLE  "eligible"
#define OUTCOME_NOT       "not_eligible"
#define OUTCOME_DOCUMENTS "needs_documents"

struct decision {
	const char *id, *subject, *outcome, *rule;
	const json_t *terms; /* of the version that decided */
	int64_t at_s;
	/* of its appeal; made_s 0: there is none */
	int64_t made_s, due_s, answered_s;
	const char *words, *appeal_outcome, *answer;
};

/* {decision, programme, version, name, outcome, rule {id, text}, decided, contact, appeal {path,
 * page, until, made, due, words, state, answer, answered}}; a new reference. */
json_t *decision_json(
    const struct welfare *welfare, struct kit_call *call, const struct decision *decision);

#endif
