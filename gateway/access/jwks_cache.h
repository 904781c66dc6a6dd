/* SPDX-License-Identifier: Apache-2.0
 *
 * What jwks_uri of clients and other providers held when they were last read, and when each may be
 * read again.  One for the process; any thread.  For jwks_uri.c.
 *
 * A set is fresh for 5 minutes (a key taken out ends within that), then read again.  A kid that is
 * not in a fresh set is worth one more look each minute, whoever asks: a caller with invented kids
 * must not make us hammer a host.  After a failure there is peace for 10 seconds, and the old set
 * is believed for up to an hour more.  At most 1024 addresses.
 */
#ifndef ACCESS_JWKS_CACHE_H
#define ACCESS_JWKS_CACHE_H

#include "jose/jwk.h"

struct task;

enum jwks_turn {
	JWKS_USE = 1, /* *ret_jwks, the task's */
	JWKS_FETCH,   /* the caller does, and then says put or failed */
	JWKS_WAIT,    /* somebody else does */
	JWKS_FAILED,  /* a moment ago; *ret_code is what it was */
};
struct jwks_answer {
	const struct jwks *jwks;
	int code;
};

/* kid: of the token to be verified; NULL where it names none. */
enum jwks_turn jwks_cache_ask(
    struct task *task, const char *uri, const char *kid, struct jwks_answer *ret_answer);
void jwks_cache_put(const char *uri, const struct jwks *jwks); /* keys are held anew */

/* The set of before, where it may still be believed: true, and it is the task's. */
bool jwks_cache_failed(
    struct task *task, const char *uri, int code, struct jwks_answer *ret_answer);

#endif
