/* SPDX-License-Identifier: Apache-2.0
 *
 * What documents of policy are made of: members, names, texts for people.  For the files that check
 * them (attribute.c, purpose_document.c, client_purpose.c).
 */
#ifndef RECORDS_POLICY_TEXT_H
#define RECORDS_POLICY_TEXT_H

#include "core/json.h"

#define POLICY_ID_LETTERS        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:"
#define POLICY_ATTRIBUTE_LETTERS POLICY_ID_LETTERS "#"
#define POLICY_NAME_MAX          64
#define POLICY_TEXT_MAX_BYTES    1000

/* The first member that is not among names (NULL-ended), or NULL. */
const char *policy_stranger(const json_t *object, const char *const *names);

/* 1 to POLICY_NAME_MAX of the letters.  NULL is legal: false. */
bool policy_is_name(const char *text, const char *letters);

/* {lang: text} in each of the five languages of the pages, and maybe others. */
bool policy_texts_are_complete(const json_t *texts);

/* Whether a member of array[i] stands in one before it as well. */
bool policy_is_repeated(const json_t *array, size_t i, const char *member);

#endif
