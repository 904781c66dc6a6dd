/* SPDX-License-Identifier: Apache-2.0
 *
 * What opens a wallet: links and QR texts of the handles of a presentation (OpenID4VP 1.0 section
 * 5.10).  Private to login/wallet.
 */
#ifndef LOGIN_WALLET_LINK_H
#define LOGIN_WALLET_LINK_H

#include "core/json.h"

struct task;

/* Adds link and, where settings wallet.universal_link is set, universal: for the same device. */
void link_add(struct task *task, const char *handle, json_t *view);

/* What a QR says. */
const char *link_of_qr(struct task *task, const char *handle);

#endif
