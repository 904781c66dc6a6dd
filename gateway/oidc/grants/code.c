/* SPDX-License-Identifier: Apache-2.0
 *
 * The authorization code grant (RFC 6749 section 4.1.3, RFC 7636 section 4.6, OpenID Connect Core
 * section 3.1.3).
 */
#include "core/task.h"
#include "oidc/grants/grants.h"
#include "oidc/rules/pkce.h"

static int code_claim(struct task *task, struct token_call *call);
static int code_bind(struct task *task, struct token_call *call);
static int code_give_back(struct task *task, const struct token_call *call);

const struct grant_type code_grant_type = {
    .name = "authorization_code",
    .parameter = "code",
    .claim = code_claim,
    .bind = code_bind,
    .give_back = code_give_back,
};

/* A code presented once is spent, even by a request that is then refused. */
static int
code_claim(struct task *task, struct token_call *call)
{
	return grant_code_redeem(task, request_form(call->request, "code"), &call->claimed);
}

static int
code_bind(struct task *task, struct token_call *call)
{
	const struct grant *grant = &call->claimed;

	if (!str_equal(request_form(call->request, "redirect_uri"), grant->redirect_uri))
		return fail(task, INVALID_GRANT, "redirect_uri is not the one of the request");
	return pkce_check(
	    task, grant->code_challenge, request_form(call->request, "code_verifier"));
}

static int
code_give_back(struct task *task, const struct token_call *call)
{
	return grant_code_return(task, request_form(call->request, "code"), &call->claimed);
}
