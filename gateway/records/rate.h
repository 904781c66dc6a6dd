/* SPDX-License-Identifier: Apache-2.0
 *
 * What one caller may do only so often within a window (wrong secrets, looks), in Redis.
 */
#ifndef RECORDS_RATE_H
#define RECORDS_RATE_H

#include <stddef.h>
#include <stdint.h>

struct task;

/* What (kind, who) may do so often within a window, which begins with the first. */
struct rate {
	const char *kind, *who;
	int64_t max, window_s;
};
/* Fails TOO_MANY_REQUESTS where it was max times or more already. */
int rate_check(struct task *task, const struct rate *rate);
/* The same, and counts one, in one step: of many at a time no more than max pass. */
int rate_claim(struct task *task, const struct rate *rate);
/* All of them, in order, or none: what was claimed before one refuses is given back. */
int rate_claim_all(struct task *task, const struct rate *rates, size_t n);
/* Gives one back that was claimed and is not to count.  That it cannot be is no failure. */
void rate_return(struct task *task, const struct rate *rate);

#endif
