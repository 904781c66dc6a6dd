/* SPDX-License-Identifier: Apache-2.0
 *
 * A credential: SD-JWT (RFC 9901) with its disclosures, as SD-JWT VC (dc+sd-jwt) uses it.
 */
#ifndef WALLET_SDJWT_H
#define WALLET_SDJWT_H

#include "jws.h"
#include "wallet.h"

struct disclosure {
	const char *text;   /* as sent */
	const char *digest; /* base64url of the SHA-256 of text */
	const char *name;   /* of a claim; NULL for an array element */
	json_t *value;
	bool is_referenced;
};

struct sdjwt {
	const char *issuer_text; /* the issuer's JWT as sent */
	struct jws issuer;
	struct disclosure *disclosures;
	size_t n_disclosures;
	json_t *claims; /* what a verifier would see if all is disclosed */
};

/*
 * Take a credential apart and open it: each disclosure is well-formed and referenced exactly once,
 * no claim appears twice, and the claims that must be open (iss nbf exp cnf vct status) are.
 * Signature and trust are the caller's: they come first when the credential is new.
 */
int sdjwt_read(struct wallet *wallet, const char *text, struct sdjwt *ret_credential);

/* The disclosure of this digest, or NULL: a decoy, or not ours. */
struct disclosure *sdjwt_find(const struct sdjwt *credential, const char *digest);

/* The digest of a hidden array element {"...": digest}, or NULL for a plain element. */
const char *sdjwt_element_digest(const json_t *element);

/* What will be shown: issuer JWT and the disclosures for which `is_shown` holds, each with "~". */
const char *sdjwt_present(
    struct wallet *wallet, const struct sdjwt *credential, const bool *is_shown);

#endif
