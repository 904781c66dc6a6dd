/* SPDX-License-Identifier: Apache-2.0
 *
 * A credential that an issuer has just sent: is it ours, and from somebody we trust?
 */
#ifndef WALLET_CREDENTIAL_H
#define WALLET_CREDENTIAL_H

#include "chain.h"
#include "sdjwt.h"

/* Chain to an anchor, type, signature, digests, times, type of credential, bound to our key. */
int credential_check(struct wallet *wallet, const char *text, const char *vct, EVP_PKEY *key,
    struct chain *ret_chain);

#endif
