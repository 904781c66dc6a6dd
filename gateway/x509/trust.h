/* SPDX-License-Identifier: Apache-2.0
 *
 * Anchors, and chains that must end at one of them (RFC 5280).  The validity of every certificate
 * is held against the wall clock of core/clock.h.
 */
#ifndef X509_TRUST_H
#define X509_TRUST_H

#include "core/str.h"

struct task;
struct trust; /* a set of anchors; immutable; any thread */

/* PEM file with one or more certificates, at most TRUST_MAX_ANCHORS.  Blocks.  Fails MISCONFIGURED
 * naming the file. */
#define TRUST_MAX_ANCHORS 256
int trust_load(struct task *task, const char *path, struct trust **ret_trust);
void trust_free(struct trust *trust);

#define CHAIN_MAX_CERTS 8

struct chain {
	struct bytes leaf_der;
	struct bytes leaf_spki_der; /* SubjectPublicKeyInfo: jose makes a key of it */
	struct bytes issuer_der;    /* who signed the leaf: what its revocation is asked by */
	const char *subject;        /* RFC 2253, UTF-8 */
	const char *anchor_id;      /* base64url(SHA-256(anchor's SubjectPublicKeyInfo)) */
};

/* certs: DER, leaf first, at most CHAIN_MAX_CERTS; an anchor may be an intermediate.  The leaf is
 * not an anchor itself, not self-signed, not a CA, and may sign (digitalSignature where key usage
 * is there).  Keys and signatures are of 112 bits or more: no SHA-1, no RSA below 2048.  Looks
 * nothing up: revocation is for ocsp and crl.  ret_chain is in the task's arena.  Fails
 * INVALID_REQUEST. */
int chain_verify(struct task *task, const struct trust *trust, const struct bytes *certs, size_t n,
    struct chain *ret_chain);

/* Whether one of the anchors itself issued the certificate, by names and by signature.  Nothing
 * else is looked at; false for what is no certificate. */
bool trust_issued(const struct trust *trust, struct bytes certificate_der);

/* The anchor of that id (struct chain), in the task's arena; false: none. */
bool trust_anchor(
    struct task *task, const struct trust *trust, const char *anchor_id, struct bytes *ret_der);

/* Whether the leaf names this issuer: its URI as it stands, or the host of an https one among the
 * DNS names (exactly: no wildcard). */
bool chain_names(struct task *task, const struct chain *chain, const char *uri);

/* The SubjectPublicKeyInfo of one certificate, whoever issued it; in the task's arena. */
bool chain_spki(struct task *task, struct bytes certificate_der, struct bytes *ret_spki_der);

/* Our own chain from a PEM file, leaf first, each signed by the next; a self-signed anchor at its
 * end is left out.  For x5c headers.  ret_certs are in the task's arena.  Blocks.  Fails
 * MISCONFIGURED. */
int chain_load(
    struct task *task, const char *path, struct bytes *ret_certs, size_t max, size_t *ret_n);

/* Subject key identifiers of the anchors, base64url: what the certificates below them have as
 * authority key identifier (DCQL trusted_authorities aki).  NULL-ended. */
const char **trust_key_ids(struct task *task, const struct trust *trust);

#endif
