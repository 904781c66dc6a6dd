/* SPDX-License-Identifier: Apache-2.0
 *
 * Credentials for wallets: OpenID4VCI 1.0, pre-authorized code with tx_code, nonce, jwt proofs,
 * SD-JWT VC; their Token Status List.
 */
#ifndef ISSUE_ISSUE_H
#define ISSUE_ISSUE_H

#include "http/server.h"
#include "records/credential_type.h"

/* The issuer's identity: certificate chain and key.  Of one loop.  Read at start and reload: blocks
 * on files.  Not configured: *ret_issuer is NULL, which is no failure.  Fails MISCONFIGURED. */
int issue_open(struct task *task, struct issuer **ret_issuer);
void issue_close(struct issuer *issuer);

int issue_metadata(struct task *task, const struct request *request,
    struct reply *reply); /* GET /.well-known/openid-credential-issuer */
int issue_offer_show(
    struct task *task, const struct request *request, struct reply *reply); /* GET /vci/offer/{h} */
int issue_nonce(
    struct task *task, const struct request *request, struct reply *reply); /* POST /vci/nonce */
int issue_credential(struct task *task, const struct request *request,
    struct reply *reply); /* POST /vci/credential */
int issue_notification(struct task *task, const struct request *request,
    struct reply *reply); /* POST /vci/notification */
int issue_status_list(
    struct task *task, const struct request *request, struct reply *reply); /* GET /status/{list} */

/* The grant urn:ietf:params:oauth:grant-type:pre-authorized_code, called by POST /token: answers it
 * whole. */
int issue_token(struct task *task, const struct request *request, struct reply *reply);

/* The same of a wallet that is a client (oidc/grants/pre_authorized.c): redeems the offer that the
 * request brings and fills id, person, scope or authorization_details, and issued_s of a grant;
 * ret_types are the ids of what it is for. Fails INVALID_REQUEST, INVALID_GRANT,
 * INVALID_AUTHORIZATION_DETAILS. */
struct grant;
int issue_offer_take(struct task *task, const struct request *request, struct grant *grant,
    const json_t **ret_types);

/* The types that a person can have: ids, kept by the task; none where nothing is issued. */
int issue_types_of(struct task *task, const char *person_id, json_t **ret_types);

/* An offer by value for whoever signs in: nothing of it is kept. */
const char *issue_offer_open(struct task *task, const struct credential_type *type);

/* For `dvara person offer`. */
struct issue_offer {
	const char *credential_offer_uri; /* openid-credential-offer://?credential_offer_uri=… */
	const char *tx_code;              /* NULL: the person signs in */
};
struct issue_asking {
	const char *register_key, *operator_name;
	const char *const *types; /* ids, NULL-ended; none: the one that a login asks for */
	bool by_login; /* for who can sign in already: no tx_code, the wallet asks them to */
};
/* Fails NOT_FOUND (the person, a type), CONFLICT: the register lacks what the type must hold, or
 * says that the person is dead or blocked. */
int issue_offer_make(
    struct task *task, const struct issue_asking *asking, struct issue_offer *ret_offer);

#endif
