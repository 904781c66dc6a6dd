/* SPDX-License-Identifier: Apache-2.0
 *
 * Token endpoint with the pre-authorized code (OpenID4VCI 1.0 section 6) or a refresh token, and
 * requests with the token that comes back.
 */
#include "session.h"

#include "base64url.h"
#include "jws.h"
#include "key.h"
#include "link.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int redeem(struct wallet *wallet, struct session *session, json_t *form);
static int read_token(struct wallet *wallet, struct session *session, const json_t *answer);
static const char *identifier_of(const json_t *details);
static int send(struct wallet *wallet, struct session *session, struct web_request *request,
    struct web_answer *ret_answer);
static int prove(
    struct wallet *wallet, const struct session *session, const char *url, const char **ret_proof);

int
session_open(
    struct wallet *wallet, struct session *session, const struct offer *offer, const char *tx_code)
{
	if (!session->client_id && !session->issuer->allows_anonymous)
		return wallet_fail(wallet, WALLET_FAILED,
		    "the authorization server wants to know the wallet: give --client-id");
	if (session->issuer->has_dpop)
		session->dpop_key = key_new(wallet);
	return redeem(wallet, session,
	    wallet_json(wallet,
		json_pack("{s:s, s:s, s:s*, s:s*}", "grant_type",
		    "urn:ietf:params:oauth:grant-type:pre-authorized_code", "pre-authorized_code",
		    offer->code, "tx_code", tx_code, "client_id", session->client_id)));
}

int
session_renew(struct wallet *wallet, struct session *session, const char *refresh_token)
{
	return redeem(wallet, session,
	    wallet_json(
		wallet, json_pack("{s:s, s:s, s:s*}", "grant_type", "refresh_token",
			    "refresh_token", refresh_token, "client_id", session->client_id)));
}

static int
redeem(struct wallet *wallet, struct session *session, json_t *form)
{
	struct web_request request = {.what = "the token endpoint",
	    .url = session->issuer->token_endpoint,
	    .content_type = "application/x-www-form-urlencoded",
	    .body = link_form(wallet, form)};
	struct web_answer answer;
	json_t *object;
	int r;

	r = send(wallet, session, &request, &answer);
	if (r < 0)
		return r;
	r = web_json(wallet, request.what, &answer, &object);
	if (r < 0)
		return r;
	return read_token(wallet, session, object);
}

static int
read_token(struct wallet *wallet, struct session *session, const json_t *answer)
{
	const char *type = json_string_value(json_object_get(answer, "token_type"));
	const char *expected = session->dpop_key ? "DPoP" : "Bearer";

	session->token = json_string_value(json_object_get(answer, "access_token"));
	if (!session->token || !*session->token || strpbrk(session->token, " \t\r\n"))
		return wallet_fail(wallet, WALLET_FAILED, "the token endpoint gives no token");
	if (!type || strcasecmp(type, expected) != 0)
		return wallet_fail(wallet, WALLET_FAILED,
		    "the token endpoint gives no token of type %s", expected);
	if (session->dpop_key)
		session->refresh_token =
		    json_string_value(json_object_get(answer, "refresh_token"));
	session->credential_identifier =
	    identifier_of(json_object_get(answer, "authorization_details"));
	return 0;
}

static const char *
identifier_of(const json_t *details)
{
	const json_t *first = json_array_get(details, 0);

	return json_string_value(
	    json_array_get(json_object_get(first, "credential_identifiers"), 0));
}

int
session_post(struct wallet *wallet, struct session *session, const char *what, const char *url,
    const json_t *body, struct web_answer *ret_answer)
{
	struct web_request request = {.what = what, .url = url, .content_type = "application/json"};
	char *text = json_dumps(body, JSON_COMPACT);

	if (!text)
		abort();
	request.body = wallet_copy(wallet, text, strlen(text));
	free(text);
	request.authorization =
	    wallet_printf(wallet, "%s %s", session->dpop_key ? "DPoP" : "Bearer", session->token);
	return send(wallet, session, &request, ret_answer);
}

/* A server may ask for its own nonce in the proof, once per request (RFC 9449 section 8). */
static int
send(struct wallet *wallet, struct session *session, struct web_request *request,
    struct web_answer *ret_answer)
{
	struct web_answer answer;
	int r;

	for (int i = 0; i < 2; i++) {
		r = prove(wallet, session, request->url, &request->dpop);
		if (r < 0)
			return r;
		r = web_send(wallet, request, &answer);
		if (r < 0)
			return r;
		if (answer.dpop_nonce)
			session->dpop_nonce = answer.dpop_nonce;
		if (!answer.dpop_nonce || answer.status < 400 ||
		    strcmp(web_error(wallet, &answer), "use_dpop_nonce") != 0)
			break;
	}
	*ret_answer = answer;
	return 0;
}

static int
prove(struct wallet *wallet, const struct session *session, const char *url, const char **ret_proof)
{
	json_t *header, *claims;

	if (!session->dpop_key) {
		*ret_proof = NULL;
		return 0;
	}
	header = wallet_json(wallet, json_pack("{s:s, s:O}", "typ", "dpop+jwt", "jwk",
					 key_public_jwk(wallet, session->dpop_key)));
	claims = wallet_json(
	    wallet, json_pack("{s:s, s:s, s:s, s:I, s:s*}", "jti", base64url_random(wallet, 16),
			"htm", "POST", "htu", wallet_copy(wallet, url, strcspn(url, "?#")), "iat",
			(json_int_t)wallet_now_s(), "nonce", session->dpop_nonce));
	if (session->token)
		json_object_set_new(claims, "ath",
		    json_string(base64url_sha256(wallet, session->token, strlen(session->token))));
	return jws_sign(wallet, header, claims, session->dpop_key, ret_proof);
}
