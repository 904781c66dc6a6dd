/* SPDX-License-Identifier: Apache-2.0
 *
 * The refresh token grant (RFC 6749 section 6, OpenID Connect Core section 12, RFC 9700 section
 * 4.14).
 *
 * The token is looked up here and claimed in the transaction of the answer (rules/tokens.h): a
 * request that is refused, or that a store of ours failed, uses none up.
 */
#include "core/task.h"
#include "oidc/grants/grants.h"
#include "oidc/rules/standing.h"

static int refresh_claim(struct task *task, struct token_call *call);
static int refresh_bind(struct task *task, struct token_call *call);

const struct grant_type refresh_grant_type = {
    .name = "refresh_token",
    .parameter = "refresh_token",
    .claim = refresh_claim,
    .bind = refresh_bind,
};

static int
refresh_claim(struct task *task, struct token_call *call)
{
	int r;

	r = refresh_find(task, request_form(call->request, "refresh_token"), &call->refresh);
	if (r < 0)
		return r;
	if (call->refresh == NULL)
		return fail(task, INVALID_GRANT, "refresh_token is unknown, expired or revoked");
	call->claimed = call->refresh->grant;
	return 0;
}

static int
refresh_bind(struct task *task, struct token_call *call)
{
	int r;

	if (!call->refresh->is_current)
		return refresh_reused(task, call->refresh);
	r = standing_check(task, call->client, &call->claimed);
	if (r == 0)
		r = standing_of_person(task, &call->claimed);
	if (r < 0)
		return r;
	return standing_of_login(task, &call->claimed);
}
