/* SPDX-License-Identifier: Apache-2.0
 *
 * OpenID4VCI 1.0 as a wallet lives it: offer, metadata, token, nonce, proof, credential, checks,
 * notification.
 */
#include "accept.h"

#include "credential.h"
#include "identity.h"
#include "issuer.h"
#include "jws.h"
#include "key.h"
#include "offer.h"
#include "session.h"

#include <string.h>

struct issuance {
	const struct issuer *issuer;
	struct session session;
	EVP_PKEY *key;
	const char *name; /* NULL until it is stored, unless it was asked for */
	const char *credential;
	const char *notification_id; /* or NULL */
	const char *subject;         /* of the issuer's certificate */
	bool is_notified;
};

static int request_credential(struct wallet *wallet, struct issuance *issuance);
static int ask(struct wallet *wallet, struct issuance *issuance, struct web_answer *ret_answer);
static int fetch_nonce(struct wallet *wallet, const struct issuer *issuer, const char **ret_nonce);
static int make_proof(struct wallet *wallet, const struct issuance *issuance, const char *nonce,
    const char **ret_proof);
static int read_credential(
    struct wallet *wallet, struct issuance *issuance, const struct web_answer *answer);
static int keep(struct wallet *wallet, struct issuance *issuance);
static void notify(struct wallet *wallet, struct issuance *issuance, const char *event);
static int report(struct wallet *wallet, const struct issuance *issuance, json_t **ret_report);

int
accept_offer(struct wallet *wallet, const struct accept *accept, json_t **ret_report)
{
	struct offer offer;
	struct issuer issuer;
	struct issuance issuance = {.issuer = &issuer, .name = accept->identity};
	int r;

	r = chain_check_anchors(wallet);
	if (r < 0)
		return r;
	/* Known before the code is spent, so that a bad name costs nothing. */
	r = accept->identity ? identity_check_new(wallet, accept->identity) : 0;
	if (r < 0)
		return r;
	r = offer_read(wallet, accept->offer_uri, &offer);
	if (r < 0)
		return r;
	r = offer_check_tx_code(wallet, &offer, accept->tx_code);
	if (r < 0)
		return r;
	r = issuer_discover(wallet, &offer, accept->configuration_id, &issuer);
	if (r < 0)
		return r;
	issuance.session = (struct session){.issuer = &issuer, .client_id = accept->client_id};
	r = session_open(wallet, &issuance.session, &offer, accept->tx_code);
	if (r < 0)
		return r;
	r = request_credential(wallet, &issuance);
	if (r < 0)
		return r;
	r = keep(wallet, &issuance);
	notify(wallet, &issuance, r < 0 ? "credential_failure" : "credential_accepted");
	if (r < 0)
		return r;
	return report(wallet, &issuance, ret_report);
}

static int
request_credential(struct wallet *wallet, struct issuance *issuance)
{
	struct web_answer answer;
	int r;

	issuance->key = key_new(wallet);
	r = ask(wallet, issuance, &answer);
	if (r < 0)
		return r;
	/* A nonce may have run out meanwhile: one more try with a new one (section 8.3.1.2). */
	if (answer.status == 400 && strcmp(web_error(wallet, &answer), "invalid_nonce") == 0) {
		r = ask(wallet, issuance, &answer);
		if (r < 0)
			return r;
	}
	return read_credential(wallet, issuance, &answer);
}

static int
ask(struct wallet *wallet, struct issuance *issuance, struct web_answer *ret_answer)
{
	const struct issuer *issuer = issuance->issuer;
	const char *identifier = issuance->session.credential_identifier;
	const char *nonce, *proof;
	json_t *body;
	int r;

	r = fetch_nonce(wallet, issuer, &nonce);
	if (r < 0)
		return r;
	r = make_proof(wallet, issuance, nonce, &proof);
	if (r < 0)
		return r;
	body = wallet_json(wallet,
	    json_pack("{s:s, s:{s:[s]}}",
		identifier ? "credential_identifier" : "credential_configuration_id",
		identifier ? identifier : issuer->configuration_id, "proofs", "jwt", proof));
	return session_post(wallet, &issuance->session, "the credential endpoint",
	    issuer->credential_endpoint, body, ret_answer);
}

