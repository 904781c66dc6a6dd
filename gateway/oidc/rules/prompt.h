/* SPDX-License-Identifier: Apache-2.0
 *
 * prompt and max_age (OpenID Connect Core section 3.1.2.1): whether the person must act again.
 */
#ifndef OIDC_RULES_PROMPT_H
#define OIDC_RULES_PROMPT_H

#include "oidc/rules/authorization.h"

struct session;

/* A rule of authorization_read().  Fails INVALID_REQUEST. */
int prompt_read(
    struct task *task, const struct parameters *parameters, struct authorization *authorization);

/* words NULL: none.  ret_prompt: bits of enum prompt. */
int prompt_parse(struct task *task, const char *words, unsigned *ret_prompt);

/* Whether a login at auth_time_s is fresh enough now. */
bool prompt_is_fresh(const struct authorization *authorization, int64_t auth_time_s);

#endif
