/* SPDX-License-Identifier: Apache-2.0
 *
 * The ledger of releases on the person's pages.
 */
#ifndef ACCOUNT_LEDGER_H
#define ACCOUNT_LEDGER_H

#include "account/account.h"

/* The newest few. */
int account_ledger_add(struct task *task, const struct account_visitor *visitor, json_t *view);

/* A part of all. */
struct span;
int account_ledger_span(struct task *task, const struct account_visitor *visitor,
    const struct span *span, json_t *view);

#endif
