/* SPDX-License-Identifier: Apache-2.0
 *
 * What a session was begun with, where that may lose its worth while tokens of the session live: a
 * card that its authority revokes, an issuer that leaves the list of those who are trusted.  In
 * SQL, since refresh tokens are; one row for a session and a method, which the login writes before
 * it gives the session out, and the same for a grant that outlives the session.
 */
#ifndef RECORDS_EVIDENCE_H
#define RECORDS_EVIDENCE_H

#include <stddef.h>

struct task;

#define EVIDENCES_MAX 8 /* of one session */

struct evidence {
	const char *method;    /* whose it is: id of a login method */
	const char *reference; /* as that method writes it, at most 2000 bytes; never the register
				  key */
};

/* Durable; for as long as a refresh token of the session may live.  Another one of the same session
 * and method takes its place: the person proved anew who they are. */
int evidence_keep(struct task *task, const char *session_id, const struct evidence *evidence);

/* What the session was begun with holds for the grant too, under the grant's own id; nothing was
 * kept of the session: nothing is of the grant. */
int evidence_copy(struct task *task, const char *session_id, const char *grant_id);

/* Of a session or a grant, which may be NULL: *ret_n is 0 where it was begun with nothing of the
 * kind. */
int evidence_find(
    struct task *task, const char *id, const struct evidence **ret_evidences, size_t *ret_n);

#endif
