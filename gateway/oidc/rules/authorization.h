/* SPDX-License-Identifier: Apache-2.0
 *
 * An authorization request, checked (RFC 6749 section 4.1.1, OpenID Connect Core section 3.1.2.1).
 *
 * It is read once, from the parameters of /authorize, and then kept as a JSON object in the
 * transaction, its members named as the parameters are: client_id redirect_uri scope
 * state nonce code_challenge resource dpop_jkt prompt acr_values ui_locales login_hint idp_hint are
 * text, claims is an object, authorization_details an array, max_age and response_mode (enum) are
 * numbers; of our own are "consent_request" (an extension parameter: the id of a request of the
 * consent API, consent/api_requests.c), "subject" (the sub that id_token_hint or claims names) and
 * "acr_is_essential" and "pushed".  What was not sent is absent.  Login and consent read it by
 * these names.
 */
#ifndef OIDC_RULES_AUTHORIZATION_H
#define OIDC_RULES_AUTHORIZATION_H

#include "oidc/rules/parameters.h"
#include "records/client.h"

struct task;

enum prompt {
	PROMPT_NONE = 1 << 0,
	PROMPT_LOGIN = 1 << 1, /* select_account as well: a session knows one person */
	PROMPT_CONSENT = 1 << 2,
};

enum response_mode {
	RESPONSE_QUERY = 0,
	RESPONSE_FRAGMENT,
	RESPONSE_FORM_POST,
	RESPONSE_JWT = 1 << 4, /* with one of the others: signed (JARM) */
};

struct authorization {
	const struct client *client;
	const char *redirect_uri; /* exactly as sent, and the client's */
	enum response_mode response_mode;
	const char *state; /* NULL: not sent; likewise all below */
	const char *scope; /* holds openid, or a wallet asks for credentials; may then be "" */
	const char *nonce;
	const char *code_challenge; /* S256 */
	const char *resources; /* words: services of ours, or the gateway; NULL: none was named */
	const char *dpop_jkt;  /* the key that the code is bound to (RFC 9449 section 10) */
	const char *prompt_words;
	unsigned prompt; /* of enum prompt */
	const char *acr_values;
	bool acr_is_essential;
	const char *ui_locales, *login_hint;
	const char *idp_hint; /* name of the upstream to sign in by (login/upstream/upstream.h) */
	const char *subject;
	const json_t *claims;
	const json_t *details;       /* authorization_details */
	int64_t max_age_s;           /* -1: none */
	const char *consent_request; /* of the consent API, that the consent will answer */
	const char *pushed;          /* of struct parameters: a code is given for it once */
	const char *pending; /* mark of records/pending.h: the client waits elsewhere, and there is
				no redirect_uri; NULL: the answer goes by this browser */
};

/* Step one: who asks.  Sets client.  Fails (a page) INVALID_REQUEST, UNAUTHORIZED_CLIENT. */
int authorization_client(
    struct task *task, const struct parameters *parameters, struct authorization *authorization);

/* Step two: where answers may go.  Sets redirect_uri, state, response_mode
 * (the query where it is none of the client's; step three says so).  Any doubt fails (a page, never
 * a redirect): INVALID_REQUEST, INVALID_REDIRECT_URI. */
int authorization_begin(
    struct task *task, const struct parameters *parameters, struct authorization *authorization);

/* Step three: all the rest; a failure goes to redirect_uri. */
int authorization_read(
    struct task *task, const struct parameters *parameters, struct authorization *authorization);

/* The request of a client that has authenticated and waits elsewhere (RFC 8628 section 3.1): by the
 * same rules, without redirect_uri, state and code. */
int authorization_read_detached(struct task *task, const struct parameters *parameters,
    const struct client *client, struct authorization *ret_authorization);

/* Into the transaction, kept by the task; and back.  The client may have gone since:
 * INVALID_REQUEST. */
const json_t *authorization_json(struct task *task, const struct authorization *authorization);
int authorization_of_json(
    struct task *task, const json_t *json, struct authorization *ret_authorization);

#endif
