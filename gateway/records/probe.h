/* SPDX-License-Identifier: Apache-2.0
 *
 * Predicates are not to be searched with: whoever may ask age_over_18, then 40, then 29 has the
 * year of birth in six steps.  A purpose holds one threshold of a kind, and all clients of a sector
 * (records/client.h), who know a person by the same name, hear answers to few different ones of
 * them in a year.  Called by the gate (consent/release.h) and by whoever asks a person.
 */
#ifndef RECORDS_PROBE_H
#define RECORDS_PROBE_H

#include "core/names.h"

struct sql_tx;
struct task;

#define PROBES_A_YEAR 3 /* different thresholds of a kind, of one sector about one person */

/* What a claim's name asks about by a threshold: "age" (age_over_NN, age_under_NN), "income"
 * (household_income_below:N), PROBE_NUMBER (number_matches:X and name_matches:X, whose threshold is
 * what the request brings: each X counts by itself); and the threshold behind it.  NULL: not by
 * one. */
#define PROBE_NUMBER "number"
const char *probe_kind(const char *name, const char **ret_threshold);

struct probe {
	const char *sector, *person_id;
	const char *const *names; /* claims that are asked, or leave; others than predicates count
				     for nothing */
	const json_t *values;     /* {name: [value]} of what is matched, or NULL */
};

/* Whether the answers would be too many: FORBIDDEN.  Before a person is asked. */
int probe_check(struct task *task, const struct probe *probe);

/* Takes from claims ({name: value}) those of probe->names whose answer would be one too many. */
int probe_filter(struct task *task, const struct probe *probe, json_t *claims);

/* Inside the step that lets them leave, with its row of the ledger: written down, and FORBIDDEN
 * where they are too many. */
int probe_add(struct sql_tx *tx, const struct probe *probe);

#endif
