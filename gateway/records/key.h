/* SPDX-License-Identifier: Apache-2.0
 *
 * The states of the signing keys, in SQL (jose/keys.h has the files).
 */
#ifndef RECORDS_KEY_H
#define RECORDS_KEY_H

#include "jose/keys.h"

struct task;

int key_list(struct task *task, struct key_record **ret_records,
    size_t *ret_n); /* those published: staged, active, retired and not past */
/* operator_name, here and below: NULL is the gateway itself. */
int key_stage(struct task *task, const char *kid, enum alg alg, const char *operator_name);
/* The same by the gateway, to follow the key active_kid; CONFLICT where that one does not sign any
 * more, or another of the algorithm is staged. */
int key_stage_after(struct task *task, const char *kid, enum alg alg, const char *active_kid);

/* The active one of its alg retires with it.  CONFLICT: it is not staged; or not yet for as long as
 * clients keep /jwks, so that some would not know its signatures, unless is_forced, or no key has
 * signed yet at all. */
int key_activate(struct task *task, const char *kid, const char *operator_name, bool is_forced);

int key_retire(struct task *task, const char *kid,
    const char *operator_name); /* CONFLICT: the only active one of its alg */

/* Deletes the retired ones whose last token had ended before before_s; a NULL-ended array of their
 * kids, each told to one caller only. */
int key_forget(struct task *task, int64_t before_s, const char ***ret_kids);

#endif