static int
fetch_nonce(struct wallet *wallet, const struct issuer *issuer, const char **ret_nonce)
{
	struct web_request request = {
	    .what = "the nonce endpoint", .url = issuer->nonce_endpoint, .body = ""};
	struct web_answer answer;
	json_t *object;
	const char *nonce;
	int r;

	if (!issuer->nonce_endpoint) {
		*ret_nonce = NULL;
		return 0;
	}
	r = web_send(wallet, &request, &answer);
	if (r < 0)
		return r;
	r = web_json(wallet, request.what, &answer, &object);
	if (r < 0)
		return r;
	nonce = json_string_value(json_object_get(object, "c_nonce"));
	if (!nonce)
		return wallet_fail(wallet, WALLET_FAILED, "the nonce endpoint gives no c_nonce");
	*ret_nonce = nonce;
	return 0;
}

/* Appendix F.1: "iss" is the client, and absent for an anonymous one. */
static int
make_proof(struct wallet *wallet, const struct issuance *issuance, const char *nonce,
    const char **ret_proof)
{
	json_t *header = wallet_json(wallet, json_pack("{s:s, s:O}", "typ", "openid4vci-proof+jwt",
						 "jwk", key_public_jwk(wallet, issuance->key)));
	json_t *claims = wallet_json(wallet,
	    json_pack("{s:s, s:I, s:s*, s:s*}", "aud", issuance->issuer->identifier, "iat",
		(json_int_t)wallet_now_s(), "nonce", nonce, "iss", issuance->session.client_id));

	return jws_sign(wallet, header, claims, issuance->key, ret_proof);
}

static int
read_credential(struct wallet *wallet, struct issuance *issuance, const struct web_answer *answer)
{
	const char *what = "the credential endpoint";
	const json_t *first;
	json_t *object;
	int r;

	if (answer->status == 202)
		return wallet_fail(
		    wallet, WALLET_FAILED, "%s defers: this wallet does not wait", what);
	r = web_json(wallet, what, answer, &object);
	if (r < 0)
		return r;
	first = json_array_get(json_object_get(object, "credentials"), 0);
	issuance->credential = json_string_value(json_object_get(first, "credential"));
	issuance->notification_id = json_string_value(json_object_get(object, "notification_id"));
	if (!issuance->credential)
		return wallet_fail(wallet, WALLET_FAILED, "%s gives no credential", what);
	return 0;
}

static int
keep(struct wallet *wallet, struct issuance *issuance)
{
	const struct issuer *issuer = issuance->issuer;
	const char *vct = json_string_value(json_object_get(issuer->configuration, "vct"));
	struct chain chain;
	json_t *metadata;
	int r;

	r = credential_check(wallet, issuance->credential, vct, issuance->key, &chain);
	if (r < 0)
		return r;
	issuance->subject = chain_subject(wallet, &chain);
	metadata = wallet_json(
	    wallet, json_pack("{s:s, s:s, s:s, s:I}", "credential_issuer", issuer->identifier,
			"credential_configuration_id", issuer->configuration_id, "issuer_subject",
			issuance->subject, "accepted_s", (json_int_t)wallet_now_s()));
	return identity_save(wallet,
	    &(struct identity_draft){
		.name = issuance->name,
		.base = issuer->configuration_id,
		.credential_text = issuance->credential,
		.key = issuance->key,
		.metadata = metadata,
	    },
	    &issuance->name);
}

/* The issuer's knowledge is a courtesy: that it cannot be reached does not undo anything. */
static void
notify(struct wallet *wallet, struct issuance *issuance, const char *event)
{
	const char *reason = wallet->reason;
	struct web_answer answer;
	json_t *body;
	int r;

	if (!issuance->issuer->notification_endpoint || !issuance->notification_id)
		return;
	body = wallet_json(wallet,
	    json_pack("{s:s, s:s}", "notification_id", issuance->notification_id, "event", event));
	r = session_post(wallet, &issuance->session, "the notification endpoint",
	    issuance->issuer->notification_endpoint, body, &answer);
	issuance->is_notified = r == 0 && answer.status >= 200 && answer.status < 300;
	wallet->reason = reason;
}

static int
report(struct wallet *wallet, const struct issuance *issuance, json_t **ret_report)
{
	struct identity identity;
	json_t *summary;
	int r;

	r = identity_load(wallet, issuance->name, &identity);
	if (r < 0)
		return r;
	summary = identity_summary(wallet, &identity);
	json_object_set_new(summary, "status", json_string("accepted"));
	json_object_set_new(summary, "identity", json_string(issuance->name));
	json_object_del(summary, "name");
	json_object_set_new(summary, "notified", json_boolean(issuance->is_notified));
	json_object_set(summary, "claims", identity.credential.claims);
	*ret_report = summary;
	return 0;
}
