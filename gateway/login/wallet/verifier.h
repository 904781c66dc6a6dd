/* SPDX-License-Identifier: Apache-2.0
 *
 * The verifier's identity and what it keeps between logins: of one loop, private to login/wallet.
 */
#ifndef LOGIN_WALLET_VERIFIER_H
#define LOGIN_WALLET_VERIFIER_H

#include "jose/keys.h"
#include "jose/sdjwt.h"
#include "records/presentation.h"
#include "x509/trust.h"

#define CREDENTIAL_ID "pid" /* of the one credential in the DCQL query */

struct status_cache;

struct wallet {
	struct signer *signer;
	json_t *x5c;         /* base64 DER, leaf first, without the anchor */
	char *client_id;     /* "x509_hash:" + base64url(SHA-256(leaf)) */
	struct trust *trust; /* anchors of the issuers of credentials */
	json_t *authorities; /* their key identifiers, for DCQL trusted_authorities */
	struct status_cache *statuses;
};

/* Step 1 to 9 of the verification order (facts of OpenID4VP 1.0): the encrypted answer of a claimed
 * presentation is opened and its one SD-JWT verified.  Fails INVALID_REQUEST. */
int answer_open(struct task *task, const struct presentation *presentation, const char *jwe,
    json_t **ret_answer);
int answer_verify(struct task *task, const struct presentation *presentation, const json_t *answer,
    struct sdjwt *ret_sdjwt);

/* Steps 3 and 4 alone: what was decrypted, if it names the state of this request; and its one
 * presentation of the credential asked for, NULL where it has another shape. */
int answer_read(struct task *task, const struct presentation *presentation, struct bytes plain,
    json_t **ret_answer);
const char *answer_presentation(const json_t *answer);

/* Step 10: the credential's place in its Token Status List.  0 where it is valid (or bears none);
 * else a fault, and *ret_reason is "credential-revoked" or "status-unreachable". */
int status_check(struct task *task, const struct sdjwt *sdjwt, const char **ret_reason);

/* The device that holds a credential of ours (records/credential.h); NULL: it is another's. */
int status_device(struct task *task, const struct sdjwt *sdjwt, const char **ret_device);

struct status_cache *status_cache_new(void);
void status_cache_free(struct status_cache *cache);

#endif
