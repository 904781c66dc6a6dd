/* SPDX-License-Identifier: Apache-2.0
 *
 * What a request asks of a person: scopes and the claims parameter, cut to what the client's
 * purpose registers (OpenID Connect Core sections 5.4, 5.5); and the credentials that a wallet asks
 * to fetch (OpenID4VCI 1.0 section 5.1).
 */
#ifndef CONSENT_PURPOSE_H
#define CONSENT_PURPOSE_H

#include "records/client.h"
#include "records/consent.h"

struct task;

struct asked {
	const struct purpose *purpose;
	const char *const *id_token, *const *userinfo; /* claim names, each in the purpose */
	const char *const *all;                        /* union, in the purpose's order */
	const char *const *essential; /* essential by the purpose (never by the request alone) */
	const char *scope; /* what of the scope asked can be granted: without offline_access where
			      the client has no use for it */
	bool is_offline;   /* offline_access is in it (OpenID Connect Core section 11) */
	json_t *values; /* {"id_token": {name: [values]}, "userinfo": …}: what the claims parameter
			   asks a claim to be, of any; NULL: nothing */
	int64_t until_s;              /* the day that authorization_details names; 0: none */
	const char *const *resources; /* service ids: of resources, or all of the client where it
					 names none; and CREDENTIAL_RESOURCE with the id of each of
					 credentials */
	const struct ask *ask; /* by a request of the consent API (ask.h), that is answered with it;
				  NULL: by none */
	const struct client *const *services; /* of resources, those that ask the person something
						 themselves now (service_question.h) */
	const char *const *credentials; /* ids of the types that a wallet asks to fetch, by scope or
					   details */
};
/* scope: words; claims: the claims parameter's JSON or NULL.  A claim that the purpose does not
 * hold is left out (OIDC: voluntary by nature). Fails INVALID_REQUEST on a malformed claims
 * parameter, INVALID_SCOPE, INVALID_TARGET, UNAUTHORIZED_CLIENT (the purpose is suspended or over).
 */
struct asking {
	const struct client *client;
	const char *scope;
	const json_t *claims;
	const json_t *details;  /* authorization_details, checked; NULL: none.  Names the purpose */
	const char *resources;  /* words: URLs of services, the issuer; or NULL */
	const char *request_id; /* of the consent API, in place of claims and details; or NULL */
};
int purpose_asked(struct task *task, const struct asking *asking, struct asked *ret_asked);

/* What the request brings for matches: {name: [value]} of both members of asked->values, or NULL.
 */
const json_t *purpose_values(struct task *task, const struct asked *asked);

/* The end of a day of UTC, "2027-12-31". */
bool purpose_until(const char *day, int64_t *ret_until_s);

/* Whether the consent covers what is asked now, for the same version of the purpose. */
bool purpose_is_covered(const struct asked *asked, const struct consent *consent);

/* Which claims a scope stands for (profile email phone address; openid: sub). NULL: unknown scope.
 */
const char *const *purpose_scope_claims(const char *scope);

#endif
