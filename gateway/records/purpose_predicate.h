/* SPDX-License-Identifier: Apache-2.0
 *
 * Predicates before values: what a purpose may not ask where it asks a predicate, and how many.
 */
#ifndef RECORDS_PURPOSE_PREDICATE_H
#define RECORDS_PURPOSE_PREDICATE_H

#include "core/json.h"

struct purpose;
struct task;

/* The predicate of the purpose that is made from the value name, so that the value is not to be
 * asked ("predicate-required"), or NULL. */
const char *purpose_predicate_for(const struct purpose *purpose, const char *name);

/* What a purpose asks too much by: two thresholds of a kind (age_over_18 and age_over_21: between
 * them lies a birth date), or a value beside the predicate that is made from it.  claims: an array
 * of {name}; registered: attribute.h.  In words, or NULL: nothing. */
const char *purpose_predicate_excess(
    struct task *task, const json_t *claims, const json_t *registered);

/* Likewise, the thresholds alone. */
const char *purpose_predicate_thresholds(struct task *task, const json_t *claims);

#endif
