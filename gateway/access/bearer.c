/* SPDX-License-Identifier: Apache-2.0
 *
 * Access tokens shown to the gateway (RFC 6750).  What was kept when a token was made is found by
 * the jti that its payload names, and the hash of the whole token must fit: no signature is
 * verified, and none could pass that we did not make.
 */
#include "access/bearer.h"

#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"
#include "jose/digest.h"

#include <string.h>
#include <strings.h>

#define TOKEN_MAX_BYTES 4096
#define JTI_MAX_BYTES   128

static int token_read(struct task *task, const struct request *request, const char **ret_token);
static int jti_read(struct task *task, const char *token, const char **ret_jti);
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
	const char *jti, *hash;
	int r;

	r = jti_read(task, token, &jti);
	if (r < 0)
		return fault_as(task, INVALID_TOKEN);
	r = grant_token_find(task, jti, &grant, &kept);
	if (r < 0)
		return r;
	if (grant == NULL)
		return fail(task, INVALID_TOKEN, "the token is unknown, expired or revoked");

	hash = digest_b64u(task, token);
	if (!bytes_equal_secretly(BYTES_OF(hash), BYTES_OF(kept.token_hash)))
		return fail(task, INVALID_TOKEN, "the token is not the one that was given");
	if (kept.exp_s <= clock_now_s())
		return fail(task, INVALID_TOKEN, "the token has expired");
	if (resource != NULL && !is_for(task, grant, resource))
		return fail(task, INVALID_TOKEN, "the token is for another resource");
	ret_bearer->jti = jti;
	ret_bearer->grant = grant;
	return 0;
}

static int
jti_read(struct task *task, const char *token, const char **ret_jti)
{
	const char *payload = strchr(token, '.'), *end, *jti;
	json_auto_t *claims = NULL;
	struct bytes text;
	int r;

	end = payload == NULL ? NULL : strchr(payload + 1, '.');
	if (end == NULL || strnlen(token, TOKEN_MAX_BYTES + 1) > TOKEN_MAX_BYTES)
		return fail(task, INVALID_TOKEN, "the token is none of ours");
	if (!b64u_decode(task, payload + 1, (size_t)(end - payload - 1), &text))
		return fail(task, INVALID_TOKEN, "the token is none of ours");
	r = json_parse_object(task, (const char *)text.at, text.len, &claims);
	if (r < 0)
		return r;
	jti = json_get_text(claims, "jti");
	if (jti == NULL || strlen(jti) > JTI_MAX_BYTES)
		return fail(task, INVALID_TOKEN, "the token has no jti of ours");
	*ret_jti = task_dup(task, jti);
	return 0;
}

static bool
is_for(const struct task *task, const struct grant *grant, const char *resource)
{
	const char *aud = grant->resource;

	return str_equal(aud == NULL ? task->rooms->settings->gateway_issuer : aud, resource);
}
