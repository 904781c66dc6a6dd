/* SPDX-License-Identifier: Apache-2.0
 *
 * Who looks after a child, as the built-in register says ("guardians" of a person's entry).
 *
 * It ends by itself at majority ([account] majority), by the birth date that the register has.  Of
 * a birth date that is not whole the first day counts that it may be, and without one nobody is a
 * child: no grown person is ever looked after here.
 */
#ifndef SOURCES_GUARDIAN_H
#define SOURCES_GUARDIAN_H

#include "core/json.h"

#include <stdbool.h>

struct task;

#define GUARDIANS_MAX  8
#define GUARDIAN_WARDS 100 /* of one page */

/* The register keys of those whom a person was named guardian of, grown up since or not: a
 * NULL-ended array of GUARDIAN_WARDS at most, in their order, behind the key after ("": from the
 * first). */
int guardian_wards(
    struct task *task, const char *guardian_key, const char *after, const char *const **ret_keys);

/* Whether one is (still) the other's guardian. */
int guardian_is(struct task *task, const char *guardian_key, const char *ward_key, bool *ret_is);

/* Replaces those of a person: an array of register keys, NULL for none.  Fails INVALID_REQUEST. */
int guardian_apply(struct task *task, const char *ward_key, const json_t *guardians);

#endif
