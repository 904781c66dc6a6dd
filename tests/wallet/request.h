/* SPDX-License-Identifier: Apache-2.0
 *
 * What a verifier sends: a signed request object by reference (OpenID4VP 1.0 section 5, HAIP 1.0
 * section 5), fetched and believed only after all checks.
 */
#ifndef WALLET_REQUEST_H
#define WALLET_REQUEST_H

#include "chain.h"
#include "dcql.h"

struct request {
	const char *client_id; /* with its prefix */
	const char *response_uri;
	const char *nonce;
	const char *state;    /* or NULL */
	const char *subject;  /* of the verifier's certificate */
	const json_t *object; /* payload of the request object */
};

/* Follow an openid4vp:, haip-vp: or https: link to a request that can be trusted. */
int request_fetch(struct wallet *wallet, const char *uri, struct request *ret_request);

/* The key to encrypt the answer to, and the content encryption (A256GCM or A128GCM). */
int request_encryption(struct wallet *wallet, const struct request *request, const json_t **ret_jwk,
    const char **ret_enc);

/* Things this wallet cannot do: returns the OAuth error to answer with, or NULL. */
const char *request_unsupported(const struct request *request);

#endif
