/* SPDX-License-Identifier: Apache-2.0
 *
 * sid: how a client calls the session of a person here (OpenID Connect Back-Channel Logout 1.0
 * section 2.1).
 */
#ifndef OIDC_RULES_SID_H
#define OIDC_RULES_SID_H

#include "records/client.h"

struct task;

/* Another one at every client, as with pairwise subjects: two that compare what they know do not
 * find out that one person uses both. */
const char *sid_of(struct task *task, const struct client *client, const char *session_id);

#endif
