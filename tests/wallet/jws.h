/* SPDX-License-Identifier: Apache-2.0
 *
 * Signed tokens in compact form (RFC 7515), ES256 only: the one algorithm HAIP 1.0 demands.
 */
#ifndef WALLET_JWS_H
#define WALLET_JWS_H

#include "wallet.h"

#include <openssl/evp.h>

struct jws {
	const char *protected_text; /* the three parts as sent */
	const char *payload_text;
	const char *signature_text;
	const json_t *header;  /* object */
	const json_t *payload; /* object */
};

/* Take a token apart; `what` names it in a reason.  Nothing is verified here. */
int jws_read(struct wallet *wallet, const char *what, const char *compact, struct jws *ret_jws);

/* Type, algorithm (ES256), no "crit", then the signature by this public key. */
int jws_verify(struct wallet *wallet, const char *what, const struct jws *jws, const char *typ,
    const json_t *jwk);

/* Sign a payload; the header gets alg ES256. */
int jws_sign(struct wallet *wallet, json_t *header, const json_t *payload, EVP_PKEY *key,
    const char **ret_compact);

#endif
