/* SPDX-License-Identifier: Apache-2.0
 *
 * The grant urn:ietf:params:oauth:grant-type:pre-authorized_code of POST /token (OpenID4VCI 1.0
 * section 6), of a wallet that does not say who it is.
 *
 * Who may have the credential is whoever holds the offer and the tx_code.
 */
#include "issue/issue.h"

#include "access/sender.h"
#include "core/clock.h"
#include "core/random.h"
#include "core/settings.h"
#include "core/task.h"
#include "http/cors.h"
#include "issue/details.h"
#include "issue/issuer.h"
#include "jose/digest.h"
#include "records/audit.h"
#include "records/offer.h"
#include "records/person.h"

#include <string.h>

static int token_make(struct task *task, const struct grant *grant, const char **ret_token);
static json_t *answer_of(struct task *task, const struct grant *grant, const char *token);

int
issue_token(struct task *task, const struct request *request, struct reply *reply)
{
	struct grant grant = {.client_id = ISSUE_WALLET};
	struct sender sender;
	struct issuer *issuer;
	const json_t *types;
	const char *token;
	int r;

	r = issuer_of(task, &issuer);
	if (r < 0)
		return r;
	if (str_is_empty(request_form(request, "pre-authorized_code")))
		return fail(task, INVALID_REQUEST, "pre-authorized_code is missing");
	r = sender_of(task, request, NULL, &sender);
	if (r < 0)
		return r;
	r = issue_offer_take(task, request, &grant, &types);
	if (r < 0)
		return r;
	r = person_everywhere(task, grant.person_id, &grant.everywhere_id);
	if (r < 0)
		return r;
	sender_bind(&sender, &grant);
	r = token_make(task, &grant, &token);
	if (r < 0)
		return r;
	cors_allow_wallet(request, reply);
	return reply_json(reply, 200, answer_of(task, &grant, token));
}

/* A wallet that names what it wants is refused what is not known before the offer is spent. */
static int
details_read(struct task *task, const struct request *request, json_t **ret_details)
{
	const char *text = request_form(request, "authorization_details");
	json_t *details;

	*ret_details = NULL;
	if (text == NULL)
		return 0;
	if (json_parse(task, text, strlen(text), &details) < 0)
		return fault_as(task, INVALID_AUTHORIZATION_DETAILS);
	*ret_details = json_keep(task, details);
	return issue_details_check(task, details);
}

/* RFC 6749 section 5.1: scope says what was not asked by details. */
static int
offer_narrow(struct task *task, const struct offer *offer, json_t *details, struct grant *grant)
{
	const char **words = task_new_n(task, const char *, CREDENTIAL_TYPES_MAX + 1);
	size_t i;
	json_t *id, *detail;

	json_array_foreach(details, i, detail)
		if (!json_has_text(offer->configurations,
			json_get_text(detail, "credential_configuration_id")))
			return fail(task, INVALID_AUTHORIZATION_DETAILS,
			    "authorization_details name what was not offered");
	json_array_foreach(offer->configurations, i, id)
		words[i] = json_string_value(id);
	if (details == NULL)
		grant->scope = str_join(task, words, " ");
	else
		grant->authorization_details = issue_details_granted(task, details);
	return 0;
}

int
issue_offer_take(
    struct task *task, const struct request *request, struct grant *grant, const json_t **ret_types)
{
	struct offer offer;
	json_t *details;
	int r;

	r = details_read(task, request, &details);
	if (r < 0)
		return r;
	r = offer_redeem(task, request_form(request, "pre-authorized_code"),
	    request_form(request, "tx_code"), &offer);
	if (r < 0)
		return r;
	grant->id = random_id(task, 16);
	grant->person_id = offer.person_id;
	grant->issued_s = clock_now_s();
	*ret_types = offer.configurations;
	return offer_narrow(task, &offer, details, grant);
}

static json_t *
token_claims(struct task *task, const struct grant *grant, const struct grant_token *token)
{
	const char *base = task->rooms->settings->gateway_issuer;
	json_t *claims = json_keep(task, json_object());

	json_set_text(claims, "iss", base);
	json_set_text(claims, "aud", base);
	json_set_text(claims, "sub", person_subject(task, grant->person_id, ISSUE_SECTOR));
	json_set_text(claims, "client_id", ISSUE_WALLET);
	json_set_text(claims, "scope", grant->scope);
	json_set_text(claims, "jti", token->jti);
	json_object_set_new(claims, "iat", json_integer(token->iat_s));
	json_object_set_new(claims, "exp", json_integer(token->exp_s));
	if (grant->jkt != NULL)
		json_object_set_new(claims, "cnf", json_pack("{s:s}", "jkt", grant->jkt));
	return claims;
}

static int
token_make(struct task *task, const struct grant *grant, const char **ret_token)
{
	const int64_t now_s = clock_now_s();
	struct grant_token token = {
	    .jti = random_id(task, 16),
	    .iat_s = now_s,
	    .exp_s = now_s + task->rooms->settings->tokens_access,
	};
	struct sign_as as = {.signer = keys_access_signer(task->rooms->keys), .typ = "at+jwt"};
	int r;

	if (as.signer == NULL)
		return fail(task, MISCONFIGURED, "there is no active signing key");
	r = jws_sign(task, &as, token_claims(task, grant, &token), ret_token);
	if (r < 0)
		return r;
	token.token_hash = digest_b64u(task, *ret_token);
	r = grant_token_keep(task, grant, &token);
	if (r < 0)
		return r;
	return audit_write(
	    task, &(struct audit_event){
		      .event = "offer.redeemed", .actor = "wallet", .person_id = grant->person_id});
}

static json_t *
answer_of(struct task *task, const struct grant *grant, const char *token)
{
	json_t *answer =
	    json_keep(task, json_pack("{s:s, s:s, s:I}", "access_token", token, "token_type",
				grant->jkt != NULL ? "DPoP" : "Bearer", "expires_in",
				(json_int_t)task->rooms->settings->tokens_access));

	json_set_text(answer, "scope", grant->scope);
	if (grant->authorization_details != NULL)
		json_object_set_new(
		    answer, "authorization_details", json_deep_copy(grant->authorization_details));
	return answer;
}
