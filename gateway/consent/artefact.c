/* SPDX-License-Identifier: Apache-2.0
 *
 * Consents as artefacts and receipts (see artefact.h).
 */
#include "consent/artefact.h"

#include "core/clock.h"
#include "core/period.h"
#include "core/rfc3339.h"
#include "core/settings.h"
#include "core/task.h"
#include "jose/sign.h"
#include "pages/page.h"
#include "records/subject.h"

#define SCHEMA "ISO/IEC TS 27560:2023"

static const struct purpose *purpose_of(const struct client *client, const struct consent *consent);
static json_t *claims_of(
    struct task *task, const struct client *client, const struct consent *consent);
static json_t *receipt_of(
    struct task *task, const struct client *client, const struct consent *consent);
static json_t *rights_of(struct task *task, const struct consent *consent);
static const char *notice_of(
    struct task *task, const struct client *client, const struct consent *consent);
static json_t *controller_of(struct task *task, const struct client *client);
static json_t *processing_of(
    struct task *task, const struct client *client, const struct consent *consent);
static void places_add(struct task *task, const char *country, json_t *json);
static json_t *information_of(
    struct task *task, const struct purpose *purpose, const struct consent *consent);
static void times_add(struct task *task, const struct consent *consent, json_t *json);
static const char *address(struct task *task, const struct consent *consent);
static int seal(struct task *task, const char *typ, const json_t *claims, const char **ret_jws);

enum consent_state
artefact_state(const struct client *client, const struct consent *consent)
{
	const int64_t now_s = clock_now_s();
	const struct purpose *purpose = purpose_of(client, consent);
	enum consent_state state = consent_state(consent, now_s);

	if (state != CONSENT_IS_ACTIVE && state != CONSENT_IS_PAUSED)
		return state;
	return purpose != NULL && purpose_stands(purpose, now_s) ? state : CONSENT_IS_SUSPENDED;
}

/* Of a suspended one: whether it may come back, and by what. */
static const char *
suspended_because(const struct client *client, const struct consent *consent)
{
	const struct purpose *purpose = purpose_of(client, consent);

	if (purpose == NULL)
		return "purpose_changed";
	return purpose->is_suspended ? "purpose_suspended" : "purpose_over";
}

/* NULL: another version of it is in force, or none. */
static const struct purpose *
purpose_of(const struct client *client, const struct consent *consent)
{
	const struct purpose *purpose = client_purpose(client, consent->purpose_id);

	if (purpose == NULL || !str_equal(purpose->version, consent->purpose_version))
		return NULL;
	return purpose;
}

json_t *
artefact_json(struct task *task, const struct client *client, const struct consent *consent)
{
	json_t *json = json_keep(task, claims_of(task, client, consent));
	const enum consent_state state = artefact_state(client, consent);

	json_set_text(json, "id", consent->id);
	json_set_text(json, "status", consent_state_name(state));
	if (state == CONSENT_IS_SUSPENDED)
		json_set_text(json, "suspended_because", suspended_because(client, consent));
	json_set_text(json, "sub", subject_of(task, client, consent->person_id));
	times_add(task, consent, json);
	return json;
}

/* What was agreed: the same in the signed artefact. */
static json_t *
claims_of(struct task *task, const struct client *client, const struct consent *consent)
{
	const struct purpose *purpose = purpose_of(client, consent);
	json_t *json = json_object();

	json_set_text(json, "purpose", artefact_purpose(task, client, consent));
	json_set_text(json, "purpose_version", consent->purpose_version);
	if (purpose != NULL)
		json_set_text(json, "basis", purpose_basis_name(purpose->basis));
	json_object_set_new(
	    json, "access", json_pack("{s:s}", "mode", consent->is_once ? "once" : "until"));
	json_set_text(json, "given_at", rfc3339_text(task, consent->given_s));
	json_set_text(json, "valid_until", rfc3339_text(task, consent->until_s));
	if (consent->data_life_s > 0)
		json_set_text(json, "data_life", period_text(task, consent->data_life_s));
	if (purpose != NULL)
		json_object_set_new(json, "frequency", purpose_frequency_json(task, purpose));
	json_object_set_new(json, "attributes", names_json(consent->allowed));
	json_set_text(json, "notice_hash", consent->notice_hash);
	json_set_text(json, "language", consent->language);
	json_set_text(json, "consent_request", consent->request_id);
	return json;
}

