/* SPDX-License-Identifier: Apache-2.0
 *
 * Days of the Gregorian calendar, for ages.  For the files of this room.
 */
#ifndef SOURCES_DATE_H
#define SOURCES_DATE_H

#include <stdbool.h>
#include <stdint.h>

struct date {
	int year, month, day;
};

/* The day in UTC. */
struct date date_of(int64_t now_s);

/* A birthdate as OpenID Connect Core section 5.1 writes it: YYYY-MM-DD, or YYYY; also YYYY-MM. What
 * is not said is taken to be the last day it may be.  False: no such day, or no year (0000-MM-DD).
 * NULL is legal: false. */
bool date_parse_birth(const char *text, struct date *ret_date);

/* The same, and what is not said is taken to be the first day it may be. */
bool date_parse_birth_first(const char *text, struct date *ret_date);

/* YYYY-MM-DD and nothing else. */
bool date_parse_day(const char *text, struct date *ret_date);

/* Below, equal to or above 0.  29 February lies after 28 February also in a year that has none: who
 * was born on it is a year older on 1 March. */
int date_compare(const struct date *a, const struct date *b);

#endif
