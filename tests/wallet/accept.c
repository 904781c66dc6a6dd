/* SPDX-License-Identifier: Apache-2.0
 *
 * OpenID4VCI 1.0 as a wallet lives it: offer, metadata, token, nonce, proof, credential, checks,
 * notification; and again by refresh token.
 */
#include "accept.h"

#include "credential.h"
#include "identity.h"
#include "issuer.h"
#include "jws.h"
#include "key.h"
#include "offer.h"
#include "session.h"

#include <stdlib.h>
#include <string.h>

struct issuance {
	const struct issuer *issuer;
	struct session session;
	struct identity_draft draft;
	EVP_PKEY *keys[BATCH_MAX];
	const char *credentials[BATCH_MAX]; /* credentials[i] is bound to keys[i] */
	size_t n_keys;
	const char *name;            /* once it is stored */
	const char *notification_id; /* or NULL */
	const char *subject;         /* of the issuer's certificate */
	bool is_notified;
};

static int take(struct wallet *wallet, struct issuance *issuance, json_t **ret_report);
static int renew(
    struct wallet *wallet, const char *name, const struct batch *batch, json_t **ret_report);
static int request_credential(struct wallet *wallet, struct issuance *issuance);
static int ask(struct wallet *wallet, struct issuance *issuance, struct web_answer *ret_answer);
static int fetch_nonce(struct wallet *wallet, const struct issuer *issuer, const char **ret_nonce);
static int make_proofs(
    struct wallet *wallet, const struct issuance *issuance, const char *nonce, json_t **ret_proofs);
static int read_credentials(
    struct wallet *wallet, struct issuance *issuance, const struct web_answer *answer);
static int check_each(struct wallet *wallet, struct issuance *issuance);
static int check_unlinkable(struct wallet *wallet, const struct issuance *issuance);
static size_t n_wanted(long n_keys, const struct issuer *issuer);
static int keep(struct wallet *wallet, struct issuance *issuance);
static void notify(struct wallet *wallet, struct issuance *issuance, const char *event);
static int report(struct wallet *wallet, const struct issuance *issuance, json_t **ret_report);

int
accept_offer(struct wallet *wallet, const struct accept *accept, json_t **ret_report)
{
	struct offer offer;
	struct issuer issuer;
	struct issuance issuance = {.issuer = &issuer,
	    .draft = {
		.name = accept->identity, .label = accept->label, .relation = accept->relation}};
	int r;

	r = chain_check_anchors(wallet);
	if (r < 0)
		return r;
	/* Known before the code is spent, so that a bad name or PIN costs nothing. */
	r = accept->identity ? identity_check_draft(wallet, accept->identity) : 0;
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
	issuance.n_keys = n_wanted(accept->n_keys, &issuer);
	issuance.session = (struct session){.issuer = &issuer, .client_id = accept->client_id};
	r = session_open(wallet, &issuance.session, &offer, accept->tx_code);
	if (r < 0)
		return r;
	return take(wallet, &issuance, ret_report);
}

static int
take(struct wallet *wallet, struct issuance *issuance, json_t **ret_report)
{
	int r;

	r = request_credential(wallet, issuance);
	if (r < 0)
		return r;
	r = keep(wallet, issuance);
	notify(wallet, issuance, r < 0 ? "credential_failure" : "credential_accepted");
	if (r < 0)
		return r;
	return report(wallet, issuance, ret_report);
}

int
accept_renew(struct wallet *wallet, const char *name, json_t **ret_report)
{
	json_t *reports = wallet_json(wallet, json_array()), *one;
	struct identity identity;
	int r;

	r = chain_check_anchors(wallet);
	if (r < 0)
		return r;
	r = identity_check_draft(wallet, name);
	if (r < 0)
		return r;
	r = identity_load(wallet, name, &identity);
	if (r < 0)
		return r;
	for (size_t i = 0; i < identity.n_batches; i++) {
		if (!identity.batches[i].can_renew)
			continue;
		r = renew(wallet, name, &identity.batches[i], &one);
		if (r < 0)
			return r;
		json_array_append(reports, one);
	}
	if (json_array_size(reports) == 0)
		return wallet_fail(wallet, WALLET_FAILED,
		    "identity %s has nothing to renew with: ask its issuer for a new offer", name);
	*ret_report = wallet_json(wallet, json_pack("{s:s, s:s, s:O}", "status", "renewed",
					      "identity", name, "credentials", reports));
	return 0;
}

