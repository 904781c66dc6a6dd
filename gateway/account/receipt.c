/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /account/receipts/{id}: the receipt of one consent, to read and to print, in the words of
 * ISO/IEC TS 27560 and in the language that the person reads now.
 *
 * Below it what proves it: receipt.jwt, byte for byte what the client gets at the consent API, and
 * notice.json, the text that was shown, whose SHA-256 the receipt holds.
 */
#include "account/account.h"

#include "account/consents.h"
#include "account/view.h"
#include "consent/artefact.h"
#include "core/settings.h"
#include "core/task.h"
#include "jose/verify.h"
#include "pages/country.h"
#include "pages/language.h"
#include "pages/page.h"
#include "records/consent.h"

#include <string.h>

/* The consent that the address names, and what was signed of it. */
struct found {
	const struct consent *consent;
	const char *jws;       /* the receipt; NULL: none was made */
	const json_t *receipt; /* what it says, or NULL */
};

static int enter(struct task *task, const struct request *request, struct reply *reply,
    struct account_visitor *ret_visitor, struct found *ret_found);
static int receipt_read(struct task *task, struct found *found);
static int view_fill(struct task *task, const struct account_visitor *visitor,
    const struct found *found, json_t *view);
static void processing_add(struct task *task, const json_t *receipt, json_t *view);
static void place_set(struct task *task, json_t *view, const char *name, const char *code);
static const char *basis_text(struct task *task, const json_t *processing);
static void notice_add(const struct found *found, json_t *view);
static void addresses_add(struct task *task, const struct account_visitor *visitor,
    const struct found *found, json_t *view);

int
account_receipt_show(struct task *task, const struct request *request, struct reply *reply)
{
	json_t *view = json_keep(task, json_object());
	struct account_visitor visitor;
	struct found found = {0};
	int r;

	r = enter(task, request, reply, &visitor, &found);
	if (r < 0 || found.consent == NULL)
		return r;
	account_frame(task, &visitor, view);
	r = view_fill(task, &visitor, &found, view);
	if (r < 0)
		return r;
	return page_reply(
	    task, request, reply, &(struct page_show){.page = PAGE_ACCOUNT_RECEIPT, .view = view});
}

int
account_receipt_jwt(struct task *task, const struct request *request, struct reply *reply)
{
	struct account_visitor visitor;
	struct found found = {0};
	int r;

	r = enter(task, request, reply, &visitor, &found);
	if (r < 0 || found.consent == NULL)
		return r;
	if (found.jws == NULL)
		return account_refuse(task, &visitor, "receipt");
	reply_header(reply, "Content-Disposition", "attachment; filename=\"receipt.jwt\"");
	return reply_text(reply, 200, "application/jwt", found.jws);
}

int
account_notice_json(struct task *task, const struct request *request, struct reply *reply)
{
	struct account_visitor visitor;
	struct found found = {0};
	const char *notice = NULL;
	int r;

	r = enter(task, request, reply, &visitor, &found);
	if (r < 0 || found.consent == NULL)
		return r;
	r = consent_notice(task, found.consent->notice_hash, &notice);
	if (r < 0)
		return r;
	if (notice == NULL)
		return account_refuse(task, &visitor, "notice");
	reply_header(reply, "Content-Disposition", "attachment; filename=\"notice.json\"");
	return reply_text(reply, 200, "application/json", notice);
}

/* ret_found->consent stays NULL where nobody is signed in. */
static int
enter(struct task *task, const struct request *request, struct reply *reply,
    struct account_visitor *ret_visitor, struct found *ret_found)
{
	struct found found = {0};
	int r;

	r = account_enter_of(task, request, reply, "receipt", ret_visitor);
	if (r < 0 || ret_visitor->session == NULL)
		return r;
	r = consent_by_id(task, request_capture(request, "id"), &found.consent);
	if (r < 0)
		return r;
	if (found.consent == NULL || !str_equal(found.consent->person_id, ret_visitor->person_id))
		return account_refuse(task, ret_visitor, "consent");
	r = receipt_read(task, &found);
	if (r < 0)
		return r;
	*ret_found = found;
	return 0;
}

