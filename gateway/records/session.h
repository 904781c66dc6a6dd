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
	const char *acr;
	const char *const *amr; /* NULL-ended */
	int64_t auth_time_s;    /* when the person last proved who they are */
	int64_t created_s;      /* absolute limit counts from here */
};
/* Makes cookie, id, times; a new login always gets a new one, the old is dropped (session
 * fixation). */
int session_create(struct task *task, struct session *session, const char *old_cookie);

/* The session of a cookie (NULL: none), its idle time begun anew unless is_look.  Absent, idle too
 * long, too old, its person's sessions ended: *ret is NULL. */
int session_find(struct task *task, const char *cookie, const struct session **ret_session);
int session_look(struct task *task, const char *cookie, const struct session **ret_session);
int session_end(struct task *task, const char *cookie);

/* Of one person: all of them ended at once (lost phone, blocked, died); the live ones as objects
 * {id, created, auth_time, acr, amr}, newest first (new reference); one of them ended by its id
 * (NOT_FOUND). */
int session_end_person(struct task *task, const char *person_id);
int session_list(struct task *task, const char *person_id, json_t **ret_sessions);
int session_end_by_id(struct task *task, const char *person_id, const char *id);

#endif
