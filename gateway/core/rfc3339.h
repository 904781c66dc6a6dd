/* SPDX-License-Identifier: Apache-2.0
 *
 * Times as APIs write them (RFC 3339): 2026-12-21T00:00:00Z.
 */
#ifndef CORE_RFC3339_H
#define CORE_RFC3339_H

#include <stdbool.h>
#include <stdint.h>

struct task;

/* In UTC, to the second; in the task's arena. */
const char *rfc3339_text(struct task *task, int64_t at_s);

/* With any offset; parts of a second are dropped.  False: it is none.  NULL is legal: false. */
bool rfc3339_parse(const char *text, int64_t *ret_s);

#endif
