/* SPDX-License-Identifier: Apache-2.0
 *
 * The accounts of children whom a person looks after (sources/guardian.h).
 */
#ifndef ACCOUNT_CHILDREN_H
#define ACCOUNT_CHILDREN_H

#include "account/account.h"

/* Fills person_id, of and child where of names a child of the visitor's; else leaves them. */
int children_find(struct task *task, const char *of, struct account_visitor *visitor);

#endif
