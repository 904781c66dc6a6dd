/* SPDX-License-Identifier: Apache-2.0
 *
 * A credential offer (OpenID4VCI 1.0 section 4.1), pre-authorized code only.
 */
#ifndef WALLET_OFFER_H
#define WALLET_OFFER_H

#include "wallet.h"

struct offer {
	const char *issuer;               /* Credential Issuer Identifier */
	const json_t *configuration_ids;  /* array of strings, not empty */
	const char *code;                 /* pre-authorized code */
	const json_t *tx_code;            /* what the transaction code looks like, or NULL: none */
	const char *authorization_server; /* or NULL */
};

/* Read the link, and fetch the offer when the link only names it. */
int offer_read(struct wallet *wallet, const char *uri, struct offer *ret_offer);

/* Is a transaction code there exactly when the offer demands one, and does it look like it? */
int offer_check_tx_code(struct wallet *wallet, const struct offer *offer, const char *tx_code);

#endif
