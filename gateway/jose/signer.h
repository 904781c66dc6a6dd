/* SPDX-License-Identifier: Apache-2.0
 *
 * A private key that signs.  Inside of jose only; keys.h is the outside.
 */
#ifndef JOSE_SIGNER_H
#define JOSE_SIGNER_H

#include "jose/keys.h"

#include <openssl/evp.h>

/* Takes pkey over, even on failure.  Fails MISCONFIGURED where the key is not of alg, or its halves
 * do not belong together. */
int signer_new(struct task *task, EVP_PKEY *pkey, enum alg alg, struct signer **ret_signer);

/* The encoded header of a JWS, made once per typ and x5c.  Lives as long as the signer, or the
 * task where too many are asked for. */
const char *signer_header(
    struct task *task, struct signer *signer, const char *typ, const json_t *x5c);

#endif
