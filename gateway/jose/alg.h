/* SPDX-License-Identifier: Apache-2.0
 *
 * What each algorithm name means to OpenSSL (RFC 7518 section 3.1, RFC 8037).  Inside of jose only.
 */
#ifndef JOSE_ALG_H
#define JOSE_ALG_H

#include "jose/jwk.h"

#include <openssl/evp.h>

struct alg_traits {
	enum alg alg;
	const char *name;
	const char *kty;
	const char *crv;   /* NULL for RSA */
	size_t half_bytes; /* ECDSA: of r and of s */
	bool is_pss;
	const EVP_MD *(*hash)(void); /* NULL: the scheme hashes by itself */
};

const struct alg_traits *alg_traits(enum alg alg); /* never NULL; asserts on ALG_NONE */

/* Fetched once for the process. */
const EVP_MD *alg_sha256(void);
const EVP_MD *alg_sha384(void);

#endif
