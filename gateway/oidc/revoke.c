/* SPDX-License-Identifier: Apache-2.0
 *
 * POST /revoke (RFC 7009): a client gives back what it holds.
 *
 * A refresh token takes its whole grant with it, an access token goes alone.  The end is in SQL
 * before the answer.  token_type_hint is not needed: ours tell themselves apart.
 */
#include "oidc/oidc.h"

#include "access/client_auth.h"
#include "core/task.h"
#include "jose/digest.h"
#include "oidc/rules/cors.h"
#include "records/grant.h"
#include "records/refresh.h"

#define WHY "revoked by its client"

static int revoked(struct task *task, const struct client *client, const char *token);
static int owner_check(struct task *task, const struct client *client, const struct grant *grant);

int
oidc_revoke(struct task *task, const struct request *request, struct reply *reply)
{
	const char *token = request_form(request, "token");
	const struct client *client;
	int r;

	if (str_is_empty(token))
		return fail(task, INVALID_REQUEST, "token is missing");
	r = client_authenticate(task, request, &client);
	if (r < 0)
		return r;
	cors_allow(request, reply, client);
	r = revoked(task, client, token);
	if (r < 0)
		return r;
	return reply_empty(reply, 200);
}

/* What is unknown is gone already (RFC 7009 section 2.2). */
static int
revoked(struct task *task, const struct client *client, const char *token)
{
	const struct refresh *refresh;
	struct grant_token kept;
	struct grant *grant;
	int r;

	r = refresh_find(task, token, &refresh);
	if (r < 0)
		return r;
	if (refresh != NULL) {
		r = owner_check(task, client, &refresh->grant);
		return r < 0 ? r : grant_revoke(task, refresh->grant.id, WHY);
	}
	r = grant_token_find(task, digest_b64u(task, token), &grant, &kept);
	if (r < 0 || grant == NULL)
		return r;
	r = owner_check(task, client, grant);
	return r < 0 ? r : grant_token_revoke(task, grant, &kept, WHY);
}

static int
owner_check(struct task *task, const struct client *client, const struct grant *grant)
{
	if (str_equal(client->id, grant->client_id))
		return 0;
	return fail(task, UNAUTHORIZED_CLIENT, "token was given to another client");
}
