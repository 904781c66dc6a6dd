/* SPDX-License-Identifier: Apache-2.0
 *
 * The gateway's own signing keys: PEM files named by kid (0600), their states in SQL.
 *
 * staged: in the JWKS, not signing yet.  active: signs; one per algorithm.  retired: still in the
 * JWKS until the last token it signed has expired.  keys_load() runs at start and at reload on
 * the offload pool; each loop has its own struct keys, since a signing context belongs to one
 * thread.
 */
#ifndef JOSE_KEYS_H
#define JOSE_KEYS_H

#include "jose/jwk.h"

struct keys;
struct signer; /* one private key with its signing context; of one loop */

enum key_state { KEY_STAGED = 1, KEY_ACTIVE, KEY_RETIRED };
const char *key_state_name(enum key_state state);

struct key_record {
	const char *kid; /* RFC 7638 thumbprint of the key */
	enum alg alg;
	enum key_state state;
	int64_t since_s;    /* of this state */
	int64_t last_exp_s; /* retired: stays published until then */
};

/* Reads the files kid.pem of the records from folder, and makes and checks one signature with each.
 * Blocks: on the offload pool in a running gateway (it touches nothing but the task's arena).
 * Fails MISCONFIGURED naming the file that is missing, unreadable, readable by others, or not the
 * key of that kid and algorithm. */
int keys_load(struct task *task, const char *folder, const struct key_record *records, size_t n,
    struct keys **ret_keys);
void keys_free(struct keys *keys);

struct signer *keys_signer(const struct keys *keys, enum alg alg); /* the active one, or NULL */

/* The algorithms of access tokens, which the gateway's services take too: the cheapest first, RS256
 * (forty times as dear as ES256) where it is the only key.  Ends with ALG_NONE. */
extern const enum alg keys_access_algs[];
struct signer *keys_access_signer(const struct keys *keys); /* or NULL */

/* Any state, but not a retired one whose tokens have all expired; borrowed, or NULL. */
struct jwk *keys_find(const struct keys *keys, const char *kid);
json_t *keys_jwks(const struct keys *keys); /* what /jwks answers now; new reference */

/* Makes a key and its file (O_EXCL, 0600, synced with its folder).  ES256, ES384, RS256 (2048
 * bits), PS256, EdDSA.  Blocks.  Fails MISCONFIGURED. */
int key_create(struct task *task, const char *folder, enum alg alg, const char **ret_kid);

/* Deletes the file of a key; one that is not there is no fault.  Blocks.  Fails MISCONFIGURED. */
int key_destroy(struct task *task, const char *folder, const char *kid);

/* A key that is not in the store: the wallet verifier's, the credential issuer's.  PEM file, 0600.
 * EC makes ES256 or ES384 by its curve, RSA RS256, Ed25519 EdDSA.  Blocks.  Fails MISCONFIGURED. */
int signer_load(struct task *task, const char *path, struct signer **ret_signer);
void signer_free(struct signer *signer);
enum alg signer_alg(const struct signer *signer);
const char *signer_kid(const struct signer *signer);
struct jwk *signer_jwk(const struct signer *signer); /* borrowed */

/* Whether a certificate (DER) is of this key: a chain that is not would be sent out in vain. */
bool signer_is_certified(
    struct task *task, const struct signer *signer, struct bytes certificate_der);

/* The bare signature over input, in the task's arena: for what is not a JWS.  Fails BROKEN. */
int signer_sign(
    struct task *task, struct signer *signer, struct bytes input, struct bytes *ret_signature);

/* The same from a private JWK (EC P-256), and such a JWK made: {kty, crv, x, y, d, kid, alg:
 * "ES256", use: "sig"}.  Of clients that we are ourselves: service plugins towards the gateway.
 * Fail MISCONFIGURED, BROKEN. */
int signer_of_jwk(struct task *task, const json_t *private_jwk, struct signer **ret_signer);
int signer_jwk_make(struct task *task, json_t **ret_private_jwk);

/* An Ed25519 key of its seed (RFC 8032 section 5.1.5): the same one again for the same 32 bytes.
 * Fails BROKEN. */
#define SIGNER_SEED_BYTES 32
int signer_of_seed(
    struct task *task, const uint8_t seed[SIGNER_SEED_BYTES], struct signer **ret_signer);
/* The public half of an Ed25519 key: 32 bytes, in the task's arena. */
int signer_public_bytes(struct task *task, const struct signer *signer, struct bytes *ret_public);

#endif
