/* SPDX-License-Identifier: Apache-2.0
 *
 * The grant of backchannel authentication, poll and ping (OpenID CIBA Core 1.0 sections 10.1, 11).
 */
#include "core/task.h"
#include "oidc/grants/grants.h"
#include "oidc/rules/detached.h"
#include "records/pending.h"

static int ciba_read(struct task *task, struct token_call *call);
static int ciba_claim(struct task *task, struct token_call *call);
static int ciba_bind(struct task *task, struct token_call *call);
static int ciba_give_back(struct task *task, const struct token_call *call);

const struct grant_type ciba_grant_type = {
    .name = CLIENT_CIBA_GRANT,
    .read = ciba_read,
    .claim = ciba_claim,
    .bind = ciba_bind,
    .give_back = ciba_give_back,
};

static int
ciba_read(struct task *task, struct token_call *call)
{
	if (str_is_empty(request_form(call->request, "auth_req_id")))
		return fail(task, INVALID_REQUEST, "auth_req_id is missing");
	return 0;
}

static int
ciba_claim(struct task *task, struct token_call *call)
{
	return pending_poll(task, PENDING_CIBA, request_form(call->request, "auth_req_id"),
	    call->client->id, &call->claimed);
}

static int
ciba_bind(struct task *task, struct token_call *call)
{
	return detached_check(task, &call->claimed);
}

static int
ciba_give_back(struct task *task, const struct token_call *call)
{
	return pending_return(
	    task, PENDING_CIBA, request_form(call->request, "auth_req_id"), &call->claimed);
}
