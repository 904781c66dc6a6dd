/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /card/tls: the card by the browser's own TLS, on a listener that asks for client certificates
 * or behind a proxy that does (RFC 9440).
 *
 * It may stand at another origin, where our cookies do not come: the link's handle finds the login,
 * and GET /card/complete at the issuer finds the browser.  Whatever is wrong ends on a page with
 * the other ways in; nothing leads back here by itself (case X17).
 */
#include "core/log.h"
#include "core/settings.h"
#include "core/task.h"
#include "login/card/card.h"
#include "login/card/limit.h"
#include "login/card/proved.h"
#include "pages/page.h"

static int certificate_take(struct task *task, const struct request *request,
    const struct card_try *attempt, const char **ret_href);
static int problem_show(struct task *task, const struct request *request, struct reply *reply,
    const struct card_try *attempt);
static const char *problem_of(const struct request *request, int code);

int
card_tls(struct task *task, const struct request *request, struct reply *reply)
{
	const char *href = NULL;
	struct card_try *attempt;
	int r;

	if (!task->rooms->card)
		return fail(task, NOT_FOUND, "card login is not configured");
	page_language(task, request, reply, NULL);
	if (!login_method_is_on(task, card_method.id))
		return page_refuse(task, request, reply, 403, METHOD_OFF);
	r = card_try_find(task, request_query(request, "h"), &attempt);
	if (r < 0)
		return r;
	if (attempt == NULL)
		return page_refuse(task, request, reply, 400, "transaction-gone");
	r = limit_claim(task, request, attempt->browser);
	if (r == 0)
		r = certificate_take(task, request, attempt, &href);
	if (r == INVALID_CARD || r == CARD_UNCHECKED)
		return problem_show(task, request, reply, attempt);
	if (r < 0)
		return r;
	return reply_redirect(reply, href);
}

/* TLS has shown that the caller holds the key; who issued the certificate nobody has looked at but
 * us. */
static int
certificate_take(struct task *task, const struct request *request, const struct card_try *attempt,
    const char **ret_href)
{
	struct inspected inspected;
	int r;

	if (request->peer_certificate.len == 0)
		return fail(task, INVALID_CARD, "the browser showed no certificate");
	r = inspect_certificate(task, request->peer_certificate, &inspected);
	if (r == 0)
		r = inspect_standing(task, &inspected);
	if (r < 0)
		return r;
	return proved_keep(task, &inspected, attempt, ret_href);
}

static int
problem_show(struct task *task, const struct request *request, struct reply *reply,
    const struct card_try *attempt)
{
	json_t *view = json_keep(task, json_object());
	int code = task->fault.code;

	log_fault(task, "card");
	json_set_text(view, "reason", problem_of(request, code));
	json_set_text(view, "back_href",
	    task_printf(task, "%s/login?tx=%s", task->rooms->settings->gateway_issuer,
		attempt->transaction_id));
	json_set_text(view, "back_text", page_text(task, "Choose another way to sign in"));
	return page_reply(task, request, reply,
	    &(struct page_show){
		.page = PAGE_ERROR, .status = code == CARD_UNCHECKED ? 503 : 403, .view = view});
}

static const char *
problem_of(const struct request *request, int code)
{
	if (request->peer_certificate.len == 0)
		return "card-absent";
	return code == CARD_UNCHECKED ? "card-unchecked" : "card-refused";
}
