/* SPDX-License-Identifier: Apache-2.0
 *
 * authorization_details of the type openid_credential (OpenID4VCI 1.0 section 5.1.1): which
 * credentials a wallet asks to fetch.  Called by oidc/rules/details.c and by the grants.
 */
#ifndef ISSUE_DETAILS_H
#define ISSUE_DETAILS_H

#include "core/json.h"

struct task;

/* Whether an array of authorization_details is of this type (its first object says it). */
bool issue_details_are_ours(const json_t *details);

/* Every object is of this type and names another configuration of ours; members that are not known
 * are passed over, as the specification says.  Fails INVALID_AUTHORIZATION_DETAILS. */
int issue_details_check(struct task *task, const json_t *details);

/* As a token response says them: with credential_identifiers, without what was passed over; kept by
 * the task. */
const json_t *issue_details_granted(struct task *task, const json_t *details);

/* Of granted ones: whether they hold a configuration; the configuration that an identifier stands
 * for, or NULL. */
bool issue_details_hold(const json_t *details, const char *configuration);
const char *issue_details_identified(const json_t *details, const char *identifier);

#endif
