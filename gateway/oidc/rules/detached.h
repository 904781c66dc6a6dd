/* SPDX-License-Identifier: Apache-2.0
 *
 * The answer to a client that waits elsewhere (RFC 8628 section 3.3): kept for its next poll; the
 * person gets a last page.  decision.c and answer.c end here instead of at redirect_uri.
 */
#ifndef OIDC_RULES_DETACHED_H
#define OIDC_RULES_DETACHED_H

#include "http/reply.h"
#include "oidc/rules/authorization.h"
#include "records/grant.h"
#include "records/pending.h"

struct task;

/* The request that waits.  Fails INVALID_REQUEST where its client has gone. */
int detached_open(
    struct task *task, const struct pending *pending, struct authorization *ret_authorization);

/* Both of these need authorization->pending. */

/* grant: filled but for id and issued_s.  Fails CONFLICT where the request was answered before, or
 * has expired. */
int detached_grant(struct task *task, const struct request *request, struct reply *reply,
    const struct authorization *authorization, struct grant *grant);

/* What was granted, at its first poll: fails DENIED_BY_PERSON where the person has signed out
 * everywhere since. */
int detached_check(struct task *task, const struct grant *grant);

/* No, whatever the reason.  That it was answered before is no failure. */
int detached_refuse(struct task *task, const struct request *request, struct reply *reply,
    const struct authorization *authorization);

#endif
