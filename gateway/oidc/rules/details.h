/* SPDX-License-Identifier: Apache-2.0
 *
 * Rich authorization requests (RFC 9396): one object of the type "attributes", {type, purpose,
 * attributes, [until]}: attributes of the person, for a purpose that the client registered, until a
 * day.  Or several of the type "openid_credential": credentials that a wallet fetches
 * (issue/details.h).  Never both.
 */
#ifndef OIDC_RULES_DETAILS_H
#define OIDC_RULES_DETAILS_H

#include "oidc/rules/authorization.h"
#include "records/consent.h"
#include "records/grant.h"

#define DETAILS_TYPE "attributes"

/* A rule of authorization_read().  Fails INVALID_AUTHORIZATION_DETAILS. */
int details_read(
    struct task *task, const struct parameters *parameters, struct authorization *authorization);

/* As they were granted (RFC 9396 section 7): attributes that the person did not allow are left out,
 * credentials have their identifiers.
 * NULL where nothing was asked. */
int details_granted(
    struct task *task, const json_t *asked, const char *consent_id, const json_t **ret_granted);

/* The same by a consent at hand, which may be NULL: of what was asked or granted once, what it
 * allows. */
const json_t *details_allowed(
    struct task *task, const json_t *asked, const struct consent *consent);

/* At the token endpoint (RFC 9396 section 6): cuts a grant to the details asked, and its claims
 * with them.  asked NULL or empty: all that was granted.  Fails INVALID_AUTHORIZATION_DETAILS where
 * they are other than what was granted, or more. */
int details_narrow(struct task *task, struct grant *grant, const char *asked);

#endif
