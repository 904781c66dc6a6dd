/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of records in Redis: kind and SHA-256 of what the outside holds (a code, a cookie, a
 * handle), so that a dump of Redis opens nothing.  For the files of this room.
 */
#ifndef RECORDS_HANDLE_H
#define RECORDS_HANDLE_H

#include <stdbool.h>

struct task;

/* "KIND:" and base64url(SHA-256(secret)). */
char *handle_key(struct task *task, const char *kind, const char *secret);

/* The epoch that now is (store/redis.h): records keep the id of theirs, and one that is found in
 * another epoch is refused. */
int handle_epoch(struct task *task, const char **ret_id);
int handle_is_now(struct task *task, const char *epoch, bool *ret_is_now);

#endif
