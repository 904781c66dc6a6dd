/* SPDX-License-Identifier: Apache-2.0
 *
 * Credential offers (OpenID4VCI 1.0 section 4.1): made by an operator for a person, fetched by a
 * wallet.
 */
#include "issue/issue.h"

#include "core/buf.h"
#include "core/settings.h"
#include "core/task.h"
#include "issue/issuer.h"
#include "records/audit.h"
#include "records/offer.h"
#include "records/person.h"
#include "sources/source.h"

#define SCHEME               "openid-credential-offer://"
#define LINK_MAX_BYTES       2048
#define GRANT_PRE_AUTHORIZED "urn:ietf:params:oauth:grant-type:pre-authorized_code"

static int types_choose(
    struct task *task, const struct issue_asking *asking, const json_t **ret_types);
static const char *lacking(
    struct task *task, const struct credential_type *type, const struct source_entry *entry);
static json_t *grants_of(const struct offer *offer);
static int offer_audit(struct task *task, const struct offer *offer, const char *operator_name);

int
issue_offer_make(
    struct task *task, const struct issue_asking *asking, struct issue_offer *ret_offer)
{
	struct offer offer = {0};
	struct issuer *issuer;
	struct person person;
	struct buf link;
	int r;

	r = issuer_of(task, &issuer);
	if (r < 0)
		return r;
	r = types_choose(task, asking, &offer.configurations);
	if (r < 0)
		return r;
	r = person_of(task, asking->register_key, &person);
	if (r < 0)
		return r;
	offer.person_id = person.id;
	r = asking->by_login ? offer_create_by_login(task, &offer) : offer_create(task, &offer);
	if (r < 0)
		return r;
	r = offer_audit(task, &offer, asking->operator_name);
	if (r < 0)
		return r;
	buf_open(&link, task, LINK_MAX_BYTES);
	buf_text_add(&link, SCHEME "?credential_offer_uri=");
	buf_url_add(&link, task_printf(task, "%s/vci/offer/%s",
			       task->rooms->settings->gateway_issuer, offer.handle));
	ret_offer->credential_offer_uri = buf_text(&link);
	ret_offer->tx_code = offer.tx_code;
	return 0;
}

int
issue_types_of(struct task *task, const char *person_id, json_t **ret_types)
{
	json_t *types = json_keep(task, json_array());
	const struct credential_type *type;
	struct source_entry *entry;
	struct person person;
	int r;

	r = person_find(task, person_id, &person);
	if (r < 0)
		return r;
	r = source_find(task, &(struct source_asking){.register_key = person.register_key}, &entry);
	if (r < 0)
		return r;
	for (size_t i = 0; entry != NULL && (type = credential_type_at(task, i)) != NULL; i++)
		if (lacking(task, type, entry) == NULL)
			json_array_append_new(types, json_string(type->id));
	*ret_types = types;
	return 0;
}

const char *
issue_offer_open(struct task *task, const struct credential_type *type)
{
	struct buf link;
	json_t *offer = json_keep(
	    task, json_pack("{s:s, s:[s], s:{s:{}}}", "credential_issuer",
		      task->rooms->settings->gateway_issuer, "credential_configuration_ids",
		      type->id, "grants", "authorization_code"));

	buf_open(&link, task, LINK_MAX_BYTES);
	buf_text_add(&link, SCHEME "?credential_offer=");
	buf_url_add(&link, json_text(task, offer));
	return buf_text(&link);
}

/* What the person cannot get is not offered: they would learn it only at home. */
static int
types_choose(struct task *task, const struct issue_asking *asking, const json_t **ret_types)
{
	const struct credential_type *type = credential_type_usual(task);
	const char *const *id = asking->types;
	json_t *types = json_keep(task, json_array());
	struct source_entry *entry;
	int r;

	r = source_find(
	    task, &(struct source_asking){.register_key = asking->register_key}, &entry);
	if (r < 0)
		return r;
	if (entry == NULL)
		return fail(task, NOT_FOUND, "the register does not know this person");
	if (entry->life != LIFE_ACTIVE)
		return fail(task, CONFLICT, "the register says that the person is dead or blocked");
	if (*id == NULL)
		json_array_append_new(types, json_string(type->id));
	for (; *id != NULL; id++) {
		type = credential_type_find(task, *id);
		if (type == NULL)
			return fail(task, NOT_FOUND, "there is no type of credential %s", *id);
		if (lacking(task, type, entry) != NULL)
			return fail(task, CONFLICT, "no %s: the register has no %s of this person",
			    type->id, lacking(task, type, entry));
		if (!json_has_text(types, type->id))
			json_array_append_new(types, json_string(type->id));
	}
	*ret_types = types;
	return 0;
}

/* The first claim that the type must hold and nobody knows; NULL: all are known.  A register
 * elsewhere is asked when the credential is made, and not for an offer that nobody may take. */
static const char *
lacking(struct task *task, const struct credential_type *type, const struct source_entry *entry)
{
	for (size_t i = 0; i < type->n_claims; i++) {
		const struct credential_claim *claim = &type->claims[i];
		json_auto_t *value = NULL;

		if (!claim->is_mandatory || str_equal(claim->from, CREDENTIAL_FROM_KEY) ||
		    source_is_elsewhere(task, claim->from))
			continue;
		value = source_claim(entry->claims, claim->from);
		if (value == NULL)
			return claim->from;
	}
	return NULL;
}

static int
offer_audit(struct task *task, const struct offer *offer, const char *operator_name)
{
	json_auto_t *detail = json_pack("{s:O}", "configurations", offer->configurations);

	return audit_write(task, &(struct audit_event){.event = "credential.offered",
				     .actor = task_printf(task, "operator:%s", operator_name),
				     .person_id = offer->person_id,
				     .detail = detail});
}

int
issue_offer_show(struct task *task, const struct request *request, struct reply *reply)
{
	struct issuer *issuer;
	struct offer *offer;
	int r;

	r = issuer_of(task, &issuer);
	if (r < 0)
		return r;
	r = offer_find(task, request_capture(request, "h"), &offer);
	if (r < 0)
		return r;
	if (!offer)
		return fail(task, NOT_FOUND, "the offer is unknown, used or expired");
	return reply_json(reply, 200,
	    json_keep(
		task, json_pack("{s:s, s:O, s:o}", "credential_issuer",
			  task->rooms->settings->gateway_issuer, "credential_configuration_ids",
			  offer->configurations, "grants", grants_of(offer))));
}

static json_t *
grants_of(const struct offer *offer)
{
	if (offer->state != NULL)
		return json_pack("{s:{s:s}}", "authorization_code", "issuer_state", offer->state);
	return json_pack("{s:{s:s, s:{s:s, s:i}}}", GRANT_PRE_AUTHORIZED, "pre-authorized_code",
	    offer->code, "tx_code", "input_mode", "numeric", "length", OFFER_TX_CODE_SIZE);
}
