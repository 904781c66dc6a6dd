/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions ended for good: by the person here or from another device, by a relying party (OpenID
 * Connect RP-Initiated Logout 1.0), by an operator, or by another person who signs in at the same
 * browser.
 *
 * SQL first, then Redis: when a call has returned 0 the end is durable, and every process refuses
 * the session and what was granted in it, but for offline_access, at once where Redis is there and
 * within a second in any case.  Clients that want to know are told by letters (records/outbox.h)
 * written in the same step; post_haste() sends them at once.
 */
#ifndef RECORDS_SIGNOUT_H
#define RECORDS_SIGNOUT_H

#include "core/json.h"
#include "core/str.h"

struct sql_tx;
struct task;

struct signout {
	const char *person_id;
	const char *session_id;
	const char *actor;     /* as in records/audit.h */
	const char *client_id; /* who asked for it; NULL: nobody but the actor */
	const char *why;       /* for the audit trail: a few words */
	const char *device;    /* for signout_device() alone */
	bool is_for_good;      /* all of a person: what was given for when they are away ends too */
};

/* One session, whether Redis still has it or not.  Ended already: 0. */
int signout_session(struct task *task, const struct signout *signout);

/* All that the person has (session_id is not looked at), and what was granted to devices and by
 * CIBA, polled or not. */
int signout_person(struct task *task, const struct signout *signout);

/* All of the person's that were begun with a credential of that device. */
int signout_device(struct task *task, const struct signout *signout);

/* Inside the step that takes the last of what a person allowed a client: the client is told that
 * they are signed out there.  Their sessions here go on. */
int signout_client_step(struct sql_tx *tx, const char *person_id, const char *client_id);

#endif
