/* SPDX-License-Identifier: Apache-2.0
 *
 * From a card that proved itself to the login's end, which is at the issuer's own origin.  Inside
 * of login/card only.
 */
#ifndef LOGIN_CARD_PROVED_H
#define LOGIN_CARD_PROVED_H

#include "login/card/inspect.h"
#include "records/card_try.h"

struct task;

/* *ret_href: where the browser goes with it, once, within a minute. */
int proved_keep(struct task *task, const struct inspected *inspected,
    const struct card_try *attempt, const char **ret_href);

#endif
