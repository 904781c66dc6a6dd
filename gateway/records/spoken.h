/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers that people read to each other and type: eight letters, none a vowel, so that no number
 * is a word: BCDF-GHJK.  Of complaints (complaint.h) and of devices that wait (pending.h).
 */
#ifndef RECORDS_SPOKEN_H
#define RECORDS_SPOKEN_H

struct task;

/* Its letters alone. */
const char *spoken_new(struct task *task);

/* The letters of what somebody typed, in any case, with hyphens and blanks or without; NULL: it
 * cannot be a number. */
const char *spoken_letters(struct task *task, const char *typed);

/* As people see it. */
const char *spoken_text(struct task *task, const char *letters);

#endif
