/* SPDX-License-Identifier: Apache-2.0
 *
 * What a wallet asks of an address before it goes there: https, or http on loopback only.
 */
#ifndef WALLET_URL_H
#define WALLET_URL_H

#include "wallet.h"

/* Refuses other schemes, plain http to anywhere but loopback, user names and fragments.
 * `what` names the address in the reason. */
int url_check(struct wallet *wallet, const char *url, const char *what);

/* scheme://host:port with the port always written; url_check() has passed it before. */
const char *url_origin(struct wallet *wallet, const char *url);

/* The host's name alone. */
const char *url_host(struct wallet *wallet, const char *url);

/* The well-known address of an identifier: "/.well-known/NAME" goes between host and path
 * (RFC 8414 section 3.1, OpenID4VCI 1.0 section 12.2.2). */
int url_well_known(
    struct wallet *wallet, const char *identifier, const char *name, const char **ret_url);

#endif
