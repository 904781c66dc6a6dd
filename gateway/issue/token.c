/* SPDX-License-Identifier: Apache-2.0
 *
 * The grant urn:ietf:params:oauth:grant-type:pre-authorized_code of POST /token (OpenID4VCI 1.0
 * section 6).
 *
 * A wallet is anonymous: who may have the credential is whoever holds the offer and the tx_code.
 */
#include "issue/issue.h"

#include "access/sender.h"
#include "core/clock.h"
#include "core/random.h"
#include "core/settings.h"
#include "core/task.h"
#include "issue/issuer.h"
#include "jose/digest.h"
#include "records/audit.h"
#include "records/offer.h"
#include "records/person.h"

static int token_make(struct task *task, const struct offer *offer, const struct sender *sender,
    const char **ret_token);

int
issue_token(struct task *task, const struct request *request, struct reply *reply)
{
	const char *code = request_form(request, "pre-authorized_code"), *token;
	struct sender sender;
	struct offer offer;
	struct issuer *issuer;
	int r;

	r = issuer_of(task, &issuer);
	if (r < 0)
		return r;
	if (str_is_empty(code))
		return fail(task, INVALID_REQUEST, "pre-authorized_code is missing");
	r = sender_of(task, request, NULL, &sender);
	if (r < 0)
		return r;
	r = offer_redeem(task, code, request_form(request, "tx_code"), &offer);
	if (r < 0)
		return r;
	r = token_make(task, &offer, &sender, &token);
	if (r < 0)
		return r;
	return reply_json(reply, 200,
	    json_keep(task, json_pack("{s:s, s:s, s:I, s:s}", "access_token", token, "token_type",
				sender.jkt ? "DPoP" : "Bearer", "expires_in",
				(json_int_t)task->rooms->settings->tokens_access, "scope",
				ISSUE_CONFIGURATION)));
}

static json_t *
token_claims(struct task *task, const struct offer *offer, const struct grant *grant,
    const struct grant_token *token)
{
	const char *base = task->rooms->settings->gateway_issuer;
	json_t *claims = json_keep(
	    task, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I}", "iss", base, "aud", base,
		      "sub", person_subject(task, offer->person_id, ISSUE_WALLET), "client_id",
		      ISSUE_WALLET, "scope", ISSUE_CONFIGURATION, "jti", token->jti, "iat",
		      (json_int_t)clock_now_s(), "exp", (json_int_t)token->exp_s));

	if (grant->jkt)
		json_object_set_new(claims, "cnf", json_pack("{s:s}", "jkt", grant->jkt));
	return claims;
}

static int
token_make(struct task *task, const struct offer *offer, const struct sender *sender,
    const char **ret_token)
{
	struct grant grant = {
	    .id = random_id(task, 16),
	    .client_id = ISSUE_WALLET,
	    .person_id = offer->person_id,
	    .scope = ISSUE_CONFIGURATION,
	    .issued_s = clock_now_s(),
	};
	struct grant_token token = {
	    .jti = random_id(task, 16),
	    .exp_s = clock_now_s() + task->rooms->settings->tokens_access,
	};
	struct sign_as as = {.signer = keys_access_signer(task->rooms->keys), .typ = "at+jwt"};
	int r;

	sender_bind(sender, &grant);
	if (!as.signer)
		return fail(task, MISCONFIGURED, "there is no active signing key");
	r = jws_sign(task, &as, token_claims(task, offer, &grant, &token), ret_token);
	if (r < 0)
		return r;
	token.token_hash = digest_b64u(task, *ret_token);
	r = grant_token_keep(task, &grant, &token);
	if (r < 0)
		return r;
	return audit_write(
	    task, &(struct audit_event){
		      .event = "offer.redeemed", .actor = "wallet", .person_id = offer->person_id});
}
