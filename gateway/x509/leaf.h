/* SPDX-License-Identifier: Apache-2.0
 *
 * One certificate by itself: whom it names, and whether it is its time (RFC 5280, RFC 8705 section
 * 2).  Who issued it is for x509/trust.h.
 */
#ifndef X509_LEAF_H
#define X509_LEAF_H

#include "core/str.h"

struct task;

enum leaf_name {
	LEAF_SUBJECT_DN = 1, /* as RFC 4514 writes it, UTF-8, byte for byte */
	LEAF_SAN_DNS,        /* without case, no wildcard */
	LEAF_SAN_URI,
	LEAF_SAN_IP, /* "192.0.2.1", "2001:db8::1" in any of its forms */
	LEAF_SAN_EMAIL,
};

/* False for what is no certificate, too. */
bool leaf_is_named(struct task *task, struct bytes der, enum leaf_name kind, const char *expected);

/* notBefore and notAfter, by the wall clock of core/clock.h; false for what is no certificate. */
bool leaf_is_valid_now(struct bytes der);

/* Whether its holder may prove who they are with it: digitalSignature stands in its key usage, and
 * clientAuth in its extended one, where it has that (RFC 5280 sections 4.2.1.3 and 4.2.1.12). */
bool leaf_may_authenticate(struct bytes der);

/* Whether its extended key usage, where it has one, is for clients of TLS, or for any use. */
bool leaf_is_for_clients(struct bytes der);

/* Whether it was issued under one of these certificate policies (dotted OIDs, NULL-ended). */
bool leaf_has_policy(struct bytes der, const char *const *oids);

/* The value of one kind of attribute of its subject, by dotted OID or OpenSSL's name
 * ("serialNumber"), as UTF-8 without control characters.  NULL: absent, there twice, or longer than
 * 256 bytes. */
const char *leaf_subject(struct task *task, struct bytes der, const char *attribute);

/* The content bytes of its serial number; len 0 for what is no certificate. */
struct bytes leaf_serial(struct task *task, struct bytes der);

/* The first http or https address of its OCSP responder, of its certificate revocation list; NULL:
 * it names none. */
const char *leaf_ocsp_url(struct task *task, struct bytes der);
const char *leaf_crl_url(struct task *task, struct bytes der);

/* Whether it is one certificate in DER and nothing behind it. */
bool leaf_is_certificate(struct bytes der);

#endif