static int
renew(struct wallet *wallet, const char *name, const struct batch *batch, json_t **ret_report)
{
	const json_t *metadata = batch->metadata;
	const char *id =
	    json_string_value(json_object_get(metadata, "credential_configuration_id"));
	struct offer offer = {
	    .issuer = json_string_value(json_object_get(metadata, "credential_issuer")),
	    .configuration_ids = wallet_json(wallet, json_pack("[s*]", id)),
	};
	struct issuer issuer;
	struct issuance issuance = {.issuer = &issuer, .draft = {.name = name}};
	struct renewal renewal;
	int r;

	r = batch_read_renewal(wallet, batch, &renewal);
	if (r < 0)
		return r;
	r = issuer_discover(wallet, &offer, id, &issuer);
	if (r < 0)
		return r;
	issuance.n_keys = n_wanted(0, &issuer);
	issuance.session = (struct session){.issuer = &issuer,
	    .client_id = json_string_value(json_object_get(metadata, "client_id")),
	    .dpop_key = renewal.dpop_key};
	r = session_renew(wallet, &issuance.session, renewal.refresh_token);
	if (r < 0)
		return r;
	if (issuance.session.refresh_token)
		renewal.refresh_token = issuance.session.refresh_token;
	issuance.session.refresh_token = renewal.refresh_token;
	r = batch_keep_renewal(wallet, batch->folder, &renewal);
	if (r < 0)
		return r;
	return take(wallet, &issuance, ret_report);
}

static size_t
n_wanted(long n_keys, const struct issuer *issuer)
{
	size_t n = n_keys > 0 ? (size_t)n_keys : ACCEPT_KEYS;

	return n < issuer->n_batch ? n : issuer->n_batch;
}

static int
request_credential(struct wallet *wallet, struct issuance *issuance)
{
	struct web_answer answer;
	int r;

	for (size_t i = 0; i < issuance->n_keys; i++)
		issuance->keys[i] = key_new(wallet);
	r = ask(wallet, issuance, &answer);
	if (r < 0)
		return r;
	/* A nonce may have run out meanwhile: one more try with a new one (section 8.3.1.2). */
	if (answer.status == 400 && strcmp(web_error(wallet, &answer), "invalid_nonce") == 0) {
		r = ask(wallet, issuance, &answer);
		if (r < 0)
			return r;
	}
	return read_credentials(wallet, issuance, &answer);
}

