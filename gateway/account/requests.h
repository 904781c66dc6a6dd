/* SPDX-License-Identifier: Apache-2.0
 *
 * What waits for the person: requests of clients that named them (OpenID CIBA Core 1.0).
 */
#ifndef ACCOUNT_REQUESTS_H
#define ACCOUNT_REQUESTS_H

#include "http/server.h"

/* GET /account/requests: each with a wallet link and QR.  To present is to answer; where the client
 * has no consent yet, the person is asked after it. */
int account_requests_show(struct task *task, const struct request *request, struct reply *reply);

#endif
