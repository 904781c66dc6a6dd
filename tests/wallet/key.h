/* SPDX-License-Identifier: Apache-2.0
 *
 * The holder's keys: P-256, in PEM files, as JWK for libjose.
 */
#ifndef WALLET_KEY_H
#define WALLET_KEY_H

#include "wallet.h"

#include <openssl/evp.h>

/* A fresh private key, owned by the run. */
EVP_PKEY *key_new(struct wallet *wallet);

json_t *key_private_jwk(struct wallet *wallet, EVP_PKEY *key);
json_t *key_public_jwk(struct wallet *wallet, EVP_PKEY *key);

/* RFC 7638; NULL for what is not a P-256 key. */
const char *key_thumbprint(struct wallet *wallet, const json_t *jwk);

/* PKCS#8 in PEM; under wallet->pin with scrypt and AES-256, when there is a PIN. */
int key_to_text(struct wallet *wallet, EVP_PKEY *key, const char **ret_pem);

/* Read it back; a key under a PIN needs the PIN. */
int key_from_text(struct wallet *wallet, const char *pem, EVP_PKEY **ret_key);

#endif
