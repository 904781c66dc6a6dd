/* SPDX-License-Identifier: Apache-2.0
 *
 * Refresh tokens (RFC 6749 section 6, RFC 9700 section 4.14.2): in SQL, one row for each family,
 * which is one authorization.  Nothing of it is in Redis: losing that ends none.
 *
 * A token is two random texts in a row: 128 bits that name the family and 256 that prove it.  The
 * row keeps the hashes of both, the second only of the newest token.  Whoever knows the first but
 * not the second holds a token that was rotated out, which means that it is in two hands: the
 * family ends.  A family that has ended has no row; the audit trail remembers it.
 */
#ifndef RECORDS_REFRESH_H
#define RECORDS_REFRESH_H

#include "records/grant.h"

struct sql_tx;
struct task;

struct refresh {
	const char *token;  /* as it was shown, or as refresh_new(), refresh_renew() made it */
	struct grant grant; /* what it stands for; jkt and x5t where it is bound to a key itself */
	bool is_offline;    /* outlives the session that it began in */
	bool is_current;    /* found: false where it was rotated out before */
	int64_t issued_s, until_s;
	int64_t idle_s; /* how long it may lie unused; 0: settings tokens.refresh_idle */
};

/* Makes the first token of a grant's family; until_s by settings tokens.refresh, and without
 * is_offline by the session's end at the latest.  Of a wallet that fetches credentials by settings
 * issue.renew, used or not: it comes back when one runs out.  Nothing is stored yet. */
void refresh_new(struct task *task, const struct grant *grant, struct refresh *ret_refresh);

/* The next token of a family.  Nothing is stored yet. */
const char *refresh_renew(struct task *task, const struct refresh *refresh);

/* *ret is NULL: none of ours, ended, unused for settings tokens.refresh_idle, or too old.  Claims
 * nothing. */
int refresh_find(struct task *task, const char *token, const struct refresh **ret_refresh);

/* Inside a writing step.  begin stores a family, or none where its grant was revoked meanwhile (its
 * code was used twice) or its session ended: the token is then dead from the first.  use is the
 * claim: in one statement the token shown is found to be the newest still, and next (the same, or
 * of refresh_renew()) takes its place. *ret_is_used is false where another request was first. */
int refresh_begin(struct sql_tx *tx, const struct refresh *refresh);
int refresh_use(
    struct sql_tx *tx, const struct refresh *refresh, const char *next, bool *ret_is_used);

/* What was rotated out came again: the grant is revoked (durably, in the audit trail).  Fails
 * INVALID_GRANT, where nothing worse comes first. */
int refresh_reused(struct task *task, const struct refresh *refresh);

/* Ends families for good, inside a writing step: the one of a grant, with those that were given to
 * who signed in by a credential which that grant fetched; all of a person at a client for a purpose
 * (a consent withdrawn); those of a session, or of all sessions of a person, that do not outlive
 * it; all of a person; all of a client. Their access tokens die with them (records/revocation.h).
 */
int refresh_end_grant(struct sql_tx *tx, const char *grant_id);
int refresh_end_consent(struct sql_tx *tx, const struct grant *grant); /* person, client, purpose */
int refresh_end_session(struct sql_tx *tx, const char *session_id);
int refresh_end_sessions(struct sql_tx *tx, const char *person_id);
int refresh_end_person(struct sql_tx *tx, const char *person_id);
int refresh_end_client(struct sql_tx *tx, const char *client_id);
/* Before it, commit by commit: a client may have more than all other writes can wait for. */
int refresh_end_client_early(struct task *task, const char *client_id);

#endif
