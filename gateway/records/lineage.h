/* SPDX-License-Identifier: Apache-2.0
 *
 * Which phone let another wallet fetch documents: one that signed the person in for it.  The end of
 * the phone is the end of those wallets too (records/lifecycle.h), since whoever found it may have
 * been the one who signed in.  In SQL, for good, as credentials are.
 */
#ifndef RECORDS_LINEAGE_H
#define RECORDS_LINEAGE_H

struct task;

struct lineage {
	const char *device; /* of credentials to come (records/credential.h): the id of a grant */
	const char *parent; /* the device whose credential made the session of that grant */
	const char *person_id;
};

/* Durable, before the grant leaves.  Fails DENIED_BY_PERSON where the parent has ended meanwhile.
 */
int lineage_keep(struct task *task, const struct lineage *lineage);

/* One that came of the device, itself or by others between, and that lineage_end() was not said of;
 * *ret_device is NULL: there is none. */
int lineage_next(
    struct task *task, const char *person_id, const char *device, const char **ret_device);

/* After all of the device has ended: it need not be ended again.  One of no lineage: nothing. */
int lineage_end(struct task *task, const char *device);

#endif
