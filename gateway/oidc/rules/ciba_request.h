/* SPDX-License-Identifier: Apache-2.0
 *
 * The parameters of a backchannel authentication request (OpenID CIBA Core 1.0 section 7.1), plain
 * or as the claims of a JWT that the client signed (section 7.1.1, FAPI-CIBA section 5.2.2).
 */
#ifndef OIDC_RULES_CIBA_REQUEST_H
#define OIDC_RULES_CIBA_REQUEST_H

#include "oidc/rules/parameters.h"
#include "records/client.h"

struct task;

/* Where a request object is sent, nothing of the request stands beside it; fapi2 clients, and those
 * that registered an algorithm for it, must send one.  Fails INVALID_REQUEST. */
int ciba_request_read(struct task *task, const struct request *request, const struct client *client,
    struct parameters *ret_parameters);

/* What a person may be shown: up to 64 letters of any language, nothing that turns the order of
 * writing, no control, no mark-up (section 7.1: "plain text"). */
bool ciba_message_is_plain(const char *message);

#endif
