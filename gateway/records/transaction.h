/* SPDX-License-Identifier: Apache-2.0
 *
 * One way of a person through the gateway, from /authorize to the code: a record, not a fiber.  In
 * Redis, bound to the browser that began it, each step taken once.
 */
#ifndef RECORDS_TRANSACTION_H
#define RECORDS_TRANSACTION_H

#include "core/names.h"
#include "core/str.h"

struct task;

enum step { STEP_LOGIN = 1, STEP_LOGGED_IN, STEP_CONSENT, STEP_DECIDED, STEP_DONE };

struct transaction {
	const char *id; /* 256 random bits */
	enum step step;
	const char *browser;   /* hash of the browser's cookie (access/browser.h) */
	const json_t *request; /* the checked authorization request (oidc/rules/authorization.h), a
				  JSON object */
	const char *client_id;
	const char *onward; /* path of a page of ours that asked for the login: then client_id, if
			       it is there, is whose rules of logins count, and there is no more of
			       a request than scope; NULL: a client did */
	const char *ui_locales;
	/* from STEP_LOGGED_IN on */
	const char *person_id, *session_id, *acr;
	const char *const *amr;
	const char *device; /* as of the session */
	int64_t auth_time_s;
	/* from STEP_DECIDED on */
	const char *decision;   /* "allow" or "deny" */
	const char *consent_id; /* where allowed */
	const char *refusal;    /* where the login failed for good: an OAuth error for the client */
	int64_t created_s;
};
int transaction_create(struct task *task, struct transaction *transaction);

/* Before one is begun for whoever calls: each is kept until it ends.  Fails TOO_MANY_REQUESTS where
 * the address has begun settings login.per_minute already. */
int transaction_count(struct task *task, const char *address);

/* Absent, expired, of another browser, from before the epoch: *ret is NULL. */
int transaction_find(
    struct task *task, const char *id, const char *browser, struct transaction **ret_transaction);

/* One atomic step: only if the record still stands at from; the members given in transaction for
 * the new step are written with it.  Otherwise CONFLICT. */
int transaction_step(
    struct task *task, struct transaction *transaction, enum step from, enum step to);

#endif
