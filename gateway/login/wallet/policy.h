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

/* The same of a request, for who decides whether a session that crossed will do. */
struct policy_asked {
	const struct client *client; /* or NULL */
	const char *scope;           /* or NULL */
	const json_t *details;       /* authorization_details; or NULL */
};
bool policy_request_may_cross(const struct task *task, const struct policy_asked *asked);

/* The first of wallet.same_device_scopes that is asked for: by its name, or as a credential by
 * details (OpenID4VCI 1.0 section 5.1: both ask for the same).  NULL: none. */
const char *policy_high_scope(const struct task *task, const struct policy_asked *asked);

#endif
