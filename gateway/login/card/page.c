/* SPDX-License-Identifier: Apache-2.0
 *
 * The card's page.  Its script speaks with the Web eID extension where there is one; the link to
 * the TLS way works without any.
 */
#include "access/browser.h"
#include "core/settings.h"
#include "core/task.h"
#include "login/card/card.h"
#include "pages/page.h"
#include "records/card_try.h"

static int view_make(struct task *task, const struct request *request,
    const struct transaction *transaction, json_t *view);
static bool has_tls(const struct settings *settings);

int
card_page(struct task *task, const struct request *request, struct reply *reply)
{
	json_t *view = json_keep(task, json_object());
	struct transaction *transaction;
	const struct client *client;
	const char *reason, *name;
	int r;

	if (!task->rooms->card)
		return fail(task, NOT_FOUND, "card login is not configured");
	if (!login_method_is_on(task, card_method.id))
		return page_refuse(task, request, reply, 403, METHOD_OFF);
	r = login_transaction(task, request, &transaction, &reason);
	if (r < 0)
		return r;
	if (reason)
		return page_refuse(task, request, reply, 400, reason);
	page_language(task, request, reply, transaction->ui_locales);
	r = login_asker(task, transaction, &client, &name);
	if (r == 0)
		r = view_make(task, request, transaction, view);
	if (r < 0)
		return r;
	json_set_text(view, "client", name);
	return page_reply(task, request, reply,
	    &(struct page_show){
		.page = PAGE_CARD, .view = view, .form_targets = login_form_targets(task, client)});
}

static int
view_make(struct task *task, const struct request *request, const struct transaction *transaction,
    json_t *view)
{
	const struct settings *settings = task->rooms->settings;
	const struct card_try attempt = {transaction->id, transaction->browser};
	const char *tx = transaction->id, *handle;
	int r;

	r = card_try_note(task, &attempt);
	if (r < 0)
		return r;
	json_set_text(view, "challenge_href", task_printf(task, "/card/challenge?tx=%s", tx));
	json_set_text(view, "software_href", settings->card_software_url);
	json_set_text(view, "other_href", task_printf(task, "/login?tx=%s", tx));
	json_set_text(view, "help_href", task_printf(task, "/login/help?tx=%s", tx));
	json_object_set_new(view, "cancel", login_cancel_button(task, request, transaction));
	if (!has_tls(settings))
		return 0;
	r = card_try_handle(task, &attempt, &handle);
	if (r < 0)
		return r;
	json_set_text(view, "tls_href",
	    task_printf(task, "%s/card/tls?h=%s",
		settings->gateway_mtls_url ? settings->gateway_mtls_url : settings->gateway_issuer,
		handle));
	return 0;
}

/* Where client certificates come in at all. */
static bool
has_tls(const struct settings *settings)
{
	return settings->gateway_mtls_listen != NULL || settings->gateway_proxy_certificates;
}
