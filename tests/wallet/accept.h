/* SPDX-License-Identifier: Apache-2.0
 *
 * dvara-wallet accept: from a credential offer to a stored identity.
 */
#ifndef WALLET_ACCEPT_H
#define WALLET_ACCEPT_H

#include "wallet.h"

struct accept {
	const char *offer_uri;
	const char *tx_code;  /* or NULL */
	const char *identity; /* name of the new identity, or NULL: after the configuration */
	const char *configuration_id; /* or NULL: the first of the offer that fits */
	const char *client_id;        /* or NULL: anonymous */
};

int accept_offer(struct wallet *wallet, const struct accept *accept, json_t **ret_report);

#endif
