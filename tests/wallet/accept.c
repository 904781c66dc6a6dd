/* SPDX-License-Identifier: Apache-2.0
 *
 * OpenID4VCI 1.0 as a wallet lives it: offer, metadata, token, credential, notification; and again
 * by refresh token.
 */
#include "accept.h"

#include "chain.h"
#include "copies.h"
#include "identity.h"
#include "issuer.h"
#include "offer.h"
#include "session.h"

#include <string.h>

struct issuance {
	struct session session;
	struct copies copies;
	struct identity_draft draft;
	const char *name; /* once it is stored */
	bool is_notified;
};

static int take(struct wallet *wallet, struct issuance *issuance, json_t **ret_report);
static int renew(
    struct wallet *wallet, const char *name, const struct batch *batch, json_t **ret_report);
static size_t n_wanted(long n_keys, const struct issuer *issuer);
static int keep(struct wallet *wallet, struct issuance *issuance);
static void notify(struct wallet *wallet, struct issuance *issuance, const char *event);
static int report(struct wallet *wallet, const struct issuance *issuance, json_t **ret_report);

int
accept_offer(struct wallet *wallet, const struct accept *accept, json_t **ret_report)
{
	struct offer offer;
	struct issuer issuer;
	struct issuance issuance = {
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
	issuance.copies.n = n_wanted(accept->n_keys, &issuer);
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

	issuance->copies.session = &issuance->session;
	r = copies_request(wallet, &issuance->copies);
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
	struct issuance issuance = {.draft = {.name = name}};
	struct renewal renewal;
	int r;

	r = batch_read_renewal(wallet, batch, &renewal);
	if (r < 0)
		return r;
	r = issuer_discover(wallet, &offer, id, &issuer);
	if (r < 0)
		return r;
	issuance.copies.n = n_wanted(0, &issuer);
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
keep(struct wallet *wallet, struct issuance *issuance)
{
	const struct issuer *issuer = issuance->session.issuer;
	int r;

	r = copies_check(wallet, &issuance->copies);
	if (r < 0)
		return r;
	issuance->draft.base = issuer->configuration_id;
	issuance->draft.batch = (struct batch_draft){
	    .credentials = issuance->copies.credentials,
	    .keys = issuance->copies.keys,
	    .n = issuance->copies.n,
	    .metadata = wallet_json(wallet,
		json_pack("{s:s, s:s, s:s, s:s*, s:I}", "credential_issuer", issuer->identifier,
		    "credential_configuration_id", issuer->configuration_id, "issuer_subject",
		    issuance->copies.subject, "client_id", issuance->session.client_id,
		    "accepted_s", (json_int_t)wallet_now_s())),
	    .renewal = {issuance->session.refresh_token, issuance->session.dpop_key},
	};
	return identity_save(wallet, &issuance->draft, &issuance->name);
}

/* The issuer's knowledge is a courtesy: that it cannot be reached does not undo anything. */
static void
notify(struct wallet *wallet, struct issuance *issuance, const char *event)
{
	const char *reason = wallet->reason;
	struct web_answer answer;
	json_t *body;
	int r;

	if (!issuance->session.issuer->notification_endpoint || !issuance->copies.notification_id)
		return;
	body = wallet_json(wallet, json_pack("{s:s, s:s}", "notification_id",
				       issuance->copies.notification_id, "event", event));
	r = session_post(wallet, &issuance->session, "the notification endpoint",
	    issuance->session.issuer->notification_endpoint, body, &answer);
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
