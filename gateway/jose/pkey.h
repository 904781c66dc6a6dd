/* SPDX-License-Identifier: Apache-2.0
 *
 * OpenSSL keys: from and to the members of a JWK, from certificates, from files.  Inside of jose
 * only.
 */
#ifndef JOSE_PKEY_H
#define JOSE_PKEY_H

#include "core/json.h"
#include "core/str.h"
#include "jose/jwk.h"

#include <openssl/evp.h>

struct task;

static inline void
pkey_drop_p(EVP_PKEY **pkey)
{
	EVP_PKEY_free(*pkey);
}
#define auto_pkey __attribute__((cleanup(pkey_drop_p))) EVP_PKEY

/* From kty, crv, x, y, n, e, which must each be canonical, of the exact size, and a real point or
 * a modulus in our bounds.  Fails INVALID_REQUEST; the caller owns *ret_pkey. */
int pkey_of_json(struct task *task, const json_t *jwk, EVP_PKEY **ret_pkey);

/* Whether a modulus comes from the library whose primes can be found (CVE-2017-15361, "ROCA"): it
 * was in the chips of several countries' identity cards. */
bool pkey_is_roca(struct bytes modulus);

/* kty and the public members; NULL for a kind of key that is not ours.  New reference. */
json_t *pkey_json(struct task *task, const EVP_PKEY *pkey);

/* A private key in PEM that only we may read.  Blocks.  Fails MISCONFIGURED naming the path. */
int pkey_read(struct task *task, const char *path, EVP_PKEY **ret_pkey);

/* Writes folder/kid.pem, which must not be there, and syncs both.  Blocks.  Fails MISCONFIGURED. */
int pkey_write(struct task *task, const char *folder, const char *kid, const EVP_PKEY *pkey);

/* A fresh private key for alg.  Fails BROKEN. */
int pkey_make(struct task *task, enum alg alg, EVP_PKEY **ret_pkey);

#endif
