/* SPDX-License-Identifier: Apache-2.0
 *
 * The credential issuer's identity and its one credential configuration; of one loop, private to
 * issue/.
 */
#ifndef ISSUE_ISSUER_H
#define ISSUE_ISSUER_H

#include "jose/sign.h"
#include "records/grant.h"

struct task;

#define ISSUE_CONFIGURATION "pid"    /* credential_configuration_id, and its scope */
#define ISSUE_BATCH         8        /* proofs in one request */
#define ISSUE_WALLET        "wallet" /* client_id of an anonymous wallet, and its sector */

struct issuer {
	struct signer *signer;
	json_t *x5c;
	/* the status list token of one list, kept for a moment */
	char *list_jwt;
	int64_t list_number, list_until_ms;
};

/* The names of the claims that a credential holds beside personal_number; a new reference. */
json_t *issuer_claim_names(void);

/* The live grant of the bearer token, which must be one for credentials.  Fails NO_TOKEN,
 * INVALID_TOKEN, INSUFFICIENT_SCOPE. */
struct request;
int issuer_grant(struct task *task, const struct request *request, struct grant **ret_grant);

/* c_nonce: made by issue_nonce(), taken once by the credential request.  Fails INVALID_NONCE. */
int issuer_nonce_take(struct task *task, const char *nonce);

/* The proofs of a credential request (OpenID4VCI 1.0 section 8.2): verified, bound to a live nonce,
 * keys all distinct.  Fails INVALID_PROOF, INVALID_NONCE. */
struct holders {
	struct jwk *keys[ISSUE_BATCH]; /* dropped when the task ends */
	size_t n;
};
int issuer_proofs(struct task *task, const json_t *proofs, struct holders *ret_holders);

/* A notification_id that the holder of the grant's token may use for ten minutes. */
int issuer_notification_open(struct task *task, const struct grant *grant, const char **ret_id);

/* Whether the task's gateway issues at all: NOT_FOUND. */
int issuer_of(struct task *task, struct issuer **ret_issuer);

#endif
