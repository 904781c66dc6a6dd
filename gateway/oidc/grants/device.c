/* SPDX-License-Identifier: Apache-2.0
 *
 * The device authorization grant (RFC 8628 sections 3.4, 3.5).
 */
#include "core/task.h"
#include "oidc/grants/grants.h"
#include "oidc/rules/detached.h"
#include "records/pending.h"

static int device_claim(struct task *task, struct token_call *call);
static int device_bind(struct task *task, struct token_call *call);
static int device_give_back(struct task *task, const struct token_call *call);

const struct grant_type device_grant_type = {
    .name = "urn:ietf:params:oauth:grant-type:device_code",
    .parameter = "device_code",
    .claim = device_claim,
    .bind = device_bind,
    .give_back = device_give_back,
};

static int
device_claim(struct task *task, struct token_call *call)
{
	return pending_poll(task, PENDING_DEVICE, request_form(call->request, "device_code"),
	    call->client->id, &call->claimed);
}

static int
device_bind(struct task *task, struct token_call *call)
{
	return detached_check(task, &call->claimed);
}

static int
device_give_back(struct task *task, const struct token_call *call)
{
	return pending_return(
	    task, PENDING_DEVICE, request_form(call->request, "device_code"), &call->claimed);
}
