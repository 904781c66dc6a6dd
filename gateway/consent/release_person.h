/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether anything of a person may leave now, as the register has them.  For release*.c.
 */
#ifndef CONSENT_RELEASE_PERSON_H
#define CONSENT_RELEASE_PERSON_H

#include "core/json.h"

struct person;
struct source_entry;
struct task;

/* As part of a reading: ACCESS_DENIED where they are dead or blocked; see release_settle(). */
int release_life_check(struct task *task, const struct person *person);

/* What was found of them (NULL: nothing): alive, and whole. */
int release_entry_check(struct task *task, const struct source_entry *entry);

/* An answer without what is away would say that it is not known: SOURCE_AWAY where there is any. */
int release_away_check(struct task *task, const json_t *away);

#endif
