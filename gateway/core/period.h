/* SPDX-License-Identifier: Apache-2.0
 *
 * Periods of time as policies and the consent API write them (ISO 8601: "P90D", "PT12H", "P1Y").
 */
#ifndef CORE_PERIOD_H
#define CORE_PERIOD_H

#include <stdbool.h>
#include <stdint.h>

struct task;

/* Above 0 and at most 100 years: years of 365 days, months of 30, weeks, days; behind a T hours,
 * minutes, seconds; whole numbers in that order.  False: it is none.  NULL is legal: false. */
bool period_parse(const char *text, int64_t *ret_s);

/* Whole days as "P90D", anything else as "PT…S". */
const char *period_text(struct task *task, int64_t s);

#endif
