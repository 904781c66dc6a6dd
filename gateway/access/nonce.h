/* SPDX-License-Identifier: Apache-2.0
 *
 * Nonces of ours in DPoP proofs (RFC 9449 sections 8 and 9).
 *
 * Kept nowhere: a nonce is its time and an HMAC of it under the epoch of Redis (store/redis.h), so
 * every process of a gateway knows it, and none outlives the marks of what was used.
 */
#ifndef ACCESS_NONCE_H
#define ACCESS_NONCE_H

struct task;

/* For how long one serves; from half of it on the answer holds the next one. */
#define NONCE_LIFE_S 300

/* nonce: of a proof, or NULL, which settings tokens.dpop_nonce may not allow.  Where another is
 * wanted, the answer will hold it (task->dpop_nonce).  Fails USE_DPOP_NONCE. */
int nonce_check(struct task *task, const char *nonce);

/* Asks for one that this proof lacks, for a reason of the caller's: fails USE_DPOP_NONCE. */
int nonce_ask(struct task *task, const char *why);

#endif