const char *
artefact_purpose(struct task *task, const struct client *client, const struct consent *consent)
{
	const struct purpose *purpose = purpose_of(client, consent);

	return purpose == NULL ? consent->purpose_id
			       : task_printf(task, "%s/v%d", purpose->id, purpose->number);
}

static void
times_add(struct task *task, const struct consent *consent, json_t *json)
{
	int64_t ended_s = consent->ended_s;

	if (ended_s == 0 || (consent->withdrawn_s > 0 && consent->withdrawn_s < ended_s))
		ended_s = consent->withdrawn_s;
	if (ended_s > 0)
		json_set_text(json, "ended_at", rfc3339_text(task, ended_s));
	if (consent->paused_s > 0)
		json_set_text(json, "paused_at", rfc3339_text(task, consent->paused_s));
}

int
artefact_seal(struct task *task, const struct client *client, struct consent *consent)
{
	json_auto_t *artefact = NULL, *receipt = NULL;
	int r;

	if (consent->id == NULL)
		consent->id = consent_new_id(task);
	if (consent->given_s == 0)
		consent->given_s = clock_now_s();
	artefact = claims_of(task, client, consent);
	receipt = receipt_of(task, client, consent);
	for (json_t *one = artefact; one != NULL; one = one == artefact ? receipt : NULL) {
		json_set_text(one, "iss", task->rooms->settings->gateway_issuer);
		json_set_text(one, "aud", client->id);
		json_set_text(one, "sub", subject_of(task, client, consent->person_id));
		json_object_set_new(one, "iat", json_integer(consent->given_s));
		json_set_text(one, "status", address(task, consent));
	}
	json_set_text(artefact, "jti", consent->id);
	json_object_set_new(artefact, "exp", json_integer(consent->until_s));
	json_set_text(receipt, "jti", task_printf(task, "%s.receipt", consent->id));
	r = seal(task, "consent+jwt", artefact, &consent->seals.artefact);
	return r < 0 ? r : seal(task, "consent-receipt+jwt", receipt, &consent->seals.receipt);
}

int
artefact_seal_all(struct task *task, struct consent **consents)
{
	const struct client *client = NULL;
	int r = 0;

	for (; r == 0 && *consents != NULL; consents++) {
		r = client_find(task, (*consents)->client_id, &client);
		if (r == 0 && client == NULL)
			r = fail(task, NOT_FOUND, "the client has gone");
		if (r == 0)
			r = artefact_seal(task, client, *consents);
	}
	return r;
}

static const char *
address(struct task *task, const struct consent *consent)
{
	return task_printf(
	    task, "%s/consent/v1/consents/%s", task->rooms->settings->gateway_issuer, consent->id);
}

static int
seal(struct task *task, const char *typ, const json_t *claims, const char **ret_jws)
{
	const struct sign_as as = {.signer = keys_access_signer(task->rooms->keys), .typ = typ};

	if (as.signer == NULL)
		return fail(task, MISCONFIGURED, "there is no active key for consents");
	return jws_sign(task, &as, claims, ret_jws);
}

/* Members as ISO/IEC TS 27560 names them, in the terms of the W3C's guide to it. */
static json_t *
receipt_of(struct task *task, const struct client *client, const struct consent *consent)
{
	const char *issuer = task->rooms->settings->gateway_issuer;
	json_t *json = json_object();

	json_set_text(json, "schema_version", SCHEMA);
	json_set_text(json, "receipt_id", task_printf(task, "%s.receipt", consent->id));
	json_set_text(json, "record_id", consent->id);
	json_set_text(json, "pii_principal_id", subject_of(task, client, consent->person_id));
	json_set_text(json, "privacy_notice", notice_of(task, client, consent));
	json_set_text(json, "notice_hash", consent->notice_hash);
	json_set_text(json, "language", consent->language);
	json_object_set_new(json, "pii_processing", processing_of(task, client, consent));
	json_object_set_new(json, "pii_controllers", json_pack("[o]", controller_of(task, client)));
	json_set_text(json, "withdrawal_method",
	    task_printf(task, "%s/account/consents?consent=%s", issuer, consent->id));
	json_object_set_new(json, "rights", rights_of(task, consent));
	json_set_text(json, "authority", issuer);
	json_object_set_new(json, "events",
	    json_pack("[{s:s, s:s, s:s, s:s}]", "event_type", "given", "event_time",
		rfc3339_text(task, consent->given_s), "valid_until",
		rfc3339_text(task, consent->until_s), "entity", "pii_principal"));
	return json;
}

