/* SPDX-License-Identifier: Apache-2.0
 *
 * POST /introspect: does a token live, and what does it say (RFC 7662)?  As JSON, or for who
 * accepts application/token-introspection+jwt as a signed JWT (RFC 9701).
 *
 * It is told to the client that holds the token and to the service that the token is for; to
 * anybody else the token is not active.  Nothing is said of the person but the sub that stands in
 * the token: attributes leave by /userinfo and /attributes.
 */
#include "oidc/oidc.h"

#include "access/client_auth.h"
#include "consent/release.h"
#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"
#include "jose/digest.h"
#include "jose/sign.h"
#include "oidc/rules/access_token.h"
#include "oidc/rules/resource.h"
#include "oidc/rules/standing.h"
#include "records/subject.h"
#include "records/refresh.h"

#include <string.h>

#define SIGNED_TYPE "application/token-introspection+jwt"

static int told(struct task *task, const struct client *caller, const char *token, json_t **ret);
static int told_refresh(
    struct task *task, const struct client *caller, const struct refresh *refresh, json_t **ret);
static int told_access(
    struct task *task, const struct client *caller, const char *token, json_t **ret);
static bool may_see(struct task *task, const struct client *caller, const struct grant *grant);
static int grant_stands(struct task *task, const struct grant *grant, bool *ret_stands);
static int reply_signed(
    struct task *task, struct reply *reply, const struct client *caller, const json_t *told);

int
oidc_introspect(struct task *task, const struct request *request, struct reply *reply)
{
	const char *token = request_form(request, "token");
	const struct client *caller;
	json_t *answer = NULL;
	int r;

	if (str_is_empty(token))
		return fail(task, INVALID_REQUEST, "token is missing");
	r = client_authenticate(task, request, &caller);
	if (r < 0)
		return r;
	if (caller->auth_method == CLIENT_AUTH_NONE)
		return fail(task, INVALID_CLIENT, "a public client may not ask for tokens");
	r = told(task, caller, token, &answer);
	if (r < 0)
		return r;
	if (answer == NULL)
		answer = json_keep(task, json_pack("{s:b}", "active", 0));
	if (request_accepts(request, SIGNED_TYPE))
		return reply_signed(task, reply, caller, answer);
	return reply_json(reply, 200, answer);
}

/* *ret stays NULL where nothing is told. */
static int
told(struct task *task, const struct client *caller, const char *token, json_t **ret)
{
	const struct refresh *refresh;
	int r;

	r = refresh_find(task, token, &refresh);
	if (r < 0)
		return r;
	if (refresh != NULL)
		return told_refresh(task, caller, refresh, ret);
	return told_access(task, caller, token, ret);
}

static int
told_refresh(
    struct task *task, const struct client *caller, const struct refresh *refresh, json_t **ret)
{
	const struct grant *grant = &refresh->grant;
	struct grant now = *grant;
	json_t *json;
	bool stands;
	int r;

	if (!refresh->is_current || !str_equal(grant->client_id, caller->id))
		return 0;
	r = standing_check(task, caller, &now);
	if (r == INVALID_GRANT || r == DENIED_BY_PERSON) {
		fault_clear(task);
		return 0;
	}
	if (r < 0)
		return r;
	r = grant_stands(task, &now, &stands);
	if (r < 0 || !stands)
		return r;
	json = json_keep(task, json_object());
	json_object_set_new(json, "active", json_true());
	json_set_text(json, "iss", task->rooms->settings->gateway_issuer);
	json_set_text(json, "client_id", caller->id);
	json_set_text(json, "sub", subject_of(task, caller, grant->person_id));
	json_set_text(json, "scope", grant->scope);
	json_object_set_new(json, "iat", json_integer(refresh->issued_s));
	json_object_set_new(json, "exp", json_integer(refresh->until_s));
	*ret = json;
	return 0;
}

static int
told_access(struct task *task, const struct client *caller, const char *token, json_t **ret)
{
	struct issuing issuing = {0};
	struct grant_token kept;
	struct grant *grant;
	bool stands;
	json_t *json;
	int r;

	r = grant_token_find(task, digest_b64u(task, token), &grant, &kept);
	if (r < 0 || grant == NULL || !may_see(task, caller, grant))
		return r;
	r = client_find(task, grant->client_id, &issuing.client);
	if (r < 0 || issuing.client == NULL)
		return r;
	r = grant_stands(task, grant, &stands);
	if (r < 0 || !stands)
		return r;
	issuing.grant = grant;
	issuing.subject = subject_of(task, issuing.client, grant->person_id);
	json = json_keep(task, access_token_claims(task, &issuing, &kept));
	json_object_set_new(json, "active", json_true());
	json_set_text(json, "token_type", access_token_type(grant));
	*ret = json;
	return 0;
}

static bool
may_see(struct task *task, const struct client *caller, const struct grant *grant)
{
	const char *service =
	    grant->resource == NULL ? NULL : resource_service(task, grant->resource);

	return str_equal(grant->client_id, caller->id) ||
	       (caller->is_service && str_equal(service, caller->id));
}

/* As at /userinfo: a person who may not be served, or a consent to what the client was then, ends
 * the token. */
static int
grant_stands(struct task *task, const struct grant *grant, bool *ret_stands)
{
	int r = grant->person_id == NULL ? 0 : release_grant_check(task, grant);

	if (r < 0 && r != ACCESS_DENIED && r != CONSENT_REQUIRED && r != CONSENT_PAUSED)
		return r;
	*ret_stands = r == 0;
	fault_clear(task);
	return 0;
}

/* RFC 9701 section 5: the token's own claims stand one level down, lest the answer be taken for a
 * token. */
static int
reply_signed(
    struct task *task, struct reply *reply, const struct client *caller, const json_t *told)
{
	const struct sign_as as = {
	    .signer = keys_signer(task->rooms->keys, caller->introspection_alg),
	    .typ = "token-introspection+jwt",
	};
	json_auto_t *claims = json_object();
	const char *jwt;
	int r;

	if (as.signer == NULL)
		return fail(task, MISCONFIGURED, "there is no active %s key for introspection",
		    alg_name(caller->introspection_alg));
	json_set_text(claims, "iss", task->rooms->settings->gateway_issuer);
	json_set_text(claims, "aud", caller->id);
	json_object_set_new(claims, "iat", json_integer(clock_now_s()));
	json_object_set(claims, "token_introspection", (json_t *)(uintptr_t)told);
	r = jws_sign(task, &as, claims, &jwt);
	if (r < 0)
		return r;
	return reply_text(reply, 200, SIGNED_TYPE, jwt);
}
