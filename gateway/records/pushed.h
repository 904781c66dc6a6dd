/* SPDX-License-Identifier: Apache-2.0
 *
 * Pushed authorization requests (RFC 9126): the checked parameters of a request under a handle that
 * only the client and the person's browser see.  In Redis, for settings par.life.
 *
 * A handle may be opened again until a code was given for it (a browser that reloads, a person who
 * comes back); from then on never, whatever else was begun with it.
 */
#ifndef RECORDS_PUSHED_H
#define RECORDS_PUSHED_H

#include "core/json.h"

#include <stdint.h>

struct task;

struct pushed {
	const char *client_id;
	const json_t *parameters; /* an object: names and texts */
	bool is_signed;           /* they were the claims of a signed request object */
	int64_t created_s;
	const char *mark; /* of pushed_find(): what pushed_claim() takes */
};

/* ret_handle: 256 random bits.  Fails TOO_MANY_REQUESTS where the client pushed more than settings
 * par.per_minute within a minute, INVALID_REQUEST where the parameters are too long to be kept. */
int pushed_keep(struct task *task, const struct pushed *pushed, const char **ret_handle);

/* NULL: unknown, expired, of another client, of an earlier epoch, or a code was given for it. */
int pushed_find(
    struct task *task, const char *handle, const char *client_id, struct pushed **ret_pushed);

/* Before a code is given: true for one caller only, whether or not the record has expired since. */
int pushed_claim(struct task *task, const char *mark, bool *ret_is_first);

/* Gives a claimed one back, where a store of ours failed before a code was given for it.  That it
 * cannot be is no failure. */
void pushed_return(struct task *task, const char *mark);

#endif
