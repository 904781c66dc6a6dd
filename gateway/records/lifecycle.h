/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of what lets a person in: a phone that is lost, a person who has died or is blocked.
 *
 * Everything born of it dies with it, durably before a call returns, and at every process within a
 * second: credentials (their place in the status list), sessions, grants, refresh tokens, also
 * those for when the person is away.  Done again it is no failure, and writes nothing.
 */
#ifndef RECORDS_LIFECYCLE_H
#define RECORDS_LIFECYCLE_H

struct task;

struct ended_by {
	const char *operator_name; /* NULL: the person */
	const char *why;           /* for the audit trail: a few words */
};

/* One phone: the credentials that its wallet fetched, what was signed in with them, the accounts
 * elsewhere that were linked by such a sign-in (records/link.h) and what was signed in with those,
 * and likewise every wallet that was let fetch by one of them (records/lineage.h); the person's
 * other phones and cards, and what those linked, go on.  NOT_FOUND: the person has no such device.
 */
int lifecycle_device_lost(
    struct task *task, const char *person_id, const char *device, const struct ended_by *by);

/* All the person's phones and all sessions; *ret_n credentials are revoked. */
int lifecycle_all_lost(
    struct task *task, const char *person_id, const struct ended_by *by, int *ret_n);

/* The register says that this person is dead or blocked: for whoever hears it.  Somebody who never
 * signed in here is no failure. */
int lifecycle_person_gone(struct task *task, const char *register_key);

#endif
