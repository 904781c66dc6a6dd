/* SPDX-License-Identifier: Apache-2.0
 *
 * Certificates that come in "x5c", and the anchors they must lead to.
 */
#ifndef WALLET_CHAIN_H
#define WALLET_CHAIN_H

#include "wallet.h"

#include <openssl/x509.h>

struct chain {
	STACK_OF(X509) * certificates; /* leaf first */
	X509 *leaf;
};

/* Read "x5c" of a JOSE header: 1 to 6 certificates, standard base64 of DER. */
int chain_read(
    struct wallet *wallet, const char *what, const json_t *header, struct chain *ret_chain);

/* The chain leads to an anchor of wallet->trust_file, now.  As HAIP 1.0 section 6 demands, the
 * leaf is not self-signed and the anchor is not sent along. */
int chain_verify(struct wallet *wallet, const char *what, const struct chain *chain);

/* Refuses an empty or unreadable trust file, before anything is asked of anybody. */
int chain_check_anchors(struct wallet *wallet);

/* The leaf's P-256 key. */
int chain_jwk(struct wallet *wallet, const char *what, const struct chain *chain, json_t **ret_jwk);

/* The leaf's subject, RFC 4514, ASCII. */
const char *chain_subject(struct wallet *wallet, const struct chain *chain);

/* base64url of the SHA-256 of the leaf: the client identifier of prefix x509_hash. */
const char *chain_hash(struct wallet *wallet, const struct chain *chain);

/* A dNSName of the leaf is exactly this name. */
bool chain_has_name(const struct chain *chain, const char *dns_name);

/* A certificate's authority key identifier is this one (base64url). */
bool chain_has_authority(struct wallet *wallet, const struct chain *chain, const char *key_id);

#endif
