/* SPDX-License-Identifier: Apache-2.0
 *
 * Which wallet logins may cross from one device to another.  A QR can be relayed to somebody who
 * believes to sign in elsewhere (Cross-Device Flows BCP): where much hangs on a login, it is not
 * offered.
 */
#ifndef LOGIN_WALLET_POLICY_H
#define LOGIN_WALLET_POLICY_H

#include "login/login.h"

/* False: settings wallet.cross_device, a scope of wallet.same_device_scopes, or the client itself
 * (dvara_same_device) says so.  asked may be for nobody yet. */
bool policy_may_cross(const struct task *task, const struct login_asked *asked);

/* The same of a client's scope, for who decides whether a session that crossed will do; both may be
 * NULL. */
bool policy_scope_may_cross(
    const struct task *task, const struct client *client, const char *scope);

/* The first of the scope that is of wallet.same_device_scopes; NULL: none. */
const char *policy_high_scope(const struct task *task, const char *scope);

#endif
