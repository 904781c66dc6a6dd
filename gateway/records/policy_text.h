/* SPDX-License-Identifier: Apache-2.0
 *
 * What documents of policy are made of: members, names, texts for people.  For the files that check
 * them (attribute.c, purpose_document.c, client_purpose.c).
 */
#ifndef RECORDS_POLICY_TEXT_H
#define RECORDS_POLICY_TEXT_H

#include "core/json.h"

struct task;

#define POLICY_ID_LETTERS        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:"
#define POLICY_ATTRIBUTE_LETTERS POLICY_ID_LETTERS "#"
#define POLICY_NAME_MAX          64
#define POLICY_TEXT_MAX_BYTES    1000

/* The first member that is not among names (NULL-ended), with the one that was meant where a slip
 * of the pen is likely, to be read: "wy is not known: did you mean why?"; or NULL. */
const char *policy_stranger(struct task *task, const json_t *object, const char *const *names);

/* 1 to POLICY_NAME_MAX of the letters.  NULL is legal: false. */
bool policy_is_name(const char *text, const char *letters);

/* What keeps texts from being {lang: text} in each of the five languages of the pages, and in no
 * other: nobody would ever read that.  To be read behind the member's name: "has no fr"; NULL:
 * nothing. */
const char *policy_texts_wrong(struct task *task, const json_t *texts);

/* Likewise, where one language is enough: the others are shown that one. */
const char *policy_some_texts_wrong(struct task *task, const json_t *texts);

/* Whether a member of array[i] stands in one before it as well. */
bool policy_is_repeated(const json_t *array, size_t i, const char *member);

#endif
