/* SPDX-License-Identifier: Apache-2.0
 *
 * The DPoP proof of a request (RFC 9449): by sender.c at the token endpoint, by bearer.c at a
 * resource.
 */
#ifndef ACCESS_PROOF_H
#define ACCESS_PROOF_H

#include "http/request.h"

struct task;

/* token: the access token that is shown with it, NULL at the token endpoint.  Verified, fresh, and
 * used for the first time.  ret_jkt: thumbprint of its key; NULL where there is no header DPoP,
 * which is for the caller to judge.  Fails INVALID_DPOP_PROOF,
 * USE_DPOP_NONCE (access/nonce.h). */
int proof_check(
    struct task *task, const struct request *request, const char *token, const char **ret_jkt);

#endif
