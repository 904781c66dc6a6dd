/* SPDX-License-Identifier: Apache-2.0
 *
 * The catalogue of attributes: what may be asked about people at all, in three kinds.  A value is
 * what a source knows (birthdate); a predicate is a fact that is made from values or that a source
 * answers (age_over_18), and they stay where they are; a match says whether what the request brings
 * is the person's (number_matches:document_number).
 *
 * Built in are OpenID Connect's claims, what the demo's register holds and the predicates that
 * sources/claim.c makes; operators add theirs by `dvara attribute apply` and `approve`.
 */
#ifndef RECORDS_ATTRIBUTE_H
#define RECORDS_ATTRIBUTE_H

#include "core/json.h"

struct task;

enum attribute_kind { ATTRIBUTE_VALUE = 1, ATTRIBUTE_PREDICATE, ATTRIBUTE_MATCH };
#define ATTRIBUTE_OF_MAX 4

struct attribute {
	const char *name;
	enum attribute_kind kind;
	const char *of[ATTRIBUTE_OF_MAX + 1]; /* values it is made from, NULL-ended */
	bool is_special;     /* of a special category: explicit consent or a law's own words */
	bool is_number;      /* names a person in registers: no choice of theirs lets it out, it is
				matched (number_matches) */
	const json_t *label; /* {lang: text}; NULL: built in: attribute_label() */
	const char *source;  /* which of the sources answers it, or NULL */
};

/* {name: document} of the registered ones, kept by the task. */
int attribute_registered(struct task *task, const json_t **ret_registered);

/* The same in two halves, the first as part of a reading (store/sql.h), the second outside of it; a
 * new reference. */
struct sql_rows;
int attribute_rows(struct task *task, struct sql_rows *ret_rows);
int attribute_registered_of(
    struct task *task, const struct sql_rows *rows, json_t **ret_registered);

/* By its name with its parameter.  registered may be NULL: the built-in ones alone.  ret_attribute
 * points into name and registered.  False: there is none of that name. */
bool attribute_find(const json_t *registered, const char *name, struct attribute *ret_attribute);

/* What a built-in predicate or match of that name is made from, NULL-ended; of anything else: none.
 */
const char *const *attribute_bases(const char *name);

/* How it is called, in the task's language: as it was registered, or else the pages' word. */
const char *attribute_label(struct task *task, const json_t *registered, const char *name);

const char *attribute_kind_name(enum attribute_kind kind); /* "value", "predicate", "match" */

/* What `dvara attribute apply` takes (conf/schema/attribute.json).  Fails INVALID_REQUEST naming
 * the member. */
int attribute_document_check(struct task *task, const json_t *document);

/* All of them, as the consent API shows them: [{name, kind, of, special, label, source}], each with
 * its label, built-in ones first; a parameter in a name as "age_over_NN", "resident_of:REGION". New
 * reference. */
int attribute_catalogue(struct task *task, json_t **ret_catalogue);

#endif
