/* SPDX-License-Identifier: Apache-2.0
 *
 * GET and POST /vp/request/{h}: the signed request object (OpenID4VP 1.0 sections 5.2, 5.10; RFC
 * 9101).
 *
 * Fetched several times before an answer it has the same nonce, state and key (section 5.10: a
 * wallet may retry).
 */
#include "login/wallet/wallet.h"

#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"
#include "jose/jwe.h"
#include "jose/sign.h"
#include "login/wallet/verifier.h"
#include "records/client.h"

#include <string.h>

#define WALLET_NONCE_MAX 512

static json_t *request_claims(struct task *task, const struct presentation *presentation,
    const char *handle, const json_t *public_key);
static json_t *dcql_query(struct task *task);
static json_t *client_metadata(const json_t *public_key);
static int asker_add(struct task *task, const struct presentation *presentation, json_t *metadata);
static int encryption_key(
    struct task *task, const struct presentation *presentation, json_t **ret_public);

int
wallet_request_object(struct task *task, const struct request *request, struct reply *reply)
{
	const char *handle = request_capture(request, "h");
	const char *wallet_nonce = request_form(request, "wallet_nonce");
	struct wallet *wallet = task->rooms->wallet;
	struct presentation *presentation;
	json_t *public_key, *claims;
	const char *jws;
	int r;

	if (!wallet)
		return fail(task, NOT_FOUND, "wallet login is not configured");
	if (wallet_nonce &&
	    (strlen(wallet_nonce) > WALLET_NONCE_MAX || !str_is_printable_ascii(wallet_nonce)))
		return fail(task, INVALID_REQUEST, "wallet_nonce is too long or not ASCII");
	r = presentation_fetch(task, handle, &presentation);
	if (r < 0)
		return r;
	if (!presentation)
		return fail(task, NOT_FOUND, "the request is unknown, used or expired");
	r = encryption_key(task, presentation, &public_key);
	if (r < 0)
		return r;
	claims = request_claims(task, presentation, handle, public_key);
	json_set_text(claims, "wallet_nonce", wallet_nonce);
	r = asker_add(task, presentation, json_object_get(claims, "client_metadata"));
	if (r < 0)
		return r;
	r = jws_sign(task,
	    &(struct sign_as){
		.signer = wallet->signer, .typ = "oauth-authz-req+jwt", .x5c = wallet->x5c},
	    claims, &jws);
	if (r < 0)
		return r;
	return reply_text(reply, 200, "application/oauth-authz-req+jwt", jws);
}

static int
encryption_key(struct task *task, const struct presentation *presentation, json_t **ret_public)
{
	json_auto_t *private = NULL;
	int r;

	r = json_parse_object(task, presentation->key, strlen(presentation->key), &private);
	if (r < 0)
		return fail(task, BROKEN, "the presentation's key is not a JWK");
	*ret_public = json_keep(task, jwe_key_public(private));
	json_set_text(*ret_public, "kid", presentation->kid);
	return 0;
}

static json_t *
request_claims(struct task *task, const struct presentation *presentation, const char *handle,
    const json_t *public_key)
{
	const struct settings *settings = task->rooms->settings;
	json_t *claims = json_keep(task, json_object());

	json_set_text(claims, "client_id", task->rooms->wallet->client_id);
	json_set_text(claims, "response_type", "vp_token");
	json_set_text(claims, "response_mode", "direct_post.jwt");
	json_set_text(claims, "response_uri",
	    task_printf(task, "%s/vp/response/%s", settings->gateway_issuer, handle));
	json_set_text(claims, "nonce", presentation->nonce);
	json_set_text(claims, "state", presentation->state);
	json_set_text(claims, "aud", "https://self-issued.me/v2");
	json_object_set_new(claims, "iat", json_integer(clock_now_s()));
	json_object_set_new(
	    claims, "exp", json_integer(presentation->created_s + settings->wallet_transaction));
	json_object_set_new(claims, "dcql_query", dcql_query(task));
	json_object_set_new(claims, "client_metadata", client_metadata(public_key));
	/* Of our own: a wallet that does not know it leaves it alone (OpenID4VP section 5), where
	 * transaction_data, which is meant for this, would make it refuse. */
	json_set_text(claims, "binding_message", presentation->message);
	return claims;
}

/* One credential, the one claim that names the person: whatever a client wants to know comes from
 * the register, through the gate. */
static json_t *
dcql_query(struct task *task)
{
	const struct settings *settings = task->rooms->settings;

	return json_pack("{s:[{s:s, s:s, s:{s:[s]}, s:[{s:[s]}], s:[{s:s, s:O}]}]}", "credentials",
	    "id", CREDENTIAL_ID, "format", "dc+sd-jwt", "meta", "vct_values", settings->wallet_vct,
	    "claims", "path", settings->wallet_subject_claim, "trusted_authorities", "type", "aki",
	    "values", task->rooms->wallet->authorities);
}

/* HAIP 1.0 section 5: a fresh key for each request, both content encryptions. */
static json_t *
client_metadata(const json_t *public_key)
{
	json_t *key = json_deep_copy(public_key);

	return json_pack("{s:{s:[o]}, s:[s, s], s:{s:{s:[s], s:[s]}}}", "jwks", "keys", key,
	    "encrypted_response_enc_values_supported", "A128GCM", "A256GCM", "vp_formats_supported",
	    "dc+sd-jwt", "sd-jwt_alg_values", "ES256", "kb-jwt_alg_values", "ES256");
}

/* The page tells people to look whether the app names the service that they sign in to.  Of RFC
 * 7591: a wallet that does not know it leaves it alone (OpenID4VP section 5.1). */
static int
asker_add(struct task *task, const struct presentation *presentation, json_t *metadata)
{
	const char *name = NULL, *language;
	const struct client *client = NULL;
	struct transaction *transaction;
	json_t *text;
	int r;

	r = transaction_find(
	    task, presentation->transaction_id, presentation->browser, &transaction);
	if (r == 0 && transaction)
		r = login_asker(task, transaction, &client, &name);
	if (r < 0)
		return r;
	json_set_text(metadata, "client_name", name);
	if (client)
		json_object_foreach((json_t *)(uintptr_t)client->name, language, text)
			json_object_set(
			    metadata, task_printf(task, "client_name#%s", language), text);
	return 0;
}
