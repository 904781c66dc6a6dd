/* SPDX-License-Identifier: Apache-2.0
 *
 * Revocation lists by their address, fetched, verified and kept.  Inside of login/card only.
 */
#ifndef LOGIN_CARD_LISTS_H
#define LOGIN_CARD_LISTS_H

#include "login/card/revocation.h"

/* Fails CARD_UNCHECKED: no list that may speak is there or can be had. */
int lists_find(struct task *task, struct revocation_lists *lists,
    const struct revocation_asked *asked, struct revocation_found *ret_found);

#endif
