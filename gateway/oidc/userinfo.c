/* SPDX-License-Identifier: Apache-2.0
 *
 * GET and POST /userinfo: the claims that a person allowed (OpenID Connect Core section 5.3).
 */
#include "oidc/oidc.h"

#include "access/bearer.h"
#include "consent/release.h"
#include "core/settings.h"
#include "jose/sign.h"
#include "oidc/rules/cors.h"
#include "oidc/rules/sealed.h"
#include "records/subject.h"

static int answer(
    struct task *task, struct reply *reply, const struct client *client, json_t *claims);
static int claims_sign(
    struct task *task, const struct client *client, json_t *claims, const char **ret_jwt);
static int grant_of(struct task *task, const struct request *request, const struct grant **ret);
static int nothing_released(struct task *task, const struct release *release, json_t **ret);
static int released(
    struct task *task, const struct client *client, const struct grant *grant, json_t **ret);

int
oidc_userinfo(struct task *task, const struct request *request, struct reply *reply)
{
	const struct client *client;
	const struct grant *grant;
	json_t *claims = NULL;
	int r;

	r = grant_of(task, request, &grant);
	if (r < 0)
		return r;
	r = client_find(task, grant->client_id, &client);
	if (r < 0)
		return r;
	if (client == NULL)
		return fail(task, INVALID_TOKEN, "the client of the token has gone");
	cors_allow(request, reply, client);
	if (str_equal(request->method, "HEAD"))
		return reply_empty(reply, 200);
	r = released(task, client, grant, &claims);
	if (r < 0)
		return r;
	json_set_text(claims, "sub", subject_of(task, client, grant->person_id));
	return answer(task, reply, client, json_keep(task, claims));
}

/* Section 5.3.2: JSON, or a JWT, or either encrypted, as the client registered. */
static int
answer(struct task *task, struct reply *reply, const struct client *client, json_t *claims)
{
	struct sealed sealed = {.client = client, .seal = &client->userinfo_seal};
	const char *text;
	int r;

	if (client->userinfo_alg == ALG_NONE && client->userinfo_seal.alg == NULL)
		return reply_json(reply, 200, claims);
	if (client->userinfo_alg != ALG_NONE) {
		sealed.cty = "JWT";
		r = claims_sign(task, client, claims, &sealed.text);
		if (r < 0)
			return r;
	} else {
		sealed.text = json_text(task, claims);
	}
	r = sealed_make(task, &sealed, &text);
	if (r < 0)
		return r;
	return reply_text(reply, 200, "application/jwt", text);
}

static int
claims_sign(struct task *task, const struct client *client, json_t *claims, const char **ret_jwt)
{
	const struct sign_as as = {.signer = keys_signer(task->rooms->keys, client->userinfo_alg)};

	if (as.signer == NULL)
		return fail(task, MISCONFIGURED, "there is no active %s key for userinfo",
		    alg_name(client->userinfo_alg));
	json_set_text(claims, "iss", task->rooms->settings->gateway_issuer);
	json_set_text(claims, "aud", client->id);
	return jws_sign(task, &as, claims, ret_jwt);
}

static int
grant_of(struct task *task, const struct request *request, const struct grant **ret)
{
	struct bearer bearer;
	int r;

	if (request->duplicate != NULL)
		return fail(task, INVALID_REQUEST, "a parameter stands twice");
	r = bearer_of(task, request, &bearer);
	if (r < 0)
		return r;
	if (!str_has_word(bearer.grant->scope, "openid"))
		return fail(task, INSUFFICIENT_SCOPE, "the token has no scope openid");
	*ret = bearer.grant;
	return 0;
}

/* Consent that was withdrawn and a person who may not be served any more end the token as well. */
static int
released(struct task *task, const struct client *client, const struct grant *grant, json_t **ret)
{
	const struct release release = {
	    .person_id = grant->person_id,
	    .client = client,
	    .purpose_id = grant->purpose_id,
	    .consent_id = grant->consent_id,
	    .channel = CHANNEL_USERINFO,
	    .asked = grant->userinfo_claims,
	    .values = json_object_get(grant->claim_values, "userinfo"),
	    .request_id = task->request_id,
	};
	int r;

	if (names_count(grant->userinfo_claims) > 0)
		r = release_claims(task, &release, ret);
	else
		r = nothing_released(task, &release, ret);
	if (r == CONSENT_REQUIRED || r == ACCESS_DENIED)
		return fault_as(task, INVALID_TOKEN);
	if (r == CONSENT_PAUSED) {
		/* It is the same person still, of whom nothing is told for now. */
		fault_clear(task);
		*ret = json_object();
		return 0;
	}
	return r;
}

static int
nothing_released(struct task *task, const struct release *release, json_t **ret)
{
	int r = release_check(task, release);

	if (r < 0)
		return r;
	*ret = json_object();
	return 0;
}
