/* SPDX-License-Identifier: Apache-2.0
 *
 * Encryption of an answer to a verifier: ECDH-ES on P-256 with AES-GCM (HAIP 1.0 section 5).
 */
#ifndef WALLET_JWE_H
#define WALLET_JWE_H

#include "wallet.h"

/* Encrypt the JSON to the verifier's public key; compact form. */
int jwe_encrypt(struct wallet *wallet, const json_t *payload, const json_t *jwk, const char *enc,
    const char **ret_compact);

#endif
