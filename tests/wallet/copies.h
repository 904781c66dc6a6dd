/* SPDX-License-Identifier: Apache-2.0
 *
 * Copies of one credential on their way from an issuer, each bound to a fresh key.  Called by
 * accept.c.
 */
#ifndef WALLET_COPIES_H
#define WALLET_COPIES_H

#include "batch.h"
#include "session.h"

struct copies {
	struct session *session;
	size_t n; /* wanted; then how many there are */
	EVP_PKEY *keys[BATCH_MAX];
	const char *credentials[BATCH_MAX]; /* credentials[i] is bound to keys[i] */
	const char *notification_id;        /* or NULL */
	const char *subject;                /* of the issuer's certificate, once checked */
};

/* Ask for them; session and n are set before. */
int copies_request(struct wallet *wallet, struct copies *copies);

/* Each is a credential as it must be, bound to its key, from an issuer that is trusted; and no two
 * of them can be told to be one person's. */
int copies_check(struct wallet *wallet, struct copies *copies);

#endif
