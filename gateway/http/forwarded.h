/* SPDX-License-Identifier: Apache-2.0
 *
 * Who calls, where proxies stand in between (RFC 7239, X-Forwarded-For).
 *
 * Only a peer of settings trusted_proxies is believed: from the right, each trusted address is a
 * proxy of ours, and the first that is not is the caller.  X-Forwarded-Host is never looked at.
 */
#ifndef HTTP_FORWARDED_H
#define HTTP_FORWARDED_H

#include "http/network.h"
#include "http/request.h"

struct task;

struct caller {
	struct network address;
	bool is_tls;
	bool is_plain; /* a proxy of ours says that they came by http */
};

/* ret_caller comes in as the peer, and stays so where nothing says otherwise or what is said cannot
 * be read ("unknown", "_hidden").  Fails BAD_REQUEST where Forwarded and X-Forwarded-For are both
 * there and disagree: a proxy sets one of them and passes on the other as the caller forged it. */
int forwarded_read(struct task *task, const struct pairs *headers, const struct networks *trusted,
    struct caller *ret_caller);

#endif
