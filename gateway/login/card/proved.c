/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /card/complete: a card was proved, over there; here is the browser that began the login, with
 * its cookie, and nobody else gets the session (see proved.h).
 */
#include "login/card/proved.h"

#include "access/browser.h"
#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"
#include "login/card/card.h"
#include "pages/page.h"
#include "records/card_standing.h"

int
proved_keep(struct task *task, const struct inspected *inspected, const struct card_try *attempt,
    const char **ret_href)
{
	const struct card_proved proved = {.attempt = *attempt,
	    .register_key = inspected->register_key,
	    .acr = inspected->authority->acr,
	    .evidence = inspect_reference(task, inspected),
	    .at_s = clock_now_s()};
	const char *code = NULL;
	int r;

	r = card_standing_keep(task, proved.evidence, true);
	if (r == 0)
		r = card_try_keep(task, &proved, &code);
	if (r < 0)
		return r;
	*ret_href = task_printf(
	    task, "%s/card/complete?code=%s", task->rooms->settings->gateway_issuer, code);
	return 0;
}

int
card_complete(struct task *task, const struct request *request, struct reply *reply)
{
	static const char *const amr[] = {"pop", "hwk", "sc", "pin", NULL};
	struct transaction *transaction = NULL;
	struct card_proved *proved;
	struct browser browser;
	int r;

	page_language(task, request, reply, NULL);
	if (!login_method_is_on(task, card_method.id))
		return page_refuse(task, request, reply, 403, METHOD_OFF);
	if (!browser_known(task, request, &browser))
		return page_refuse(task, request, reply, 403, "other-browser");
	r = card_try_take(task, request_query(request, "code"), browser.hash, &proved);
	if (r < 0)
		return r;
	if (proved == NULL)
		return page_refuse(task, request, reply, 400, "link-used");
	r = transaction_find(task, proved->attempt.transaction_id, browser.hash, &transaction);
	if (r < 0)
		return r;
	if (!transaction || transaction->step != STEP_LOGIN)
		return page_refuse(task, request, reply, 400, "transaction-gone");
	page_language(task, request, reply, transaction->ui_locales);
	return login_complete(task, request, reply, transaction,
	    &(struct login_proof){.method = "card",
		.way = "card",
		.register_key = proved->register_key,
		.acr = proved->acr,
		.amr = amr,
		.auth_time_s = proved->at_s,
		.evidence = {card_method.id, proved->evidence}});
}
