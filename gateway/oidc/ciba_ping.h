/* SPDX-License-Identifier: Apache-2.0
 *
 * Ping (OpenID CIBA Core 1.0 section 10.2): tells a client that the person has answered.
 */
#ifndef OIDC_CIBA_PING_H
#define OIDC_CIBA_PING_H

#include "records/pending.h"
#include "records/post.h"

/* Writes the letter where the client wants one, and sends it at once.  That it cannot be written is
 * logged, no failure: the answer is there, and the client may poll. */
void ciba_ping_write(struct task *task, const struct pending *pending);

/* Sends a letter of kind "ciba", {pending}: a post_send.  GONE: there is nothing to tell any more,
 * or the client does not want to be told (a redirect, which is not followed; a 4xx). */
int ciba_ping_send(struct task *task, const struct letter *letter, const char **ret_result);

#endif
