/* SPDX-License-Identifier: Apache-2.0
 *
 * How an answer travels (OAuth 2.0 Multiple Response Type Encoding Practices, Form Post Response
 * Mode, JARM): in the query, in the fragment, or as a form that the browser posts; signed or not.
 */
#ifndef OIDC_RULES_RESPONSE_MODE_H
#define OIDC_RULES_RESPONSE_MODE_H

#include "oidc/rules/authorization.h"

/* NULL: what a code has where nothing is said, the query.  False: unknown, or not this client's. */
bool response_mode_of(
    const struct client *client, const char *name, enum response_mode *ret_response_mode);

enum response_mode response_mode_way(enum response_mode mode); /* without RESPONSE_JWT */

/* A rule of authorization_read().  Fails INVALID_REQUEST. */
int response_mode_check(
    struct task *task, const struct parameters *parameters, struct authorization *authorization);

#endif
