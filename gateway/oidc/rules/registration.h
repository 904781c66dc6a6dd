/* SPDX-License-Identifier: Apache-2.0
 *
 * What a client that registers itself may say of itself, beside what every client must keep to
 * (records/client.h): policy is the operator's.  Called by register.c.
 */
#ifndef OIDC_RULES_REGISTRATION_H
#define OIDC_RULES_REGISTRATION_H

#include "core/json.h"

struct task;

/* *ret_metadata: what is to be stored of given; the task's.  before: what is stored of the client
 * now, or NULL.
 *
 * Left out (RFC 7591 section 2 lets us replace): client_id, client_secret, subject_type public,
 * scopes other than OpenID Connect's own.  Refused: dvara_ members but dvara_profile and
 * dvara_require_pkce, where they are not as before, and grants by which it would act for itself.
 * What the statement says stands over what the client says (section 2.3), but redirect_uris may be
 * fewer; one that the statement does not name is refused.  Fails INVALID_CLIENT_METADATA,
 * INVALID_REDIRECT_URI. */
int registration_allowed(struct task *task, const json_t *given, const json_t *before,
    const json_t *statement, json_t **ret_metadata);

/* Whether a client that changes its metadata keeps its sector.
 *
 * A sector is proven by who gets codes there (OpenID Connect Core section 8.1), and tokens are held
 * on: with the addresses of another host a client would have the subjects, at that host, of all who
 * ever came to it.  It registers anew there, or an operator applies the change.  Fails
 * INVALID_CLIENT_METADATA. */
int registration_sector_check(struct task *task, const json_t *before, const json_t *metadata);

#endif
