/* SPDX-License-Identifier: Apache-2.0
 *
 * The set of revoked ids that a process keeps: open addressing, what has passed its time is dropped
 * when it grows.  One for all threads, under its own lock.
 */
#ifndef RECORDS_REVOCATION_SET_H
#define RECORDS_REVOCATION_SET_H

#include <stdbool.h>
#include <stdint.h>

#define REVOCATION_ID_BYTES 32 /* NUL included; ours have 23 */

struct revocation_set;

struct revocation_set *revocation_set_new(void);
void revocation_set_free(struct revocation_set *set);
void revocation_set_add(struct revocation_set *set, const char *id, int64_t until_s);
bool revocation_set_has(struct revocation_set *set, const char *id);

#endif
