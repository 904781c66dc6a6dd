/* SPDX-License-Identifier: Apache-2.0
 *
 * The text of /errors: one lesson for each error name of core/fault.h, and no other (a test holds
 * the two against each other).  English, for developers; people see pages.
 */
#include "oidc/errors.h"

#include "core/str.h"

static const struct lesson lessons[] = {
    {"invalid_request", "A parameter is missing, malformed, or stands twice.",
	"error_description names the parameter. Bodies are application/x-www-form-urlencoded in "
	"UTF-8 (JSON where the endpoint says so); "
	"a parameter stands once; the client authenticates in one way only."},
    {"invalid_client",
	"The client is unknown, or did not prove itself in the way it is registered for.",
	"Compare token_endpoint_auth_method of the registration with what is sent. "
	"private_key_jwt: iss and sub are the client_id, aud is the "
	"issuer as in discovery, exp is near, jti is new each time, and the key is in the "
	"registered jwks. mTLS: the certificate reaches the gateway. "
	"Secrets in Basic are form-encoded before base64 (RFC 6749 section 2.3.1)."},
    {"invalid_grant",
	"The code, refresh token, device code or assertion is unknown, expired, used already, "
	"revoked, or bound to something else.",
	"A code lives a minute and serves once: do not retry with it. redirect_uri and "
	"code_verifier must be those of the request, the client and the "
	"DPoP key the same. After a withdrawal or a logout begin again with /authorize."},
    {"unauthorized_client", "The client exists, but may not do this.",
	"Look at grant_types, response_types and dvara_profile of the registration."},
    {"unsupported_grant_type", "The grant type is not one of grant_types_supported in discovery.",
	"Check its spelling; extension grants are full URNs."},
    {"unsupported_response_type", "Only response_type=code is offered.",
	"Ask for code, with PKCE. Tokens never come through the browser."},
    {"invalid_scope",
	"A scope is unknown, not registered for the client, or wider than what was granted.",
	"Compare with scope in the registration; an OpenID request holds openid."},
    {"access_denied", "The person, or a rule, said no.",
	"Show the person that nothing was shared, and let them go on or try again. It is no fault "
	"of the request."},
    {"invalid_target", "resource names something that the client may not ask tokens for.",
	"resource is an identifier from dvara_resources of the registration; at /token it is one "
	"of those of the request (RFC 8707)."},
    {"invalid_authorization_details",
	"authorization_details is malformed or asks what is not registered.",
	"Types are in authorization_details_types_supported; purpose and attributes must be "
	"registered for the client (RFC 9396)."},
    {"login_required", "prompt=none, and the person must sign in.",
	"Send the request again without prompt=none, in the foreground."},
    {"consent_required", "prompt=none, and the person must be asked.",
	"Send the request again without prompt=none. A change of purposes asks again."},
    {"request_not_supported", "The client may not send a request object.",
	"Send plain parameters, or register request_object_signing_alg."},
    {"request_uri_not_supported", "request_uri is not one that /par gave.",
	"Push the request to /par and use the request_uri of its answer; external ones are never "
	"fetched."},
    {"invalid_request_uri", "The request_uri is unknown, expired, used, or another client's.",
	"Push the request anew; a request_uri serves for one login and a minute or so."},
    {"invalid_request_object", "The request object is malformed, badly signed, or not for us.",
	"Sign with the registered algorithm and key; aud is the issuer, iss the client_id, exp and "
	"nbf are near; state and nonce stand inside."},
    {"registration_not_supported", "A registration parameter stood in an authorization request.",
	"Register the client first; see discovery."},
    {"unmet_authentication_requirements",
	"The level of assurance that the request makes a condition cannot be reached.",
	"Compare acr in claims with acr_values_supported in discovery."},
    {"invalid_token", "The access token is unknown, expired, revoked, or bound to another key.",
	"Get a new one. A withdrawn consent, a logout or a code used twice ends tokens before "
	"their time. A DPoP token needs a proof with ath."},
    {"insufficient_scope", "The token is good but does not reach this far.",
	"Ask for the scope or resource that the endpoint's documentation names."},
    {"invalid_dpop_proof",
	"The DPoP proof is malformed, stale, used before, or not for this request.",
	"One DPoP header; typ dpop+jwt; htm and htu are method and URL without query; iat is now; "
	"jti new each time; ath with a token; "
	"the key is the one of the token (RFC 9449)."},
    {"use_dpop_nonce", "The DPoP proof lacks the nonce, or has an old one.",
	"Repeat the request once, with nonce set to the DPoP-Nonce header of this answer."},
    {"authorization_pending", "The person has not decided yet.",
	"Ask again after interval seconds."},
    {"slow_down", "The client asks too often.",
	"Wait five seconds more between two requests from now on."},
    {"expired_token", "The device code or auth_req_id has expired.", "Begin again."},
    {"unsupported_token_type", "The token cannot be revoked here.",
	"Send access or refresh tokens of this gateway."},
    {"unknown_user_id", "The hint names nobody who can be asked.",
	"Use a hint that this client got: an ID token, or a sub of its own."},
    {"invalid_binding_message", "The binding message cannot be shown.",
	"Short plain text, no control characters."},
    {"missing_user_code", "A user code is needed and was not sent.", "Send user_code."},
    {"invalid_challenge", "What the card signed was not asked of it here, or too long ago.",
	"GET /card/challenge in the same browser, at most five minutes before; each serves once."},
    {"invalid_card", "The card's certificate or its signature was not accepted.",
	"It is of an authority that is configured, for authentication, in its time and not "
	"revoked; the signature is over the issuer's origin and the challenge (Web eID)."},
    {"invalid_credential_request", "The credential request is malformed.",
	"credential_configuration_id or credential_identifier, and proofs, as in OpenID4VCI 1.0 "
	"section 8.2: one of the two, the identifier where the token came with some."},
    {"unknown_credential_configuration", "The credential configuration is none of ours.",
	"Take it from /.well-known/openid-credential-issuer."},
    {"unknown_credential_identifier", "The credential identifier is none of ours.",
	"Take it from the token response."},
    {"invalid_proof", "The proof of the wallet's key is malformed or badly signed.",
	"typ openid4vci-proof+jwt, aud is the credential issuer, nonce from /vci/nonce, iat now."},
    {"invalid_nonce", "The nonce of the proof is unknown, used or expired.",
	"Get a new one from /vci/nonce and repeat."},
    {"invalid_encryption_parameters", "The credential response cannot be encrypted so.",
	"Leave credential_response_encryption out: answers are protected by TLS alone."},
    {"credential_request_denied", "This person gets no such credential.",
	"The register decides; the person asks at a counter."},
    {"invalid_notification_id", "The notification_id is none of ours.",
	"Use the one of the credential response."},
    {"invalid_notification_request", "The notification is malformed.",
	"JSON with notification_id and event."},
    {"invalid_redirect_uri", "A redirect address is not allowed, or not the registered one.",
	"https (http on loopback for native apps), no fragment, no wildcard; in requests exactly "
	"as registered, each byte."},
    {"invalid_client_metadata", "A member of the registration is wrong.",
	"error_description names the member. Private keys never belong into jwks; weak keys and "
	"none are refused."},
    {"invalid_software_statement", "The software statement is malformed, badly signed or expired.",
	"It is a JWT signed by an authority that the operator configured."},
    {"unapproved_software_statement", "The software statement's signer is not approved here.",
	"Ask the operator."},
    {"not_found", "There is nothing here, or nothing of yours.", "Paths are in discovery."},
    {"method_not_allowed", "The endpoint does not know this method.",
	"The Allow header names those it knows."},
    {"conflict", "The thing has changed meanwhile.", "Read it again, then decide."},
    {"consent-not-active", "The consent has ended: used up, given up, withdrawn, or over its time.",
	"GET the consent: status says which. It does not come back; ask for a new one."},
    {"consent-paused", "The person has paused the consent.",
	"Wait until they resume it: an event tells. Asking again gets the same answer."},
    {"idempotency-key-missing", "A POST of the consent API came without Idempotency-Key.",
	"Send a random one with each new request, and the same one when you send it again."},
    {"idempotency-conflict",
	"The first request of this Idempotency-Key is still at work (409), or was another (422).",
	"409: wait a second and send it again, you get the first one's answer. 422: a key is for "
	"one request, its method, path and body; make a new one for a new request."},
    {"purpose-not-registered", "The client has no such purpose in force, or not in this version.",
	"GET /consent/v1/purposes: those that may be asked now, by id or id/vN."},
    {"attribute-not-in-purpose", "The purpose does not register this attribute.",
	"GET /consent/v1/purposes names the attributes of each. Another needs a new version of the "
	"purpose, which two operators approve."},
    {"predicate-required", "The purpose needs no value here: a fact about it will do.",
	"Ask the predicate that the purpose registers, age_over_18 in place of birthdate."},
    {"certificate-expired", "The purpose is suspended, or its certificate is over its time.",
	"Have the purpose applied and approved again; consents to it rest until then."},
    {"limit-exceeded", "The purpose allows this no more often.",
	"GET /consent/v1/purposes says the limits; Retry-After when the next is due."},
    {"rate-limited", "The client asks too often.", "Repeat after Retry-After seconds."},
    {"gone", "It was here and has ended.", "Begin again."},
    {"too_large", "The body is too large.", "64 KB at most where nothing else is said."},
    {"misdirected_request", "The Host header is not the issuer's.",
	"Use the issuer's name; a proxy must pass Host on."},
    {"temporarily_unavailable",
	"The gateway, or a store behind it, cannot answer now; or the caller asks too often (429).",
	"Repeat after Retry-After seconds with the same token or code: nothing was lost."},
    {"bad_gateway", "A service behind the gateway failed.",
	"Try later; tell the service's agency."},
    {"gateway_timeout", "A service behind the gateway was too slow.",
	"Try later; tell the service's agency."},
    {"server_error", "A fault of the gateway.", "Tell the operator the id of the error."},
};

const struct lesson *
lesson_find(const char *error)
{
	const struct lesson *lesson;

	for (size_t i = 0; (lesson = lesson_at(i)) != NULL; i++)
		if (str_equal(lesson->error, error))
			return lesson;
	return NULL;
}

const struct lesson *
lesson_at(size_t i)
{
	return i < sizeof(lessons) / sizeof(lessons[0]) ? &lessons[i] : NULL;
}
