/* SPDX-License-Identifier: Apache-2.0
 *
 * Access tokens shown to the gateway (RFC 6750, RFC 9449 section 7).  What was kept when a token
 * was made is found by the hash of the whole token: nothing of it is taken apart or verified, and
 * none is found that we did not make.
 */
#include "access/bearer.h"

#include "access/client_certificate.h"
#include "access/proof.h"
#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"
#include "jose/digest.h"

#include <string.h>
#include <strings.h>

#define TOKEN_MAX_BYTES 4096

/* A token, and how it came. */
struct shown {
	const char *token;
	bool is_dpop; /* the scheme of the header */
};

static int shown_read(struct task *task, const struct request *request, struct shown *ret_shown);
static int header_read(struct task *task, const char *header, struct shown *ret_shown);
static int take(struct task *task, const struct request *request, const struct shown *shown,
    const char *resource, struct bearer *ret_bearer);
static int holder_check(struct task *task, const struct request *request, const struct shown *shown,
    const struct grant *grant);
static int key_check(struct task *task, const struct request *request, const struct shown *shown,
    const struct grant *grant);
static bool is_for(const struct task *task, const struct grant *grant, const char *resource);

int
bearer_of(struct task *task, const struct request *request, struct bearer *ret_bearer)
{
	struct shown shown;
	int r;

	r = shown_read(task, request, &shown);
	if (r < 0)
		return r;
	return take(task, request, &shown, task->rooms->settings->gateway_issuer, ret_bearer);
}

int
bearer_at(struct task *task, const struct request *request, const char *resource,
    struct bearer *ret_bearer)
{
	const char *header = request_header(request, "Authorization");
	struct shown shown;
	int r;

	if (header == NULL)
		return fail(task, NO_TOKEN, "no access token");
	r = header_read(task, header, &shown);
	if (r < 0)
		return r;
	return take(task, request, &shown, resource, ret_bearer);
}

/* The query is not looked at (RFC 9700 section 4.3.2: it ends in logs). */
static int
shown_read(struct task *task, const struct request *request, struct shown *ret_shown)
{
	const char *header = request_header(request, "Authorization");
	const char *form = request_form(request, "access_token");

	if (header != NULL && form != NULL)
		return fail(task, INVALID_REQUEST, "a token in the header and another in the form");
	if (header == NULL && form == NULL)
		return fail(task, NO_TOKEN, "no access token");
	if (form != NULL) {
		*ret_shown = (struct shown){.token = form};
		return 0;
	}
	return header_read(task, header, ret_shown);
}

static int
header_read(struct task *task, const char *header, struct shown *ret_shown)
{
	bool is_dpop = strncasecmp(header, "DPoP ", 5) == 0;

	if (!is_dpop && strncasecmp(header, "Bearer ", 7) != 0)
		return fail(task, NO_TOKEN, "the Authorization header is not Bearer or DPoP");
	header += is_dpop ? 5 : 7;
	*ret_shown = (struct shown){.token = header + strspn(header, " "), .is_dpop = is_dpop};
	return 0;
}

static int
take(struct task *task, const struct request *request, const struct shown *shown,
    const char *resource, struct bearer *ret_bearer)
{
	struct bearer bearer;
	int r;

	r = bearer_token(task, shown->token, resource, &bearer);
	if (r < 0)
		return r;
	r = holder_check(task, request, shown, bearer.grant);
	if (r < 0)
		return r;
	*ret_bearer = bearer;
	return 0;
}

/* RFC 9449 section 7.1: a bound token is none under the scheme Bearer, nor a plain one under DPoP.
 */
static int
holder_check(struct task *task, const struct request *request, const struct shown *shown,
    const struct grant *grant)
{
	if (grant->jkt != NULL && !shown->is_dpop)
		return fail(task, INVALID_TOKEN, "the token is bound to a key: its scheme is DPoP");
	if (grant->jkt == NULL && shown->is_dpop)
		return fail(
		    task, INVALID_TOKEN, "the token is bound to no key: its scheme is Bearer");
	if (grant->x5t != NULL && !str_equal(grant->x5t, client_certificate_hash(task, request)))
		return fail(task, INVALID_TOKEN,
		    "the token is bound to a client certificate that did not come with it");
	return shown->is_dpop ? key_check(task, request, shown, grant) : 0;
}

static int
key_check(struct task *task, const struct request *request, const struct shown *shown,
    const struct grant *grant)
{
	const char *jkt;
	int r;

	r = proof_check(task, request, shown->token, &jkt);
	if (r < 0)
		return fault_as(task, r == USE_DPOP_NONCE ? USE_TOKEN_NONCE : INVALID_TOKEN_PROOF);
	if (jkt == NULL)
		return fail(task, INVALID_TOKEN_PROOF, "the header DPoP is missing");
	if (!str_equal(jkt, grant->jkt))
		return fail(task, INVALID_TOKEN, "the token is bound to another DPoP key");
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
