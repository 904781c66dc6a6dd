/* SPDX-License-Identifier: Apache-2.0
 *
 * Access tokens shown to the gateway (RFC 6750).  What was kept when a token was made is found by
 * the hash of the whole token: nothing of it is taken apart or verified, and none is found that we
 * did not make.
 */
#include "access/bearer.h"

#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"
#include "jose/digest.h"

#include <string.h>
#include <strings.h>

#define TOKEN_MAX_BYTES 4096

static int token_read(struct task *task, const struct request *request, const char **ret_token);
static bool is_for(const struct task *task, const struct grant *grant, const char *resource);

int
bearer_of(struct task *task, const struct request *request, struct bearer *ret_bearer)
{
	const char *token;
	int r;

	r = token_read(task, request, &token);
	if (r < 0)
		return r;
	return bearer_token(task, token, task->rooms->settings->gateway_issuer, ret_bearer);
}

/* The query is not looked at (RFC 9700 section 4.3.2: it ends in logs). */
static int
token_read(struct task *task, const struct request *request, const char **ret_token)
{
	const char *header = request_header(request, "Authorization");
	const char *form = request_form(request, "access_token");

	if (header != NULL && form != NULL)
		return fail(task, INVALID_REQUEST, "a token in the header and another in the form");
	if (header == NULL && form == NULL)
		return fail(task, NO_TOKEN, "no access token");
	if (form != NULL) {
		*ret_token = form;
		return 0;
	}
	if (strncasecmp(header, "Bearer ", 7) != 0)
		return fail(task, NO_TOKEN, "the Authorization header is not of the scheme Bearer");
	*ret_token = header + 7 + strspn(header + 7, " ");
	return 0;
}

int
bearer_token(struct task *task, const char *token, const char *resource, struct bearer *ret_bearer)
{
	struct grant_token kept;
	struct grant *grant;
	int r;

	if (strnlen(token, TOKEN_MAX_BYTES + 1) > TOKEN_MAX_BYTES)
		return fail(task, INVALID_TOKEN, "the token is too long to be ours");
	r = grant_token_find(task, digest_b64u(task, token), &grant, &kept);
	if (r < 0)
		return r;
	if (grant == NULL)
		return fail(task, INVALID_TOKEN, "the token is unknown, expired or revoked");
	if (kept.exp_s <= clock_now_s())
		return fail(task, INVALID_TOKEN, "the token has expired");
	if (resource != NULL && !is_for(task, grant, resource))
		return fail(task, INVALID_TOKEN, "the token is for another resource");
	ret_bearer->jti = kept.jti;
	ret_bearer->grant = grant;
	return 0;
}

static bool
is_for(const struct task *task, const struct grant *grant, const char *resource)
{
	const char *aud = grant->resource;

	return str_equal(aud == NULL ? task->rooms->settings->gateway_issuer : aud, resource);
}
