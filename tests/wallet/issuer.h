/* SPDX-License-Identifier: Apache-2.0
 *
 * What an issuer publishes: its own metadata (OpenID4VCI 1.0 section 12.2) and that of its
 * authorization server (RFC 8414).
 */
#ifndef WALLET_ISSUER_H
#define WALLET_ISSUER_H

#include "offer.h"

struct issuer {
	const char *identifier;
	const char *configuration_id;
	const json_t *configuration; /* format dc+sd-jwt */
	const char *credential_endpoint;
	const char *nonce_endpoint;        /* or NULL */
	const char *notification_endpoint; /* or NULL */
	const char *token_endpoint;
	size_t n_batch;        /* proofs that one request may hold */
	bool has_dpop;         /* takes DPoP with ES256 (RFC 9449) */
	bool allows_anonymous; /* a pre-authorized code without client_id */
};

/* Fetch both.  configuration_id names one of the offer, or NULL: the first one this wallet can. */
int issuer_discover(struct wallet *wallet, const struct offer *offer, const char *configuration_id,
    struct issuer *ret_issuer);

#endif
