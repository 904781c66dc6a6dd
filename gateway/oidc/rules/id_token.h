/* SPDX-License-Identifier: Apache-2.0
 *
 * ID tokens (OpenID Connect Core section 2).
 */
#ifndef OIDC_RULES_ID_TOKEN_H
#define OIDC_RULES_ID_TOKEN_H

#include "oidc/rules/access_token.h"

/* access_token: the one given with it, for at_hash.  Claims that were asked for the ID token leave
 * by consent/release.h. */
int id_token_make(struct task *task, const struct issuing *issuing, const char *access_token,
    const char **ret_id_token);

#endif
