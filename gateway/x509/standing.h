/* SPDX-License-Identifier: Apache-2.0
 *
 * How a certificate stands with the authority that issued it, as OCSP (x509/ocsp.h) or a revocation
 * list (x509/crl.h) tells it.
 */
#ifndef X509_STANDING_H
#define X509_STANDING_H

#include "core/str.h"

enum standing {
	STANDING_GOOD = 1,
	STANDING_REVOKED,
	STANDING_SUSPENDED, /* on hold: it may come back (RFC 5280 section 5.3.1) */
	STANDING_UNKNOWN,   /* the authority does not know it */
};

/* What names a certificate to its authority. */
struct certificate_name {
	struct bytes issuer_der; /* the authority's certificate */
	struct bytes serial;     /* leaf_serial() */
};

#endif
