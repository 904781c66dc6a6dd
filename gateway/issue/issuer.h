/* SPDX-License-Identifier: Apache-2.0
 *
 * The credential issuer's identity, and what its endpoints share; of one loop, private to issue/.
 */
#ifndef ISSUE_ISSUER_H
#define ISSUE_ISSUER_H

#include "jose/sign.h"
#include "records/credential_type.h"
#include "records/grant.h"

struct task;

#define ISSUE_BATCH_MAX CREDENTIAL_TYPE_BATCH_MAX /* proofs in one request */
/* client_id of a wallet that gives none; its sector is its own, as a client's without any host. */
#define ISSUE_WALLET    "anonymous-wallet"
#define ISSUE_SECTOR    "client:" ISSUE_WALLET

struct issuer {
	struct signer *signer;
	json_t *x5c;
	/* the status list token of one list, kept until another place of it is revoked */
	char *list_jwt;
	int64_t list_number, list_n_revoked, list_until_ms;
};

/* The live grant of the bearer token, which must be one for credentials.  Fails NO_TOKEN,
 * INVALID_TOKEN, INSUFFICIENT_SCOPE. */
struct request;
int issuer_grant(struct task *task, const struct request *request, struct grant **ret_grant);

/* Which credential a request asks for (OpenID4VCI 1.0 section 8.2), of those that the grant allows
 * by authorization_details or scope.  Fails INVALID_CREDENTIAL_REQUEST,
 * UNKNOWN_CREDENTIAL_IDENTIFIER, UNKNOWN_CREDENTIAL_CONFIGURATION, INSUFFICIENT_SCOPE. */
int issuer_wanted(struct task *task, const struct grant *grant, const json_t *body,
    const struct credential_type **ret_type);

/* How many proofs a request may hold: the longest batch of any type. */
int issuer_batch(const struct task *task);

/* c_nonce: made by issue_nonce(), taken once by the credential request.  Fails INVALID_NONCE. */
int issuer_nonce_take(struct task *task, const char *nonce);

/* The proofs of a credential request (OpenID4VCI 1.0 section 8.2): verified, bound to a live nonce,
 * keys all distinct.  Fails INVALID_PROOF, INVALID_NONCE. */
struct holders {
	struct jwk *keys[ISSUE_BATCH_MAX]; /* dropped when the task ends */
	size_t n;
};
int issuer_proofs(struct task *task, const struct grant *grant, const json_t *proofs,
    struct holders *ret_holders);

/* All of it but the nonce's life, which they have in common.  Waits for nothing. */
int issuer_proofs_open(struct task *task, const struct grant *grant, const json_t *proofs,
    struct holders *ret_holders, const char **ret_nonce);

/* A notification_id that the holder of the grant's token may use for ten minutes. */
int issuer_notification_open(struct task *task, const struct grant *grant, const char **ret_id);

/* Whether the task's gateway issues at all: NOT_FOUND. */
int issuer_of(struct task *task, struct issuer **ret_issuer);

#endif
