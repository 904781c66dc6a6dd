/* SPDX-License-Identifier: Apache-2.0
 *
 * What the person allowed the same client for the same purpose before, and is not asked again: it
 * stays.  A request that names one service, or fewer scopes, asks for more beside what there is,
 * and takes nothing away.
 *
 * Of sign-ins alone.  What was allowed until a day of its own, for once, or by the consent API is
 * left to end as it was agreed.
 */
#ifndef CONSENT_EARLIER_H
#define CONSENT_EARLIER_H

#include "consent/question.h"

struct task;

/* Sets question->earlier; NULL: nothing stays beside what is asked. */
int earlier_read(struct task *task, struct question *question);

/* Adds it to the answer of the question. */
void earlier_keep(struct task *task, const struct question *question, struct consent *consent);

#endif
