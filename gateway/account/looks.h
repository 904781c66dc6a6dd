/* SPDX-License-Identifier: Apache-2.0
 *
 * What operators and guardians saw and did, in words for the person.
 */
#ifndef ACCOUNT_LOOKS_H
#define ACCOUNT_LOOKS_H

#include "account/account.h"

/* A part of all. */
struct span;
int account_looks_span(struct task *task, const struct account_visitor *visitor,
    const struct span *span, json_t *view);

/* One row of the trail (records/audit.h) in words: "An operator …". */
const char *account_look_text(struct task *task, const json_t *event);

#endif