/* Where the person uses them, signed in. */
static json_t *
rights_of(struct task *task, const struct consent *consent)
{
	const char *account =
	    task_printf(task, "%s/account", task->rooms->settings->gateway_issuer);
	const struct {
		const char *right, *url;
	} rights[] = {
	    {"withdrawal", task_printf(task, "%s/consents?consent=%s", account, consent->id)},
	    {"access", task_printf(task, "%s/ledger?who=%s", account, consent->client_id)},
	    {"rectification", task_printf(task, "%s/complain", account)},
	    {"complaint",
		task_printf(task, "%s/complain?about=consent&ref=%s", account, consent->id)},
	};
	json_t *json = json_array();

	for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++)
		json_array_append_new(
		    json, json_pack("{s:s, s:s}", "right", rights[i].right, "url", rights[i].url));
	return json;
}

/* The client's own, or what was registered for it, which anybody may read; else what was shown, by
 * its name (RFC 6920): who has the notice can tell that it is the one. */
static const char *
notice_of(struct task *task, const struct client *client, const struct consent *consent)
{
	const char *own = json_get_text(client->metadata, "policy_uri");
	const struct purpose *purpose = purpose_of(client, consent);

	if (own != NULL)
		return own;
	if (purpose != NULL && purpose->is_registered)
		return purpose_url(task, client->id, purpose->id);
	return task_printf(task, "ni:///sha-256;%s", consent->notice_hash);
}

static json_t *
controller_of(struct task *task, const struct client *client)
{
	const char *address = json_get_text(client->metadata, "client_uri");
	json_t *json = json_object();

	json_set_text(json, "id", client->id);
	json_set_text(json, "name", page_pick(task, client->name));
	json_set_text(json, "address", address != NULL ? address : client->origins[0]);
	return json;
}

static json_t *
processing_of(struct task *task, const struct client *client, const struct consent *consent)
{
	const struct purpose *purpose = purpose_of(client, consent);
	const char *country = purpose == NULL ? NULL : purpose->country;
	const char *why = purpose == NULL ? NULL : page_pick(task, purpose->why);
	json_t *json = json_object();

	json_set_text(json, "purpose", why != NULL ? why : consent->purpose_id);
	json_set_text(json, "purpose_type", artefact_purpose(task, client, consent));
	if (purpose != NULL)
		json_set_text(json, "lawful_basis", purpose_basis_name(purpose->basis));
	json_object_set_new(json, "pii_information", information_of(task, purpose, consent));
	json_object_set_new(json, "recipients", json_pack("[s]", client->id));
	if (consent->data_life_s > 0)
		json_set_text(json, "retention_period", period_text(task, consent->data_life_s));
	places_add(task, country, json);
	if (purpose != NULL) {
		json_object_set_new(json, "frequency", purpose_frequency_json(task, purpose));
		json_set_text(json, "impact_assessment", purpose->dpia);
	}
	json_set_text(json, "collection_method", consent->is_once ? "once" : "until");
	return json_pack("[o]", json);
}

/* Members that the standard wants of every receipt: what nobody said is said to be so. */
static void
places_add(struct task *task, const char *country, json_t *json)
{
	const char *own = task->rooms->settings->gateway_country;
	const char *jurisdiction = country != NULL ? country : own;

	json_set_text(
	    json, "jurisdiction", jurisdiction != NULL ? jurisdiction : ARTEFACT_NOT_STATED);
	json_object_set_new(json, "storage_locations",
	    json_pack("[s]", country != NULL ? country : ARTEFACT_NOT_STATED));
}

static json_t *
information_of(struct task *task, const struct purpose *purpose, const struct consent *consent)
{
	const char *const *name = consent->allowed;
	json_t *all = json_array();

	for (; *name != NULL; name++) {
		const struct purpose_claim *claim =
		    purpose == NULL ? NULL : purpose_claim(purpose, *name);

		json_array_append_new(
		    all, json_pack("{s:s, s:s, s:b, s:b}", "pii_attribute_id", *name, "pii_type",
			     page_claim_label(task, *name), "pii_optional",
			     claim == NULL || !claim->is_essential, "sensitive",
			     claim != NULL && claim->is_special));
	}
	return all;
}
