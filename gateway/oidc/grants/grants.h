/* SPDX-License-Identifier: Apache-2.0
 *
 * The grants of the token endpoint: one file each, one row each in the table of grants.c, from
 * which discovery takes grant_types_supported.
 *
 * What every grant goes through, and in which order, is oidc/token.c's; a grant says only what is
 * its own.  So a check that one grant has, all have.
 */
#ifndef OIDC_GRANTS_GRANTS_H
#define OIDC_GRANTS_GRANTS_H

#include "access/sender.h"
#include "http/server.h"
#include "records/client.h"
#include "records/grant.h"
#include "records/refresh.h"

struct task;

/* One request to the token endpoint, as far as it has come. */
struct token_call {
	const struct request *request;
	const struct client *client; /* from the authentication on */
	struct sender sender;        /* from the claim on: the key that the tokens are bound to */
	struct grant claimed;        /* from claim() on: as it was found */
	struct grant grant;          /* what the tokens are made of: claimed, cut to the request */
	const struct client *holder; /* whom the person gave the consent that it rests on; NULL: the
					client itself */
	const struct refresh *refresh; /* the refresh token shown; NULL: none */
};

/* Each may be NULL but name. */
struct grant_type {
	const char *name; /* grant_type */

	/* Whether the settings have it at all; NULL: they have. */
	bool (*is_offered)(const struct task *task);

	/* What is traded in; it must stand in the form.  NULL: nothing is. */
	const char *parameter;

	/* What else must stand in it, before anybody is asked. */
	int (*read)(struct task *task, struct token_call *call);

	/* Finds what was granted and fills call->claimed; of what serves once this is the claim,
	 * in one atomic step.  Never NULL but with alone. */
	int (*claim)(struct task *task, struct token_call *call);

	/* What this grant alone is bound to (PKCE, redirect_uri). */
	int (*bind)(struct task *task, struct token_call *call);

	/* Makes the answer, JSON; NULL: tokens_give(). */
	int (*give)(struct task *task, struct token_call *call, const char **ret_answer);

	/* Undoes claim() where a store of ours failed before anything was given for it. */
	int (*give_back)(struct task *task, const struct token_call *call);

	/* The whole endpoint for callers that name no client, where a grant takes such. */
	http_handler *alone;
};

extern const struct grant_type code_grant_type, refresh_grant_type, client_credentials_grant_type,
    exchange_grant_type, device_grant_type, ciba_grant_type, pre_authorized_grant_type;

/* NULL: not known here, or not offered. */
const struct grant_type *grants_find(const struct task *task, const char *name);

/* The names of those that are offered, NULL-ended. */
const char *const *grants_names(struct task *task);

#endif
