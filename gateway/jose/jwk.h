/* SPDX-License-Identifier: Apache-2.0
 *
 * Public keys: parsed once from a JWK (RFC 7517), a certificate or a PEM file, then used often.
 *
 * Accepted are EC P-256 (ES256), P-384 (ES384), RSA of 2048 to 8192 bits with e = 65537 (RS256,
 * PS256), Ed25519 (EdDSA). Anything private, symmetric, weak or malformed is refused.
 */
#ifndef JOSE_JWK_H
#define JOSE_JWK_H

#include "core/json.h"
#include "core/str.h"

struct task;

enum alg { ALG_NONE = 0, ALG_ES256, ALG_ES384, ALG_RS256, ALG_PS256, ALG_EDDSA };
const char *alg_name(enum alg alg); /* "ES256", … */
enum alg alg_of(const char *name);  /* ALG_NONE where it is not one of ours */

struct jwk; /* one public key, immutable, counted; any thread */

/* From a JWK: fails INVALID_REQUEST (recast it).  ret_jwk is held once by the caller. */
int jwk_parse(struct task *task, const json_t *json, struct jwk **ret_jwk);

/* Whether it has any member of a private or a symmetric key. */
bool jwk_is_secret(const json_t *json);

/* From a SubjectPublicKeyInfo (struct chain of x509/trust.h).  Fails INVALID_REQUEST. */
int jwk_parse_spki(struct task *task, struct bytes spki_der, struct jwk **ret_jwk);

struct jwk *jwk_hold(struct jwk *jwk);
void jwk_drop(struct jwk *jwk); /* NULL is legal */
void jwk_drop_p(struct jwk **jwk);
#define auto_jwk __attribute__((cleanup(jwk_drop_p))) struct jwk

const char *jwk_kid(const struct jwk *jwk); /* NULL where it has none */
const char *jwk_x5t(
    const struct jwk *jwk); /* x5t#S256 of the certificate in x5c, as it stands; NULL: none */
bool jwk_allows(
    const struct jwk *jwk, enum alg alg); /* type, curve, and its own alg and use members */
json_t *jwk_json(const struct jwk *jwk);  /* public members only; the caller owns it */

/* The bare signature over input, as JWS has it (RFC 7518: ECDSA is r and s, 64 or 96 bytes).  False
 * where the key does not allow alg. */
bool jwk_verifies(const struct jwk *jwk, enum alg alg, struct bytes input, struct bytes signature);

/* RFC 7638, SHA-256, base64url. */
char *jwk_thumbprint(struct task *task, const struct jwk *jwk);

/* A JWK Set (RFC 7517 section 5): at most 32 keys; kids are unique.  Keys that are of no use to us
 * (another curve, a short modulus) are left out and counted: registration refuses what a fetched
 * set may hold.  A private or symmetric key refuses the whole set. */
#define JWKS_MAX_KEYS 32
struct jwks {
	struct jwk **keys;
	size_t n_keys;
	size_t n_left_out;
};
/* Fails INVALID_REQUEST.  In the task's arena, the keys held until jwks_close(). */
int jwks_parse(struct task *task, const json_t *json, struct jwks *ret_jwks);
void jwks_close(struct jwks *jwks);

/* The key of that kid, or, where the token names none, the only key that allows alg; else NULL. */
struct jwk *jwks_find(const struct jwks *jwks, const char *kid, enum alg alg);

#endif
