/* SPDX-License-Identifier: Apache-2.0
 *
 * Dates for people, from numbers and from texts of the register.
 */
#ifndef PAGES_DATE_H
#define PAGES_DATE_H

struct task;

/* Year 0: day and month only.  No such day: "". */
const char *date_of_day(struct task *task, int year, int month, int day);

/* OpenID Connect Core section 5.1 birthdate: 1961-05-04, 0000-05-04 (no year), 1961; what is none
 * of these is returned as it is. */
const char *date_of_text(struct task *task, const char *text);

#endif
