/* SPDX-License-Identifier: Apache-2.0
 *
 * SD-JWT (RFC 9901) with key binding, and SD-JWT VC: issue and verify.
 */
#ifndef JOSE_SDJWT_H
#define JOSE_SDJWT_H

#include "jose/sign.h"
#include "jose/verify.h"

struct trust;

#define SDJWT_MAX_DISCLOSURES 128
#define SDJWT_MAX_DEPTH       10

/* Each member of disclosable becomes a disclosure of its own at the top level (whole, objects too);
 * members of always stand in the open.  Adds _sd, _sd_alg, shuffled.  ret_sdjwt ends with '~'. */
int sdjwt_issue(struct task *task, const struct sign_as *as, const json_t *always,
    const json_t *disclosable, const char **ret_sdjwt);

/* What a verifier asks of a presentation. */
struct sdjwt_expect {
	const enum alg *issuer_algs;
	const enum alg *holder_algs;
	const struct trust *trust;      /* anchors of the issuers: the x5c chain must end at one */
	const struct jwks *issuer_keys; /* instead of trust, where issuers are known by their keys;
					   then issuer_dn and issuer_id are NULL */
	const char *vct;                /* exact */
	const char *nonce;              /* of the KB-JWT */
	const char *audience;           /* of the KB-JWT, a single string */
	int64_t holder_max_age_s;       /* of the KB-JWT's iat */
};
struct sdjwt {
	json_t *claims; /* processed payload: disclosed claims in place; owned: sdjwt_close() */
	const char *issuer_dn;  /* subject of the leaf certificate (RFC 2253 form) */
	const char *issuer_id;  /* stable name of the issuer: SHA-256 of the anchor's key and the
				   leaf's subject, base64url */
	const char *status_uri; /* NULL: none */
	int64_t status_index;
};
void sdjwt_close(struct sdjwt *sdjwt);
#define auto_sdjwt __attribute__((cleanup(sdjwt_close))) struct sdjwt

/* Steps 5 to 9 of the verification order in facts (RFC 9901 section 7; OpenID4VP 1.0 appendix B.3).
 * Key binding is a must.  Fails INVALID_REQUEST. */
int sdjwt_verify(struct task *task, const char *presentation, const struct sdjwt_expect *expect,
    struct sdjwt *ret_sdjwt);

/* The payload of an SD-JWT with its disclosures put in place, signatures not looked at: the core of
 * verify, and what the structure vectors test.  ret_claims: new reference. */
int sdjwt_process(struct task *task, const json_t *payload, const char *const *disclosures,
    size_t n, json_t **ret_claims);

#endif
