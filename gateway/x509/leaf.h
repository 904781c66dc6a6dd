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

#endif
