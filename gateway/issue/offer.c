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

#define GRANT_PRE_AUTHORIZED "urn:ietf:params:oauth:grant-type:pre-authorized_code"

static int offer_audit(struct task *task, const char *person_id, const char *operator_name);

int
issue_offer_make(struct task *task, const char *register_key, const char *operator_name,
    struct issue_offer *ret_offer)
{
	struct source_entry *entry;
	struct offer offer = {0};
	struct issuer *issuer;
	struct person person;
	struct buf link;
	int r;

	r = issuer_of(task, &issuer);
	if (r < 0)
		return r;
	r = source_find(task, register_key, &entry);
	if (r < 0)
		return r;
	if (!entry)
		return fail(task, NOT_FOUND, "the register does not know this person");
	r = person_of(task, register_key, &person);
	if (r < 0)
		return r;
	offer.person_id = person.id;
	offer.configurations = json_keep(task, json_pack("[s]", ISSUE_CONFIGURATION));
	r = offer_create(task, &offer);
	if (r < 0)
		return r;
	r = offer_audit(task, person.id, operator_name);
	if (r < 0)
		return r;
	buf_open(&link, task, 2048);
	buf_text_add(&link, "openid-credential-offer://?credential_offer_uri=");
	buf_url_add(&link, task_printf(task, "%s/vci/offer/%s",
			       task->rooms->settings->gateway_issuer, offer.handle));
	ret_offer->credential_offer_uri = buf_text(&link);
	ret_offer->tx_code = offer.tx_code;
	return 0;
}

static int
offer_audit(struct task *task, const char *person_id, const char *operator_name)
{
	return audit_write(task, &(struct audit_event){.event = "credential.offered",
				     .actor = task_printf(task, "operator:%s", operator_name),
				     .person_id = person_id});
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
	    json_keep(task, json_pack("{s:s, s:O, s:{s:{s:s, s:{s:s, s:i}}}}", "credential_issuer",
				task->rooms->settings->gateway_issuer,
				"credential_configuration_ids", offer->configurations, "grants",
				GRANT_PRE_AUTHORIZED, "pre-authorized_code", offer->code, "tx_code",
				"input_mode", "numeric", "length", OFFER_TX_CODE_SIZE)));
}
