/* SPDX-License-Identifier: Apache-2.0
 *
 * The Online Certificate Status Protocol (RFC 6960, nonces RFC 8954): a question, and what its
 * answer is worth.  Fetches nothing.  The clock is core/clock.h's.  Called by login/card.
 */
#ifndef X509_OCSP_H
#define X509_OCSP_H

#include "x509/standing.h"
#include "x509/trust.h"

#define OCSP_MAX_BYTES (64u << 10) /* of an answer */

struct ocsp_question {
	struct certificate_name about;
	struct bytes der;   /* application/ocsp-request */
	struct bytes nonce; /* len 0: none was asked */
};
/* In the task's arena.  Fails BROKEN. */
int ocsp_ask(struct task *task, const struct certificate_name *about, bool has_nonce,
    struct ocsp_question *ret_question);

struct ocsp_terms {
	const struct trust *responders; /* who may answer; NULL: the authority itself, or whom it
					   issued a certificate for OCSPSigning to */
	int64_t age_s;                  /* thisUpdate is at most so old */
	int64_t skew_s; /* what clocks may differ by, for thisUpdate and nextUpdate */
};
/* The answer to that very question: successful, one statement in it, about this certificate, with
 * its nonce, fresh, signed with no SHA-1 by who may.  At most one certificate comes with it.  Fails
 * INVALID_REQUEST. */
int ocsp_read(struct task *task, const struct ocsp_question *question,
    const struct ocsp_terms *terms, struct bytes answer, enum standing *ret_standing);

#endif
