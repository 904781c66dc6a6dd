/* SPDX-License-Identifier: Apache-2.0
 *
 * Identities at other providers that are a person's here: (issuer, sub) leads to one person, in
 * SQL.  The sub itself is not kept, only its HMAC with the issuer.
 */
#ifndef RECORDS_LINK_H
#define RECORDS_LINK_H

#include "core/json.h"
#include "core/str.h"

struct task;

#define LINKS_MAX 100 /* of one person */

struct link {
	const char *id; /* of issuer and sub (link_id()); may stand on a page of the person's own */
	const char *issuer;
	const char *person_id;
	const char *upstream; /* what it was called here then */
	const char *acr;    /* level that the link itself was proved at: no login by it is higher */
	const char *how;    /* "attribute", "enrolled", or the login method that proved it */
	const char *device; /* whose credential that was (records/credential.h): the link ends with
			       it, and so does what is signed in by the link; or NULL */
	int64_t since_s;
};
const char *link_id(struct task *task, const char *issuer, const char *subject);

/* *ret_link is NULL: nobody's yet. */
int link_find(struct task *task, const char *id, const struct link **ret_link);

/* With its audit row.  Fails CONFLICT where it is linked already, to whomever, its device has ended
 * meanwhile, or the person has LINKS_MAX. */
int link_make(struct task *task, const struct link *link);

/* Objects {id, upstream, issuer, since}, newest first; new reference. */
int link_list(struct task *task, const char *person_id, json_t **ret_links);

/* With its audit row.  Fails NOT_FOUND where the person has no such link. */
int link_remove(struct task *task, const char *person_id, const char *id, const char *actor);

/* Those that the person's device proved, each with its audit row; device NULL: any device of
 * theirs.  None: 0. */
int link_remove_of_device(
    struct task *task, const char *person_id, const char *device, const char *actor);

#endif
