/* SPDX-License-Identifier: Apache-2.0
 *
 * The access token that a service is shown (RFC 6750, RFC 8707).  Called by call.c and
 * attributes.c.
 */
#include "services/token.h"

#include "consent/release.h"
#include "core/settings.h"
#include "core/task.h"
#include "records/client.h"

static const char *resource_of(struct task *task, const char *service_id);
static int parties_check(struct task *task, const struct grant *grant);

int
token_of_service(
    struct task *task, const char *token, const char *service_id, struct bearer *ret_bearer)
{
	struct bearer bearer;
	int r;

	r = bearer_token(task, token, resource_of(task, service_id), &bearer);
	if (r < 0)
		return r;
	r = parties_check(task, bearer.grant);
	if (r < 0)
		return r;
	*ret_bearer = bearer;
	return 0;
}

int
token_of_call(struct task *task, const struct request *request, const char *service_id,
    struct bearer *ret_bearer)
{
	struct bearer bearer;
	int r;

	r = bearer_at(task, request, resource_of(task, service_id), &bearer);
	if (r < 0)
		return r;
	r = parties_check(task, bearer.grant);
	if (r < 0)
		return r;
	*ret_bearer = bearer;
	return 0;
}

static const char *
resource_of(struct task *task, const char *service_id)
{
	return task_printf(
	    task, "%s/services/%s", task->rooms->settings->gateway_issuer, service_id);
}

/* A token lives for minutes; who it was given to, or whom it speaks for, may have gone since, and
 * what was allowed may be paused, suspended or over. */
static int
parties_check(struct task *task, const struct grant *grant)
{
	const struct client *client;
	int r;

	r = client_find(task, grant->client_id, &client);
	if (r < 0)
		return r;
	if (client == NULL)
		return fail(task, INVALID_TOKEN, "the client of the token has gone");
	if (grant->person_id == NULL)
		return 0;
	r = release_grant_check(task, grant);
	return r == ACCESS_DENIED || r == CONSENT_REQUIRED || r == CONSENT_PAUSED
		   ? fault_as(task, INVALID_TOKEN)
		   : r;
}
