/* SPDX-License-Identifier: Apache-2.0
 *
 * Documents on the person's phones (see documents.h).
 *
 * A phone is known by the grant that its wallet fetched with: it is one row as long as the wallet
 * renews what it has.
 */
#include "account/documents.h"

#include "core/clock.h"
#include "core/task.h"
#include "issue/issue.h"
#include "login/login.h"
#include "login/wallet/policy.h"
#include "pages/page.h"
#include "pages/qr.h"
#include "records/client.h"
#include "records/credential.h"
#include "records/credential_type.h"
#include "records/lifecycle.h"
#include "records/post.h"
#include "records/signout.h"

#define HASTE_MS   1000
#define REMINDER_S (30 * 24 * 3600) /* a document that ends within it is to be renewed */

static json_t *phone_of(json_t *phones, const json_t *fetched);
static int phone_view(struct task *task, const json_t *phone, json_t **ret_view);
static const char *renew_by(struct task *task, const json_t *types);
static json_t *documents_of(struct task *task, const json_t *types);
static int addable_add(struct task *task, const char *person_id, json_t *view);
static int others_end(struct task *task, const struct account_visitor *visitor);
static int page_end(struct task *task, const struct account_visitor *visitor, size_t *ret_n);
static int offer_page(struct task *task, const struct request *request, struct reply *reply,
    const struct credential_type *type);

int
account_documents_add(struct task *task, const struct account_visitor *visitor, json_t *view)
{
	json_t *fetched, *one, *phones, *phone, *list = json_array();
	size_t i;
	int r;

	json_object_set_new(view, "phones", list);
	if (visitor->of != NULL)
		return 0;
	r = credential_phones(task, visitor->session->person_id, &fetched);
	if (r < 0)
		return r;
	json_keep(task, fetched);
	phones = json_keep(task, json_array());
	json_array_foreach(fetched, i, one)
		json_object_set(json_object_get(phone_of(phones, one), "types"),
		    json_get_text(one, "configuration"), json_object_get(one, "expires"));
	json_array_foreach(phones, i, phone) {
		r = phone_view(task, phone, &one);
		if (r < 0)
			return r;
		json_array_append_new(list, one);
	}
	r = addable_add(task, visitor->session->person_id, view);
	json_object_set_new(view, "documents",
	    json_boolean(json_array_size(list) > 0 ||
			 json_array_size(json_object_get(view, "addable")) > 0));
	return r;
}

/* {id, client_id, since, types: {id: expires}}: since the first of all that it fetched. */
static json_t *
phone_of(json_t *phones, const json_t *fetched)
{
	const char *device = json_get_text(fetched, "device");
	json_t *phone = NULL, *issued = json_object_get(fetched, "issued");
	size_t i;

	json_array_foreach(phones, i, phone)
		if (str_equal(json_get_text(phone, "id"), device))
			break;
	if (i == json_array_size(phones)) {
		phone = json_pack("{s:s, s:O, s:{}}", "id", device, "since", issued, "types");
		json_set_text(phone, "client_id", json_get_text(fetched, "client_id"));
		json_array_append_new(phones, phone);
	}
	if (json_integer_value(issued) < json_integer_value(json_object_get(phone, "since")))
		json_object_set(phone, "since", issued);
	return phone;
}

static int
phone_view(struct task *task, const json_t *phone, json_t **ret_view)
{
	const char *client_id = json_get_text(phone, "client_id");
	const struct client *client = NULL;
	int64_t since_s = 0;
	json_t *view;
	int r;

	if (client_id != NULL) {
		r = client_find(task, client_id, &client);
		if (r < 0)
			return r;
	}
	json_get_i64(phone, "since", &since_s);
	view = json_object();
	json_set_text(view, "id", json_get_text(phone, "id"));
	json_set_text(view, "name",
	    client == NULL ? page_text(task, N_("Wallet app")) : page_pick(task, client->name));
	json_set_text(view, "since", page_date(task, since_s));
	json_set_text(view, "renew_by", renew_by(task, json_object_get(phone, "types")));
	json_object_set_new(view, "documents", documents_of(task, json_object_get(phone, "types")));
	*ret_view = view;
	return 0;
}

/* The day on which the first of them ends, if that is soon; or NULL. */
static const char *
renew_by(struct task *task, const json_t *types)
{
	int64_t first_s = clock_now_s() + REMINDER_S;
	bool is_soon = false;
	const char *id;
	json_t *expires;

	json_object_foreach((json_t *)(uintptr_t)types, id, expires)
		if (json_integer_value(expires) < first_s) {
			first_s = json_integer_value(expires);
			is_soon = true;
		}
	return is_soon ? page_date(task, first_s) : NULL;
}

