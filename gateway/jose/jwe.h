/* SPDX-License-Identifier: Apache-2.0
 *
 * Encrypted answers (RFC 7516 compact), on libjose: ECDH-ES with A128GCM or A256GCM, P-256.
 * Anything else (zip, crit, other alg or enc) is refused before libjose sees it.
 */
#ifndef JOSE_JWE_H
#define JOSE_JWE_H

#include "core/json.h"
#include "core/str.h"

struct task;

#define JWE_MAX_BYTES (64u << 10)

/* A fresh P-256 key pair for one request: {kty, crv, x, y, d, kid, use: "enc", alg: "ECDH-ES"}. */
int jwe_key_make(struct task *task, const char *kid, json_t **ret_private);
json_t *jwe_key_public(const json_t *private_jwk); /* new reference */

/* Fails INVALID_REQUEST. */
int jwe_kid(struct task *task, const char *compact, const char **ret_kid);
int jwe_open(
    struct task *task, const char *compact, const json_t *private_jwk, struct bytes *ret_plain);
/* enc: "A128GCM" or "A256GCM". */
int jwe_seal(struct task *task, const json_t *public_jwk, const char *enc, struct bytes plain,
    const char **ret_compact);

#endif
