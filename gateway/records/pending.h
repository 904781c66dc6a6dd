/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests that wait for their person somewhere else while the client asks again and again: device
 * codes (RFC 8628).  In Redis, until they expire and for ten minutes after, so that the client
 * hears why.
 *
 *   waiting ── decide ──► granted ── poll ──► spent
 *      └────── decide ──► denied
 *
 * Every arrow is one atomic step, taken once.
 */
#ifndef RECORDS_PENDING_H
#define RECORDS_PENDING_H

#include "core/json.h"
#include "core/str.h"
#include "records/grant.h"

struct task;

/* Added to the interval where the client asks too soon (RFC 8628 section 3.5). */
#define PENDING_SLOWER_S 5

struct pending {
	const char *mark; /* names the record among ours; opens nothing */
	const char *client_id;
	const json_t *request;    /* oidc/rules/authorization.h */
	const char *user_code;    /* as people read it: BCDF-GHJK */
	const char *from_address; /* of who began it, for the person to compare */
	int64_t created_s, life_s, interval_s;
};

/* Given are client_id, request, from_address, life_s, interval_s; makes the rest and the device
 * code (256 random bits).  The user code is eight of twenty consonants, which spell no word: 34
 * bits, so guesses must be counted (RFC 8628 section 5.1). */
int pending_create(struct task *task, struct pending *pending, const char **ret_device_code);

/* By what the person typed: case, spaces and hyphens do not matter.  NULL: no such code, expired,
 * decided already, of another epoch. */
int pending_by_user_code(struct task *task, const char *user_code, struct pending **ret_pending);

/* The same by its mark. */
int pending_find(struct task *task, const char *mark, struct pending **ret_pending);

/* The person's answer; grant NULL: no.  The first one counts: CONFLICT where it was decided before,
 * or has expired.  grant->id is given; makes issued_s. */
int pending_decide(struct task *task, const struct pending *pending, struct grant *grant);

/* One question of the client: the grant, claimed for this call alone.  Fails AUTHORIZATION_PENDING,
 * SLOW_DOWN (sooner than the interval, which is longer from now on), DENIED_BY_PERSON,
 * EXPIRED_TOKEN, INVALID_GRANT (unknown, spent).  Where it is another client's nothing changes, and
 * of *ret_grant client_id alone is there. */
int pending_poll(
    struct task *task, const char *device_code, const char *client_id, struct grant *ret_grant);

/* Gives a claimed grant back, where a store of ours failed before anything was given for it. */
int pending_return(struct task *task, const char *device_code, const struct grant *grant);

#endif
