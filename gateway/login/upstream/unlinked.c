/* SPDX-License-Identifier: Apache-2.0
 *
 * "Sign in once in another way": somebody whom an upstream knows and we do not, yet.  Who signs in
 * then, in the same transaction, has the identity linked to them (records/link_offer.h), if they
 * say that it is theirs: somebody else may have left it open in this browser.
 */
#include "login/upstream/unlinked.h"

#include "access/browser.h"
#include "core/task.h"
#include "login/upstream/upstream.h"
#include "pages/page.h"
#include "records/client.h"
#include "records/link_offer.h"

#include <string.h>

#define WHO_MAX_BYTES 100

static const char *who(const struct identity *identity);

int
unlinked_show(struct task *task, const struct request *request, struct reply *reply,
    const struct unlinked *unlinked)
{
	const struct identity *identity = unlinked->identity;
	const struct upstream *upstream = identity->upstream;
	const char *tx = unlinked->transaction->id,
		   *subject = json_get_text(identity->id_token, "sub");
	const struct link link = {.id = link_id(task, upstream->issuer, subject),
	    .issuer = upstream->issuer,
	    .upstream = upstream->name};
	const char *path = task_printf(task, "/login/upstream/%s/link", upstream->name);
	const struct client *client = NULL;
	const char *name = NULL;
	json_t *view;
	int r;

	r = link_offer_keep(task, tx, &link);
	if (r == 0)
		r = login_asker(task, unlinked->transaction, &client, &name);
	if (r < 0)
		return r;
	view = json_keep(task, login_button(task, request, path, unlinked->transaction));
	json_set_text(view, "client", name);
	json_set_text(view, "name", page_pick(task, upstream->title));
	json_set_text(view, "who", who(identity));
	json_set_text(view, "other_href", task_printf(task, "/login?tx=%s", tx));
	json_set_text(view, "self", task_printf(task, "/login?tx=%s", tx));
	json_object_set_new(
	    view, "cancel", login_cancel_button(task, request, unlinked->transaction));
	return page_reply(task, request, reply,
	    &(struct page_show){
		.page = PAGE_LINK, .view = view, .form_targets = login_form_targets(task, client)});
}

/* So that the person sees whose account it is. */
static const char *
who(const struct identity *identity)
{
	static const char *const names[] = {"email", "phone_number", "preferred_username", "name"};
	const json_t *const from[] = {identity->id_token, identity->userinfo};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (size_t j = 0; j < sizeof(from) / sizeof(from[0]); j++) {
			const char *value = json_get_text(from[j], names[i]);

			if (!str_is_empty(value) && strlen(value) <= WHO_MAX_BYTES &&
			    page_keeps(value))
				return value;
		}
	return NULL;
}

int
upstream_link(struct task *task, const struct request *request, struct reply *reply)
{
	struct transaction *transaction;
	struct browser browser;
	const char *reason;
	int r;

	if (!login_method_is_on(task, upstream_method.id))
		return page_refuse(task, request, reply, 403, METHOD_OFF);
	r = login_transaction(task, request, &transaction, &reason);
	if (r < 0)
		return r;
	if (reason)
		return page_refuse(task, request, reply, 400, reason);
	page_language(task, request, reply, transaction->ui_locales);
	browser_known(task, request, &browser);
	r = browser_csrf_check(task, request, &browser, transaction->id);
	if (r == 0)
		r = link_offer_accept(task, transaction->id);
	if (r == NOT_FOUND) {
		fault_clear(task);
		return page_refuse(task, request, reply, 400, "link-expired");
	}
	if (r < 0)
		return r;
	return reply_redirect(reply, task_printf(task, "/login?tx=%s", transaction->id));
}
