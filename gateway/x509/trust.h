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

/* PEM file with one or more certificates.  Fails MISCONFIGURED naming the file. */
int trust_load(struct task *task, const char *path, struct trust **ret_trust);
void trust_free(struct trust *trust);

struct chain {
	struct bytes leaf_der;
	struct bytes leaf_spki_der; /* SubjectPublicKeyInfo: jose makes a key of it */
	const char *subject;        /* RFC 2253, UTF-8 */
	const char *anchor_id;      /* base64url(SHA-256(anchor's SubjectPublicKeyInfo)) */
};

/* certs: DER, leaf first, at most 8.  The leaf must not be an anchor itself nor self-signed, may
 * sign (digitalSignature where key usage is there).  Fails INVALID_REQUEST. */
int chain_verify(struct task *task, const struct trust *trust, const struct bytes *certs, size_t n,
    struct chain *ret_chain);

/* Our own chain from a PEM file (leaf first, anchor left out): for x5c headers.  Fails
 * MISCONFIGURED. */
int
chain_load(struct task *task, const char *path, struct bytes *ret_certs, size_t max, size_t *ret_n);

/* Authority key identifiers of the anchors, base64url (DCQL trusted_authorities aki). NULL-ended.
 */
const char **trust_key_ids(struct task *task, const struct trust *trust);

#endif
