/* SPDX-License-Identifier: Apache-2.0
 *
 * Access tokens.  Called by tokens.c.
 */
#include "oidc/rules/access_token.h"

#include "core/clock.h"
#include "core/random.h"
#include "core/settings.h"
#include "core/task.h"
#include "jose/digest.h"
#include "jose/sign.h"
#include "oidc/rules/resource.h"
#include "records/person.h"

#define JTI_BYTES 16

static void confirmation_add(json_t *claims, const struct grant *grant);
static const char *subject_for(struct task *task, const struct issuing *issuing);

int
access_token_make(struct task *task, const struct issuing *issuing, struct access_token *ret_token)
{
	struct access_token token = {.life_s = task->rooms->settings->tokens_access};
	struct sign_as as = {.signer = keys_access_signer(task->rooms->keys), .typ = "at+jwt"};
	json_auto_t *claims = NULL;
	int r;

	if (as.signer == NULL)
		return fail(task, MISCONFIGURED, "there is no active signing key");
	token.kept.jti = random_id(task, JTI_BYTES);
	token.kept.iat_s = clock_now_s();
	if (issuing->grant->until_s > 0 &&
	    issuing->grant->until_s < token.kept.iat_s + token.life_s)
		token.life_s = issuing->grant->until_s - token.kept.iat_s;
	token.kept.exp_s = token.kept.iat_s + token.life_s;
	claims = access_token_claims(task, issuing, &token.kept);
	r = jws_sign(task, &as, claims, &token.jwt);
	if (r < 0)
		return r;
	token.kept.token_hash = digest_b64u(task, token.jwt);
	*ret_token = token;
	return 0;
}

json_t *
access_token_claims(
    struct task *task, const struct issuing *issuing, const struct grant_token *kept)
{
	const char *issuer = task->rooms->settings->gateway_issuer;
	const struct grant *grant = issuing->grant;
	json_t *claims = json_object();

	json_set_text(claims, "iss", issuer);
	json_set_text(claims, "aud", grant->resource == NULL ? issuer : grant->resource);
	json_set_text(claims, "sub", subject_for(task, issuing));
	json_set_text(claims, "client_id", issuing->client->id);
	json_set_text(claims, "scope", str_is_empty(grant->scope) ? NULL : grant->scope);
	json_set_text(claims, "jti", kept->jti);
	json_object_set_new(claims, "iat", json_integer(kept->iat_s));
	json_object_set_new(claims, "exp", json_integer(kept->exp_s));
	if (grant->auth_time_s > 0)
		json_object_set_new(claims, "auth_time", json_integer(grant->auth_time_s));
	json_set_text(claims, "acr", grant->acr);
	if (grant->act != NULL)
		json_object_set_new(claims, "act", json_deep_copy(grant->act));
	if (grant->authorization_details != NULL)
		json_object_set_new(
		    claims, "authorization_details", json_deep_copy(grant->authorization_details));
	confirmation_add(claims, grant);
	return claims;
}

/* RFC 9449 section 6.1, RFC 8705 section 3.1. */
static void
confirmation_add(json_t *claims, const struct grant *grant)
{
	json_t *cnf;

	if (grant->jkt == NULL && grant->x5t == NULL)
		return;
	cnf = json_object();
	json_set_text(cnf, "jkt", grant->jkt);
	json_set_text(cnf, "x5t#S256", grant->x5t);
	json_object_set_new(claims, "cnf", cnf);
}

static const char *
subject_for(struct task *task, const struct issuing *issuing)
{
	const struct grant *grant = issuing->grant;
	const char *service =
	    grant->resource == NULL ? NULL : resource_service(task, grant->resource);

	return service == NULL || grant->person_id == NULL
		   ? issuing->subject
		   : person_service_subject(task, grant->person_id, service);
}

const char *
access_token_type(const struct grant *grant)
{
	return grant->jkt == NULL ? "Bearer" : "DPoP";
}
