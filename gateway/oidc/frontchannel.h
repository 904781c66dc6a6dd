/* SPDX-License-Identifier: Apache-2.0
 *
 * Front-channel logout (OpenID Connect Front-Channel Logout 1.0): the page that says goodbye loads
 * a page of each client that has no other way of being told.
 *
 * Browsers keep other sites' cookies out of frames more and more: a client that can should have a
 * backchannel_logout_uri.
 */
#ifndef OIDC_FRONTCHANNEL_H
#define OIDC_FRONTCHANNEL_H

#include "core/json.h"

struct task;

struct frames {
	json_t *list;        /* [{src}], kept by the task; empty: none */
	const char *sources; /* their origins, parted by spaces, for CSP frame-src */
	size_t n_left_out;   /* clients for which there was no room */
};

/* Of the clients visited in a session that has not been ended yet, the first ones first: so many as
 * proxies let pass in a header. */
int frontchannel_frames(struct task *task, const char *session_id, struct frames *ret_frames);

#endif
