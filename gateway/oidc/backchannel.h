/* SPDX-License-Identifier: Apache-2.0
 *
 * Back-channel logout (OpenID Connect Back-Channel Logout 1.0): tells a client that a session has
 * ended.
 */
#ifndef OIDC_BACKCHANNEL_H
#define OIDC_BACKCHANNEL_H

#include "records/post.h"

/* Sends a letter of kind "logout", {session}: a post_send.  GONE: the client is no more, or has no
 * backchannel_logout_uri. */
int backchannel_send(struct task *task, const struct letter *letter, const char **ret_result);

#endif
