/* SPDX-License-Identifier: Apache-2.0
 *
 * The ledger of releases on the person's pages.
 */
#ifndef ACCOUNT_LEDGER_H
#define ACCOUNT_LEDGER_H

#include "account/account.h"

/* The newest few. */
int account_ledger_add(struct task *task, const struct account_visitor *visitor, json_t *view);

/* Rows for the page to print: the newest, at most limit, without addresses. */
int account_ledger_print(
    struct task *task, const struct account_visitor *visitor, int limit, json_t *view);

#endif
