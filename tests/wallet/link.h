/* SPDX-License-Identifier: Apache-2.0
 *
 * The links a wallet is started with, and forms: names and values, percent-encoded.
 */
#ifndef WALLET_LINK_H
#define WALLET_LINK_H

#include "wallet.h"

struct link {
	const char *scheme; /* lower case */
	json_t *params;     /* object of strings */
};

/* Split a link at its query.  A name twice, a bad escape, NUL or bad UTF-8 is refused. */
int link_read(struct wallet *wallet, const char *uri, struct link *ret_link);

/* The value of a parameter, or NULL. */
const char *link_get(const struct link *link, const char *name);

/* An object of strings as application/x-www-form-urlencoded. */
char *link_form(struct wallet *wallet, json_t *params);

#endif