static int
receipt_read(struct task *task, struct found *found)
{
	struct consent_seals seals = {0};
	struct jws jws;
	int r;

	r = consent_seals(task, found->consent->id, &seals);
	if (r < 0 || seals.receipt == NULL)
		return r;
	r = jws_parse(task, seals.receipt, &jws);
	if (r < 0)
		return fault_as(task, BROKEN);
	found->jws = seals.receipt;
	found->receipt = json_keep(task, json_incref(jws.claims));
	jws_close(&jws);
	return 0;
}

static int
view_fill(struct task *task, const struct account_visitor *visitor, const struct found *found,
    json_t *view)
{
	const json_t *controller =
	    json_array_get(json_object_get(found->receipt, "pii_controllers"), 0);
	json_auto_t *consent = consent_json(found->consent);
	json_t *row = NULL;
	int r;

	r = account_consent_view(task, visitor, consent, &row);
	if (r < 0)
		return r;
	json_object_update_missing(view, json_keep(task, row));
	json_set_text(view, "number", found->consent->id);
	json_set_text(view, "date", page_date_time(task, found->consent->given_s));
	json_set_text(view, "address", json_get_text(controller, "address"));
	json_set_text(view, "issuer", task->rooms->settings->gateway_issuer);
	processing_add(task, found->receipt, view);
	notice_add(found, view);
	addresses_add(task, visitor, found, view);
	account_qr_add(task, view);
	return 0;
}

static void
processing_add(struct task *task, const json_t *receipt, json_t *view)
{
	const json_t *processing = json_array_get(json_object_get(receipt, "pii_processing"), 0);
	const json_t *places = json_object_get(processing, "storage_locations");

	json_set_text(view, "basis", basis_text(task, processing));
	place_set(task, view, "jurisdiction", json_get_text(processing, "jurisdiction"));
	place_set(task, view, "storage", json_string_value(json_array_get(places, 0)));
}

static void
place_set(struct task *task, json_t *view, const char *name, const char *code)
{
	const bool is_stated = code != NULL && !str_equal(code, ARTEFACT_NOT_STATED);

	json_set_text(
	    view, name, is_stated ? country_name(task, code) : page_text(task, N_("Not stated")));
}

static const char *
basis_text(struct task *task, const json_t *processing)
{
	const char *basis = json_get_text(processing, "lawful_basis");

	return page_text(task, basis == NULL || str_equal(basis, "consent")
				   ? N_("You allowed it.")
				   : N_("The law asks for it."));
}

static void
notice_add(const struct found *found, json_t *view)
{
	const char *notice = json_get_text(found->receipt, "privacy_notice");
	const char *language = found->consent->language;
	int known = language == NULL ? -1 : language_find(language, strlen(language));

	json_set_text(view, "hash", found->consent->notice_hash);
	if (str_starts(notice, "https:") || str_starts(notice, "http:"))
		json_set_text(view, "policy_href", notice);
	if (known >= 0)
		json_set_text(view, "language", languages[known].name);
}

static void
addresses_add(struct task *task, const struct account_visitor *visitor, const struct found *found,
    json_t *view)
{
	const char *path = task_printf(task, "/receipts/%s", found->consent->id);
	const char *self = account_href(task, visitor, path, NULL);

	json_set_text(view, "qr_text",
	    task_printf(task, "%s" ACCOUNT_PATH "%s", task->rooms->settings->gateway_issuer, path));
	json_set_text(view, "self", self);
	if (found->jws != NULL)
		json_set_text(view, "jwt_href",
		    account_href(task, visitor, task_printf(task, "%s/receipt.jwt", path), NULL));
	json_set_text(view, "notice_href",
	    account_href(task, visitor, task_printf(task, "%s/notice.json", path), NULL));
}
