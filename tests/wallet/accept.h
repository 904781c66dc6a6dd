/* SPDX-License-Identifier: Apache-2.0
 *
 * dvara-wallet accept: from a credential offer to a stored identity.
 */
#ifndef WALLET_ACCEPT_H
#define WALLET_ACCEPT_H

#include "wallet.h"

enum { ACCEPT_KEYS = 10 };

struct accept {
	const char *offer_uri;
	const char *tx_code;  /* or NULL */
	const char *identity; /* made, or extended when it is there; or NULL: a new one */
	const char *label;    /* or NULL */
	const char *relation; /* or NULL */
	long n_keys;          /* copies wanted, 0: as many as the issuer gives, up to ACCEPT_KEYS */
	const char *configuration_id; /* or NULL: the first of the offer that fits */
	const char *client_id;        /* or NULL: anonymous */
};

/* New copies of what an identity has, for the refresh tokens that its issuers gave a named wallet.
 */
int accept_renew(struct wallet *wallet, const char *identity, json_t **ret_report);

int accept_offer(struct wallet *wallet, const struct accept *accept, json_t **ret_report);

#endif
