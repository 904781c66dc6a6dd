/* SPDX-License-Identifier: Apache-2.0
 *
 * Failures of one caller within a window, in Redis.
 */
#ifndef RECORDS_RATE_H
#define RECORDS_RATE_H

#include <stdint.h>

struct task;

/* Fails TOO_MANY_REQUESTS where (kind, who) has max or more already. */
int rate_check(struct task *task, const char *kind, const char *who, int64_t max);
int rate_count(struct task *task, const char *kind, const char *who, int64_t window_s);

#endif
