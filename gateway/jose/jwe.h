/* SPDX-License-Identifier: Apache-2.0
 *
 * Encryption (RFC 7516 compact), on libjose.  What is opened are answers of wallets: ECDH-ES with
 * A128GCM or A256GCM, P-256; anything else (zip, crit, other alg or enc) is refused before libjose
 * sees it.  What is sealed are tokens for clients, by the algorithm they registered.
 */
#ifndef JOSE_JWE_H
#define JOSE_JWE_H

#include "core/json.h"
#include "core/str.h"
#include "jose/jwk.h"

struct task;

#define JWE_MAX_BYTES (64u << 10)

/* A fresh P-256 key pair for one request: {kty, crv, x, y, d, kid, use: "enc", alg: "ECDH-ES"}. */
int jwe_key_make(struct task *task, const char *kid, json_t **ret_private);
json_t *jwe_key_public(const json_t *private_jwk); /* new reference */

/* Fails INVALID_REQUEST. */
int jwe_kid(struct task *task, const char *compact, const char **ret_kid);
int jwe_open(
    struct task *task, const char *compact, const json_t *private_jwk, struct bytes *ret_plain);

/* For another's key: alg is one of JWE_ALGS, enc one of JWE_ENCS, the key public, of alg's type: EC
 * P-256 or P-384, RSA of 2048 bits or more. */
#define JWE_ALGS "RSA-OAEP-256 ECDH-ES ECDH-ES+A128KW ECDH-ES+A256KW"
#define JWE_ENCS "A128GCM A256GCM A128CBC-HS256"
struct jwe_to {
	const json_t *key;
	const char *alg, *enc;
	const char *cty; /* "JWT" where plain is one; NULL: not said */
};
/* Fails INVALID_REQUEST, BROKEN. */
int jwe_seal(
    struct task *task, const struct jwe_to *to, struct bytes plain, const char **ret_compact);

/* The key of a set that alg may be used with: one for encryption before one that does not say.  New
 * reference; NULL: none. */
json_t *jwe_key_of(const struct jwks *jwks, const char *alg);

#endif
