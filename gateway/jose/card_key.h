/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys in identity cards, and the signature that Web eID has them make: cards have curves and
 * hashes that no token of ours uses.  Called by login/card.
 */
#ifndef JOSE_CARD_KEY_H
#define JOSE_CARD_KEY_H

#include "core/str.h"

struct task;

/* EC on P-256, P-384 or P-521; RSA of 2048 to 8192 bits whose e is 65537 or more, and not of the
 * library with weak primes (CVE-2017-15361).  Fails INVALID_REQUEST. */
int card_key_check(struct task *task, struct bytes spki_der);

struct card_proof {
	const char *algorithm; /* ES256 ES384 ES512, PS… and RS… likewise; of the key's own kind */
	const char *origin;    /* "https://host", without a slash at its end */
	const char *nonce;     /* as it was sent, in base64 */
	struct bytes signature; /* ECDSA: r and s side by side */
};
bool card_key_knows(const char *algorithm);

/* Web eID: the signature is over H(origin) and H(nonce) in a row, H of the algorithm. */
bool card_key_signed(struct bytes spki_der, const struct card_proof *proof);

#endif
