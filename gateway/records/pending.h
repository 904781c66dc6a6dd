/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests that wait for their person somewhere else while the client asks again and again: device
 * codes (RFC 8628) and those of backchannel authentication (OpenID CIBA Core 1.0).  In Redis, until
 * they expire and for ten minutes after, so that the client hears why.
 *
 * A device's is found by the code that the person brings; of CIBA the client names the person, who
 * finds it in their list.
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

enum pending_kind { PENDING_DEVICE = 1, PENDING_CIBA };

struct pending {
	enum pending_kind kind;
	const char *mark; /* names the record among ours; opens nothing */
	const char *client_id;
	const json_t *request;       /* oidc/rules/authorization.h */
	const char *user_code;       /* of a device, as people read it: BCDF-GHJK */
	const char *from_address;    /* of a device: who began it, for the person to compare */
	const char *person_id;       /* of CIBA; likewise all below */
	const char *binding_message; /* NULL: none */
	const char *notify_token;    /* the client is to be called with it when there is an answer;
					NULL: it asks by itself */
	const char *code;            /* only with notify_token: the auth_req_id */
	int64_t created_s, life_s, interval_s;
};

/* Makes mark, user_code, code and created_s, and the code for the client: device_code or
 * auth_req_id, 256 random bits.  A user code is eight of twenty consonants, which spell no word: 34
 * bits, so guesses must be counted (RFC 8628 section 5.1).  Fails TOO_MANY_REQUESTS where settings
 * ciba.waiting of this client, or five times as many of all, wait for the person already. */
int pending_create(struct task *task, struct pending *pending, const char **ret_code);

/* By what the person typed: case, spaces and hyphens do not matter.  NULL: no such code, expired,
 * decided already, of another epoch. */
int pending_by_user_code(struct task *task, const char *user_code, struct pending **ret_pending);

/* The same by its mark; and one that was decided. */
int pending_find(struct task *task, const char *mark, struct pending **ret_pending);
int pending_find_decided(struct task *task, const char *mark, struct pending **ret_pending);

/* What waits for a person, soonest to expire first: a NULL-ended array. */
int pending_list(struct task *task, const char *person_id, struct pending ***ret_list);

/* The person's answer; grant NULL: no.  The first one counts: CONFLICT where it was decided before,
 * or has expired.  grant->id is given; makes issued_s. */
int pending_decide(struct task *task, const struct pending *pending, struct grant *grant);

/* One question of the client: the grant, claimed for this call alone.  Fails AUTHORIZATION_PENDING,
 * SLOW_DOWN (sooner than the interval, which is longer from now on), DENIED_BY_PERSON,
 * EXPIRED_TOKEN, INVALID_GRANT (unknown, spent, of the other kind).  Where it is another client's
 * nothing changes, and of *ret_grant client_id alone is there. */
int pending_poll(struct task *task, enum pending_kind kind, const char *code, const char *client_id,
    struct grant *ret_grant);

/* Gives a claimed grant back, where a store of ours failed before anything was given for it. */
int pending_return(
    struct task *task, enum pending_kind kind, const char *code, const struct grant *grant);

#endif
