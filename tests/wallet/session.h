/* SPDX-License-Identifier: Apache-2.0
 *
 * An access token of an issuer and its use: Bearer (RFC 6750), or DPoP (RFC 9449) when the
 * authorization server takes it.
 */
#ifndef WALLET_SESSION_H
#define WALLET_SESSION_H

#include "issuer.h"
#include "web.h"

#include <openssl/evp.h>

struct session {
	const struct issuer *issuer;
	const char *client_id; /* or NULL: anonymous */
	EVP_PKEY *dpop_key;    /* or NULL: Bearer */
	const char *dpop_nonce;
	const char *token;
	const char *refresh_token;         /* or NULL; only one that is bound to dpop_key */
	const char *credential_identifier; /* or NULL: ask by configuration */
};

/* Trade the offer's code for a token; issuer and client_id are set before. */
int session_open(
    struct wallet *wallet, struct session *session, const struct offer *offer, const char *tx_code);

/* Trade a refresh token for a new one and a token; issuer, client_id and the dpop_key it is bound
 * to are set before. */
int session_renew(struct wallet *wallet, struct session *session, const char *refresh_token);

/* POST a JSON object with the token. */
int session_post(struct wallet *wallet, struct session *session, const char *what, const char *url,
    const json_t *body, struct web_answer *ret_answer);

#endif
