/* SPDX-License-Identifier: Apache-2.0
 *
 * CORS (see cors.h).
 */
#include "http/cors.h"

#include "core/settings.h"
#include "core/task.h"
#include "http/reply_inner.h"

#define MAX_AGE_S "600"

static const char *known_origin(
    struct reply *reply, const struct match *match, http_origin_check *origin_is_known);
static bool is_wallet(const struct task *task, const char *origin);

int
cors_preflight(struct reply *reply, const struct match *match, http_origin_check *origin_is_known)
{
	const char *origin;

	if (request_header(reply->request, "Origin") == NULL)
		return fail(reply->task, METHOD_NOT_ALLOWED, "no page asks with this OPTIONS");
	origin = known_origin(reply, match, origin_is_known);
	if (origin != NULL) {
		reply_origin(reply, origin);
		reply_header(reply, "Access-Control-Allow-Methods", match->allow);
		reply_header(
		    reply, "Access-Control-Allow-Headers", "Authorization, Content-Type, DPoP");
		reply_header(reply, "Access-Control-Max-Age", MAX_AGE_S);
	}
	return reply_empty(reply, 204);
}

void
cors_fault(struct reply *reply, const struct match *match, http_origin_check *origin_is_known)
{
	const char *origin = known_origin(reply, match, origin_is_known);

	if (origin != NULL)
		reply_origin(reply, origin);
}

/* A store that is away knows none: the task keeps the fault that it has. */
static const char *
known_origin(struct reply *reply, const struct match *match, http_origin_check *origin_is_known)
{
	const char *origin = request_header(reply->request, "Origin");
	const struct fault fault = reply->task->fault;
	bool is_known = false;

	if (origin == NULL)
		return NULL;
	if ((match->route->guards & ROUTE_WALLETS) && is_wallet(reply->task, origin))
		return origin;
	if (origin_is_known == NULL || !(match->route->guards & ROUTE_CORS))
		return NULL;
	fault_clear(reply->task);
	if (origin_is_known(reply->task, origin, &is_known) < 0)
		is_known = false;
	reply->task->fault = fault;
	return is_known ? origin : NULL;
}

static bool
is_wallet(const struct task *task, const char *origin)
{
	const char *const *one;

	for (one = task->rooms->settings->wallet_web_origins; one != NULL && *one != NULL; one++)
		if (str_equal(*one, origin))
			return true;
	return false;
}

void
cors_allow_wallet(const struct request *request, struct reply *reply)
{
	const char *origin = request_header(request, "Origin");

	if (origin != NULL && is_wallet(reply->task, origin))
		reply_origin(reply, origin);
}
