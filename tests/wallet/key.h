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

/* Write PKCS#8 in PEM, mode 0600, new file; under wallet->pin with scrypt and AES-256. */
int key_write(struct wallet *wallet, const char *path, EVP_PKEY *key);

/* Read it back; a key under a PIN needs the PIN. */
int key_read(struct wallet *wallet, const char *path, EVP_PKEY **ret_key);

#endif
