/* SPDX-License-Identifier: Apache-2.0
 *
 * Claims in, JWS out (RFC 7515 compact).  The narrow face behind which the key may move to a
 * process or an HSM of its own.
 */
#ifndef JOSE_SIGN_H
#define JOSE_SIGN_H

#include "jose/keys.h"

/* header: {alg, kid, typ} and, where x5c is not NULL, x5c instead of kid.  typ NULL leaves it out.
 * Fails BROKEN. */
struct sign_as {
	struct signer *signer;
	const char *typ;
	const json_t *x5c; /* array of base64 DER, leaf first, without the anchor; or NULL */
};
int jws_sign(
    struct task *task, const struct sign_as *as, const json_t *claims, const char **ret_jws);

/* The certificates of chain_load() (x509/trust.h) as an x5c member; the caller owns it. */
json_t *jws_x5c(struct task *task, const struct bytes *certs, size_t n);

#endif
