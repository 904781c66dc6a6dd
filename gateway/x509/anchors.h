/* SPDX-License-Identifier: Apache-2.0
 *
 * A set of anchors from within.  Inside of x509 only.
 */
#ifndef X509_ANCHORS_H
#define X509_ANCHORS_H

#include "x509/certificate.h"
#include "x509/trust.h"

struct trust {
	X509_STORE *store; /* locks by itself */
	STACK_OF(X509) * anchors;
};

bool trust_has(const struct trust *trust, const X509 *certificate);

#endif
