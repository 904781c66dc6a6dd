/* SPDX-License-Identifier: Apache-2.0
 *
 * From a card to a key of the register, as the authority's file says.  Inside of login/card only.
 */
#ifndef LOGIN_CARD_PERSON_H
#define LOGIN_CARD_PERSON_H

#include "login/card/authority.h"

struct task;

/* Fails INVALID_CARD where the card names nobody so. */
int person_key(struct task *task, const struct authority *authority, struct bytes card_der,
    const char **ret_register_key);

#endif