static json_t *
documents_of(struct task *task, const json_t *types)
{
	json_t *documents = json_array(), *expires;
	const char *id;

	json_object_foreach((json_t *)(uintptr_t)types, id, expires) {
		const struct credential_type *type = credential_type_find(task, id);

		json_array_append_new(documents,
		    json_pack("{s:s, s:s}", "name", type == NULL ? id : page_pick(task, type->name),
			"until", page_date(task, json_integer_value(expires))));
	}
	return documents;
}

static int
addable_add(struct task *task, const char *person_id, json_t *view)
{
	json_t *types, *id, *list = json_array();
	size_t i;
	int r;

	json_object_set_new(view, "addable", list);
	r = issue_types_of(task, person_id, &types);
	if (r < 0)
		return r;
	json_array_foreach(types, i, id)
		json_array_append_new(list,
		    json_pack("{s:O, s:s}", "id", id, "name",
			page_pick(task, credential_type_find(task, json_string_value(id))->name)));
	return 0;
}

int
account_block_phone(struct task *task, const struct request *request, struct reply *reply)
{
	static const struct ended_by by = {.why = "phone blocked"};
	struct account_visitor visitor;
	int r;

	r = account_enter_by_form(task, request, reply, &visitor);
	if (r < 0 || visitor.session == NULL)
		return r;
	r = lifecycle_device_lost(
	    task, visitor.session->person_id, request_form(request, "phone"), &by);
	if (r == NOT_FOUND) {
		fault_clear(task);
		return account_refuse(task, &visitor, "phone");
	}
	if (r < 0)
		return r;
	r = others_end(task, &visitor);
	if (r < 0)
		return r;
	post_haste(task, HASTE_MS);
	return reply_redirect(reply, ACCOUNT_PATH);
}

static int
others_end(struct task *task, const struct account_visitor *visitor)
{
	size_t n;
	int r;

	do {
		r = page_end(task, visitor, &n);
	} while (r == 0 && n > 0);
	return r;
}

/* The first page of them: what has ended is on none any more. */
static int
page_end(struct task *task, const struct account_visitor *visitor, size_t *ret_n)
{
	struct signout signout = {.person_id = visitor->session->person_id,
	    .actor = "person",
	    .why = "a phone was blocked"};
	json_t *sessions, *session;
	int64_t from = 0;
	size_t i, n = 0;
	int r;

	r = session_list(task, signout.person_id, &from, &sessions);
	if (r < 0)
		return r;
	json_keep(task, sessions);
	json_array_foreach(sessions, i, session) {
		signout.session_id = json_get_text(session, "id");
		if (str_equal(signout.session_id, visitor->session->id))
			continue;
		r = signout_session(task, &signout);
		if (r < 0)
			return r;
		n++;
	}
	*ret_n = n;
	return 0;
}

int
account_add_document(struct task *task, const struct request *request, struct reply *reply)
{
	const struct credential_type *type =
	    credential_type_find(task, request_query(request, "type"));
	struct account_visitor visitor;
	int r;

	page_language(task, request, reply, NULL);
	r = account_enter(task, request, reply, &visitor);
	if (r < 0 || visitor.session == NULL)
		return r;
	if (type == NULL)
		return fail(task, NOT_FOUND, "there is no such type of credential");
	/* Whoever relayed a QR has a session too: it is not to lead to a phone of their own. */
	if (visitor.session->is_cross &&
	    !policy_request_may_cross(task, &(struct policy_asked){.scope = type->id}))
		return login_begin(task, request, reply,
		    &(struct login_errand){
			.path = task_printf(task, "%s?type=%s", request->path, type->id),
			.scope = type->id});
	return offer_page(task, request, reply, type);
}

static int
offer_page(struct task *task, const struct request *request, struct reply *reply,
    const struct credential_type *type)
{
	const char *link = issue_offer_open(task, type);
	json_t *view = json_keep(task, json_object());
	const char *path;
	int side, r;

	r = qr_path(task, link, &path, &side);
	if (r < 0)
		return r;
	json_set_text(view, "document", page_pick(task, type->name));
	json_set_text(view, "link", link);
	json_set_text(view, "qr_text", link);
	json_object_set_new(view, "qr", json_pack("{s:s, s:i}", "path", path, "side", side));
	json_set_text(view, "back_href", ACCOUNT_PATH);
	return page_reply(
	    task, request, reply, &(struct page_show){.page = PAGE_OFFER, .view = view});
}
