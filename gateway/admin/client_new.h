/* SPDX-License-Identifier: Apache-2.0
 *
 * What of `dvara client new` an operator has left as it was printed.  Called by `dvara client
 * apply`.
 */
#ifndef ADMIN_CLIENT_NEW_H
#define ADMIN_CLIENT_NEW_H

#include "core/json.h"

struct task;

/* A line for the operator; NULL: all is filled in. */
const char *client_new_left(struct task *task, const json_t *metadata);

#endif
