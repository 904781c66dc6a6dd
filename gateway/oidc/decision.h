/* SPDX-License-Identifier: Apache-2.0
 *
 * What an authorization request still lacks: a login, a consent, or nothing, and then the code is
 * given.  Of authorize.c and device.c, where a request begins, and continue.c, where it goes on.
 */
#ifndef OIDC_DECISION_H
#define OIDC_DECISION_H

#include "consent/purpose.h"
#include "http/reply.h"
#include "oidc/rules/authorization.h"
#include "records/session.h"
#include "records/transaction.h"

struct task;

struct decision {
	struct authorization authorization;
	struct asked asked; /* from decision_ask() on */
	/* who is there, as the session or the login just done says; person_id NULL: nobody yet */
	const char *person_id, *session_id, *acr;
	const char *const *amr;
	const char *device; /* as of the session */
	int64_t auth_time_s;
	const char *consent_id; /* NULL: the person must be asked */
	const char *step_up_of; /* the session's person, where only their login is too old, too low
				   or came over a QR: nobody else may take their place (case X20) */
};

/* From the request on: what it still lacks, or the answer at once.  Fails as the parts do, and
 * LOGIN_REQUIRED, CONSENT_REQUIRED where nobody may be troubled. */
int decision_proceed(struct task *task, const struct request *request, struct reply *reply,
    struct decision *decision);

/* What is asked, cut to what the client may.  Fails INVALID_REQUEST, INVALID_SCOPE, INVALID_TARGET.
 */
int decision_ask(struct task *task, struct decision *decision);

/* Takes the session where it is enough for the request: fresh, high enough, the person expected, on
 * this device where the request asks for that (login/wallet/policy.h).  session may be NULL. */
void decision_take_session(
    struct task *task, struct decision *decision, const struct session *session);
void decision_take_transaction(struct decision *decision, const struct transaction *transaction);

/* Sets consent_id where the person allowed already what is asked now.  Fails ACCESS_DENIED where
 * the person may not be represented any more. */
int decision_find_consent(struct task *task, struct decision *decision);

/* Gives the code: grant, audit row, 303; or to a client that waits (rules/detached.h) the grant.
 * Fails CONFLICT where one was given for the same request already: a page, whoever asks. */
int decision_grant(struct task *task, const struct request *request, struct reply *reply,
    const struct decision *decision);

#endif
