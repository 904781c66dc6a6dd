/* SPDX-License-Identifier: Apache-2.0
 *
 * A DPoP proof (RFC 9449 section 4): who sends this request holds this key.  Taken apart and
 * verified without any store, for the gateway and for service hosts.
 */
#ifndef JOSE_DPOP_H
#define JOSE_DPOP_H

#include <stdint.h>

struct task;

/* How long a proof may be on its way: iat lies between DPOP_AGE_S ago and JWS_AHEAD_S ahead. */
#define DPOP_AGE_S 60

struct dpop_expect {
	const char *method;      /* htm */
	const char *base, *path; /* htu, as http/url.h compares it */
	const char *token;       /* ath: the access token beside it; NULL: none is shown */
};

struct dpop_proof {
	const char *jkt; /* RFC 7638 thumbprint of its key */
	const char *jti;
	const char *nonce; /* NULL: none */
	int64_t iat_s;
};

/* Section 4.3, but for the number of headers, the nonce, and whether jti was used before: these are
 * the caller's.  In the task's arena.  Fails INVALID_DPOP_PROOF naming the member at fault. */
int dpop_open(struct task *task, const char *compact, const struct dpop_expect *expect,
    struct dpop_proof *ret_proof);

#endif