static int
ask(struct wallet *wallet, struct issuance *issuance, struct web_answer *ret_answer)
{
	const struct issuer *issuer = issuance->issuer;
	const char *identifier = issuance->session.credential_identifier;
	json_t *body, *proofs;
	const char *nonce;
	int r;

	r = fetch_nonce(wallet, issuer, &nonce);
	if (r < 0)
		return r;
	r = make_proofs(wallet, issuance, nonce, &proofs);
	if (r < 0)
		return r;
	body = wallet_json(wallet,
	    json_pack("{s:s, s:{s:O}}",
		identifier ? "credential_identifier" : "credential_configuration_id",
		identifier ? identifier : issuer->configuration_id, "proofs", "jwt", proofs));
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

/* Appendix F.1: "iss" is the client, and absent for an anonymous one.  One proof for each key. */
static int
make_proofs(
    struct wallet *wallet, const struct issuance *issuance, const char *nonce, json_t **ret_proofs)
{
	json_t *proofs = wallet_json(wallet, json_array());
	int r;

	for (size_t i = 0; i < issuance->n_keys; i++) {
		json_t *header =
		    wallet_json(wallet, json_pack("{s:s, s:O}", "typ", "openid4vci-proof+jwt",
					    "jwk", key_public_jwk(wallet, issuance->keys[i])));
		json_t *claims = wallet_json(
		    wallet, json_pack("{s:s, s:I, s:s*, s:s*}", "aud", issuance->issuer->identifier,
				"iat", (json_int_t)wallet_now_s(), "nonce", nonce, "iss",
				issuance->session.client_id));
		const char *proof;

		r = jws_sign(wallet, header, claims, issuance->keys[i], &proof);
		if (r < 0)
			return r;
		json_array_append_new(proofs, json_string(proof));
	}
	*ret_proofs = proofs;
	return 0;
}

/* Section 8.3: as many as there were proofs, or fewer. */
static int
read_credentials(struct wallet *wallet, struct issuance *issuance, const struct web_answer *answer)
{
	const char *what = "the credential endpoint";
	json_t *object, *list, *one;
	size_t i;
	int r;

	if (answer->status == 202)
		return wallet_fail(
		    wallet, WALLET_FAILED, "%s defers: this wallet does not wait", what);
	r = web_json(wallet, what, answer, &object);
	if (r < 0)
		return r;
	list = json_object_get(object, "credentials");
	issuance->notification_id = json_string_value(json_object_get(object, "notification_id"));
	if (json_array_size(list) > issuance->n_keys)
		return wallet_fail(
		    wallet, WALLET_FAILED, "%s gives more credentials than there are keys", what);
	json_array_foreach(list, i, one) {
		issuance->credentials[i] = json_string_value(json_object_get(one, "credential"));
		if (!issuance->credentials[i])
			return wallet_fail(wallet, WALLET_FAILED, "%s gives no credential", what);
	}
	issuance->n_keys = i;
	return i > 0 ? 0 : wallet_fail(wallet, WALLET_FAILED, "%s gives no credential", what);
}

static int
keep(struct wallet *wallet, struct issuance *issuance)
{
	const struct issuer *issuer = issuance->issuer;
	int r;

	r = check_each(wallet, issuance);
	if (r < 0)
		return r;
	r = check_unlinkable(wallet, issuance);
	if (r < 0)
		return r;
	issuance->draft.base = issuer->configuration_id;
	issuance->draft.batch = (struct batch_draft){
	    .credentials = issuance->credentials,
	    .keys = issuance->keys,
	    .n = issuance->n_keys,
	    .metadata = wallet_json(wallet,
		json_pack("{s:s, s:s, s:s, s:s*, s:I}", "credential_issuer", issuer->identifier,
		    "credential_configuration_id", issuer->configuration_id, "issuer_subject",
		    issuance->subject, "client_id", issuance->session.client_id, "accepted_s",
		    (json_int_t)wallet_now_s())),
	    .renewal = {issuance->session.refresh_token, issuance->session.dpop_key},
	};
	return identity_save(wallet, &issuance->draft, &issuance->name);
}

/* They come in the order of the proofs: credential_check() wants each bound to its own key. */
static int
check_each(struct wallet *wallet, struct issuance *issuance)
{
	const char *vct =
	    json_string_value(json_object_get(issuance->issuer->configuration, "vct"));
	struct chain chain;
	int r;

	for (size_t i = 0; i < issuance->n_keys; i++) {
		r = credential_check(
		    wallet, issuance->credentials[i], vct, issuance->keys[i], &chain);
		if (r < 0)
			return r;
		issuance->subject = chain_subject(wallet, &chain);
	}
	return 0;
}

/* One place in a status list, or one digest, in two copies would tie them together. */
static int
check_unlinkable(struct wallet *wallet, const struct issuance *issuance)
{
	json_t *seen = wallet_json(wallet, json_object()), *digest;
	struct sdjwt sdjwt;
	size_t at;
	int r;

	for (size_t i = 0; i < issuance->n_keys; i++) {
		const json_t *status;
		char *place;

		r = sdjwt_read(wallet, issuance->credentials[i], &sdjwt);
		if (r < 0)
			return r;
		status = json_object_get(sdjwt.issuer.payload, "status");
		place = status ? json_dumps(status, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
		r = place && json_object_get(seen, place) ? -1 : 0;
		if (place)
			json_object_set_new(seen, place, json_true());
		free(place);
		json_array_foreach(json_object_get(sdjwt.issuer.payload, "_sd"), at, digest) {
			if (json_object_get(seen, json_string_value(digest)))
				r = -1;
			json_object_set_new(seen, json_string_value(digest), json_true());
		}
		if (r < 0)
			return wallet_fail(wallet, WALLET_FAILED,
			    "copies of the credential can be told to be one person's");
	}
	return 0;
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
	summary = batch_summary(wallet, &identity.batches[0]);
	json_object_set_new(summary, "status", json_string("accepted"));
	json_object_set_new(summary, "identity", json_string(issuance->name));
	json_object_set(summary, "label", json_object_get(identity.about, "label"));
	json_object_set(summary, "relation", json_object_get(identity.about, "relation"));
	json_object_set_new(summary, "notified", json_boolean(issuance->is_notified));
	json_object_set(summary, "claims", identity.batches[0].credential.claims);
	*ret_report = summary;
	return 0;
}
