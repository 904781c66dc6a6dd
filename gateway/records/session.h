/* SPDX-License-Identifier: Apache-2.0
 *
 * A browser's single sign-on session, in Redis under the hash of its cookie.
 */
#ifndef RECORDS_SESSION_H
#define RECORDS_SESSION_H

#include "core/json.h"
#include "core/str.h"

struct task;

struct session {
	const char *cookie; /* 256 random bits: what the browser holds */
	const char *id;     /* sid: a name for it that may stand in tokens and records */
	const char *person_id;
	const char *way;    /* how they proved who they are: id of a login method */
	const char *device; /* whose credential did (records/credential.h); NULL: none of ours */
	const char *acr;
	const char *const *amr; /* NULL-ended */
	bool is_cross;          /* over a QR: somebody else may have relayed it (login/wallet) */
	int64_t auth_time_s;    /* when the person last proved who they are */
	int64_t created_s;      /* absolute limit counts from here */
};
/* Makes cookie, times, and the id where it has none; a new login always gets a new cookie (session
 * fixation), and ends the old one when nothing can fail any more.  A person who proves anew who
 * they are keeps the id: to the clients it is the same session. */
int session_create(struct task *task, struct session *session);
/* Of one person: the oldest makes room, as if Redis had lost it.  All of them are read in one task,
 * to be shown or ended. */
#define SESSIONS_MAX 1000

/* The session of a cookie (NULL: none), its idle time begun anew by session_find().  Absent, idle
 * too long, too old, ended: *ret is NULL. */
int session_find(struct task *task, const char *cookie, const struct session **ret_session);
int session_look(struct task *task, const char *cookie, const struct session **ret_session);

/* Whether it was ended (records/signout.h), of one that is no more in the browser's cookie: a
 * transaction or a grant of it.  session_id may be NULL: false.  False is as old as a second at
 * most. */
int session_is_ended(struct task *task, const char *session_id, bool *ret_is_ended);

/* Of one person: the live ones as objects {id, created, auth_time, way, [device], acr, amr}, newest
 * first, a page of SESSION_PAGE at most (new reference).  *from is where the page begins, 0 the
 * first; it becomes where the next one does, 0: there is none. */
#define SESSION_PAGE 100
int session_list(struct task *task, const char *person_id, int64_t *from, json_t **ret_sessions);

/* Whether one of the person's live sessions has that id. */
int session_is_live(
    struct task *task, const char *person_id, const char *session_id, bool *ret_is_live);

/* Redis forgets: what was never given out, or for good by records/signout.h.  Absent: 0. */
int session_end(struct task *task, const char *cookie);
int session_forget(struct task *task, const char *person_id, const char *session_id);
int session_end_person(struct task *task, const char *person_id);

#endif
