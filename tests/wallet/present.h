/* SPDX-License-Identifier: Apache-2.0
 *
 * dvara-wallet present: from a verifier's link to its answer.
 */
#ifndef WALLET_PRESENT_H
#define WALLET_PRESENT_H

#include "wallet.h"

struct present {
	const char *request_uri; /* the link */
	const char *identity;    /* or NULL: the only one that fits, or the default */
	bool is_refusal;         /* answer access_denied */
	bool is_look;            /* fetch, check and show the request; answer nothing */
};

/* WALLET_CHOICE when several fit, none of them the default: the report lists them then. */
int present_request(struct wallet *wallet, const struct present *present, json_t **ret_report);

#endif
