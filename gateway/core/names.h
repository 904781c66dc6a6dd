/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists of names (claims, services, methods of login): NULL-ended arrays in the task's arena, and
 * as the JSON arrays that records keep and answers show.  A list that is NULL is an empty one.
 */
#ifndef CORE_NAMES_H
#define CORE_NAMES_H

#include "core/json.h"
#include "core/str.h"

bool names_have(const char *const *names, const char *name);
bool names_have_all(const char *const *names, const char *const *some);
bool names_are_equal(const char *const *a, const char *const *b); /* in the same order */
size_t names_count(const char *const *names);

/* The one that was meant, where a slip of the pen made name of it; NULL: none is that near. */
const char *names_nearest(const char *const *names, const char *name);

/* Its names, not copied themselves, and room for n_more behind them. */
const char **names_copy(struct task *task, const char *const *names, size_t n_more);

/* A JSON array of texts, "[]" where there are none. */
const char *names_text(struct task *task, const char *const *names);

/* Back from it.  Fails INVALID_REQUEST: no array, or one of anything but texts. */
int names_parse(struct task *task, const char *text, const char *const **ret_names);

json_t *names_json(const char *const *names); /* new reference */
const char *const *names_of_members(
    struct task *task, const json_t *object); /* of an object, whose they stay */
const char *const *names_of_json(
    struct task *task, const json_t *array); /* texts stay the array's; others are left out */

#endif
