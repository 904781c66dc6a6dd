/* SPDX-License-Identifier: Apache-2.0
 *
 * Visits: which clients got tokens of a person by a session, as far as they want to know of its
 * end.  In SQL: losing Redis loses nobody who must be told, and clients' sessions often outlive
 * ours.
 */
#ifndef RECORDS_VISIT_H
#define RECORDS_VISIT_H

#include "core/str.h"

struct sql_tx;
struct task;

struct visit {
	const char *sid; /* what the client calls the session (oidc/rules/sid.h) */
	const char *session_id, *person_id, *client_id;
	bool is_told; /* by a letter (records/outbox.h); else by the browser alone */
};

/* Inside a writing step; there already is no failure.  Forgets on the way what is older than a
 * month.  Fails LOGIN_REQUIRED where the session has been ended. */
int visit_add(struct sql_tx *tx, const struct visit *visit);

/* *ret_visit is NULL: no client knows a session by that sid, or it has been ended. */
int visit_find(struct task *task, const char *sid, const struct visit **ret_visit);

/* Of one session, at most 1000. */
int visit_list(
    struct task *task, const char *session_id, const struct visit **ret_visits, size_t *ret_n);

/* Which ones are taken: of one session, or (session_id NULL) of all sessions of a person. */
struct visiting {
	const char *session_id, *person_id;
	const char *client_id; /* of a person's, those of one client alone; NULL: all */
	int64_t before_s;      /* of a person's, those that began before then; 0: all */
};
/* Inside a writing step: takes them out, the newest first, at most VISITS_AT_ONCE. */
#define VISITS_AT_ONCE 500
int visit_take(
    struct sql_tx *tx, const struct visiting *of, const struct visit **ret_visits, size_t *ret_n);

#endif
