/* SPDX-License-Identifier: Apache-2.0
 *
 * Clients that register themselves (RFC 7591, RFC 7592): the initial access tokens that let them,
 * and the registration access tokens by which they come again.  In SQL, as hashes.
 *
 * What a client registered is its own to change until an operator applies metadata for it: from
 * then on it is the operator's (`dvara client apply`), and the token has ended.
 */
#ifndef RECORDS_REGISTRATION_H
#define RECORDS_REGISTRATION_H

#include "core/json.h"

#include <stdint.h>

struct sql_tx;
struct task;

/* Who registers.  Everything is checked and claimed in the one step that stores the client. */
struct registering {
	const char *client_id; /* NULL: a new one; else of registration_find() */
	const char *invite; /* the initial access token, spent by one; NULL: a statement is there */
	const char *token;  /* the registration access token: made by the caller, or shown */
	const json_t *statement; /* claims of its software statement, or NULL */
};

/* A new initial access token for so many registrations within settings registration.invite. */
int registration_invite(struct task *task, int64_t uses, const char *operator_name,
    const char **ret_token, int64_t *ret_until_s);

/* Before anything is done for it: whether it could be spent now.  Fails INVALID_TOKEN. */
int registration_may(struct task *task, const char *invite);

/* The client as it is stored, of its id and token; the objects are the task's.  Fails
 * INVALID_TOKEN. */
struct registration {
	json_t *metadata;
	json_t *statement;  /* or NULL */
	const char *secret; /* stored form, or NULL */
};
int registration_find(struct task *task, const char *client_id, const char *token,
    struct registration *ret_registration);

/* In the step that stores a client of this id (client_store.c).  Fails INVALID_TOKEN where the
 * invitation or the registration has ended meanwhile. */
int registration_claim(
    struct sql_tx *tx, const struct registering *registering, const char *client_id);
int registration_end(struct sql_tx *tx, const char *client_id);

#endif
