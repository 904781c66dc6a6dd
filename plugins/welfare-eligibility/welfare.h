/* SPDX-License-Identifier: Apache-2.0
 *
 * welfare-eligibility: whether a person can have a benefit, and which rule says so; private to this
 * folder.
 *
 * A programme is a list of rules over predicates (conf/schema/programme.json).  A decision keeps
 * which version of the programme decided, what came out and by which rule: no predicate, no value.
 */
#ifndef WELFARE_H
#define WELFARE_H

#include "kit/kit.h"

#define LIST_MAX     50
#define RULE_MET_ALL "all" /* the rule that is named where every rule is met */

struct programme {
	const char *id;
	int64_t version, from_s;
	json_t *terms; /* as the file has them: name, rules, days */
	char *content; /* the same, in one spelling, as it is published */
};

struct welfare {
	struct dvara_host *host;
	json_t *file;
	struct programme *programmes;
	size_t n_programmes;
	json_t *agencies; /* {client_id: [programme, …]} */
	const char *citizen_clients, *appeal_page;
	int64_t checks_per_day, keep_days;
	bool is_published; /* the versions of the file are in the store */
};

/* Who calls. */
bool welfare_is_citizen(const struct welfare *welfare, const struct dvara_request *request);
/* What the agency that calls by itself answers for; NULL: it is none. */
const json_t *welfare_programmes_of(
    const struct welfare *welfare, const struct dvara_request *request);

/* rule.c: an expression is the name of a predicate, {"not": e}, {"all": [e, …]} or {"any": [e, …]}.
 */
enum truth { RULE_NO, RULE_UNKNOWN, RULE_YES };
/* What is wrong with it, or NULL. */
const char *rule_fault(const json_t *expression);
/* Adds the predicates of the expression as members of names. */
void rule_names(const json_t *expression, json_t *names);
/* What was not released is unknown: no rule holds it against anybody. */
enum truth rule_truth(const json_t *expression, const json_t *released);

/* programme.c */
int programme_read_all(struct welfare *welfare); /* at open; what is wrong is logged */
void programme_free_all(struct welfare *welfare);
/* The newest version whose day has come, or NULL. */
const struct programme *programme_in_force(const struct welfare *welfare, const char *id);
json_t *programme_predicates(const struct programme *programme); /* {name: true} */

/* catalogue.c */
/* Puts the versions of the file into the store, once.  What was published never changes: a version
 * that now says something else stops the service. */
int catalogue_publish(struct welfare *welfare, struct dvara_request *request);
kit_handler catalogue_list;    /* GET /programmes */
kit_handler catalogue_version; /* GET /programmes/{id}/versions/{n} */

/* decision.c: the person, by a portal. */
kit_handler decision_check; /* POST /programmes/{id}/check */
kit_handler decision_list;  /* GET /decisions */

/* appeal.c: the person, and the agency by itself. */
kit_handler appeal_make;   /* POST /decisions/{id}/appeal */
kit_handler appeal_list;   /* GET /appeals */
kit_handler appeal_answer; /* POST /appeals/{id}/answer */

#endif
