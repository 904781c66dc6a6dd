/* SPDX-License-Identifier: Apache-2.0
 *
 * The reasons for which a page refuses: one table, four texts each.
 */
#ifndef PAGES_REASON_H
#define PAGES_REASON_H

#include <jansson.h>
#include <stdbool.h>

struct task;

bool reason_is_known(const char *reason);

/* {title, what, shared, next} in the task's language; NULL: no such reason. */
json_t *reason_texts(const struct task *task, const char *reason);

/* The i-th reason, for tests; NULL past the end. */
const char *reason_name(size_t i);

#endif
