/* SPDX-License-Identifier: Apache-2.0
 *
 * Web eID: a challenge for the card, and the token that answers it.
 *
 * The challenge is this browser's own and is spent by the first answer, good or bad (case X01).
 */
#include "access/browser.h"
#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"
#include "login/card/card.h"
#include "login/card/inspect.h"
#include "login/card/limit.h"
#include "login/card/proved.h"
#include "login/card/web_eid.h"
#include "records/card_try.h"

static int try_begin(struct task *task, const struct request *request, const char *browser,
    struct card_try *ret_try);
static int token_of(struct task *task, const struct request *request, struct web_eid_token *token);

int
card_challenge(struct task *task, const struct request *request, struct reply *reply)
{
	struct browser browser;
	struct card_try attempt;
	const char *nonce = NULL;
	int r;

	if (!login_method_is_on(task, card_method.id))
		return fail(task, NOT_FOUND, "card login is not offered");
	if (!browser_known(task, request, &browser))
		return fail(task, FORBIDDEN, "this browser has begun no login");
	r = limit_claim(task, request, browser.hash);
	if (r == 0)
		r = try_begin(task, request, browser.hash, &attempt);
	if (r == 0)
		r = card_try_challenge(task, &attempt, &nonce);
	if (r < 0)
		return r;
	return reply_json(reply, 200, json_keep(task, json_pack("{s:s}", "nonce", nonce)));
}

/* Of the page that asks (tx), or of the last one that this browser opened. */
static int
try_begin(
    struct task *task, const struct request *request, const char *browser, struct card_try *ret_try)
{
	const char *tx = request_query(request, "tx");
	struct transaction *transaction = NULL;
	int r = 0;

	if (tx == NULL)
		r = card_try_last(task, browser, &tx);
	if (r == 0 && tx != NULL)
		r = transaction_find(task, tx, browser, &transaction);
	if (r < 0)
		return r;
	if (transaction == NULL || transaction->step != STEP_LOGIN)
		return fail(task, FORBIDDEN, "this browser has begun no login, or it has ended");
	*ret_try = (struct card_try){transaction->id, browser};
	return 0;
}

int
card_login(struct task *task, const struct request *request, struct reply *reply)
{
	struct web_eid_token token = {0};
	struct browser browser = {.hash = ""};
	struct inspected inspected;
	const char *href = NULL, *nonce = NULL;
	struct card_try attempt = {0};
	int r;

	if (!login_method_is_on(task, card_method.id))
		return fail(task, NOT_FOUND, "card login is not offered");
	browser_known(task, request, &browser);
	r = limit_claim(task, request, browser.hash);
	if (r == 0)
		r = card_try_claim(task, browser.hash, &nonce, &attempt);
	if (r == 0)
		r = token_of(task, request, &token);
	if (r < 0)
		return r;
	if (nonce == NULL)
		return fail(task, INVALID_CHALLENGE, "no challenge of this browser is waiting");
	r = inspect_certificate(task, token.certificate_der, &inspected);
	if (r < 0)
		return r;
	token.proof.origin = task->rooms->card->origin;
	token.proof.nonce = nonce;
	if (!card_key_signed(inspected.spki_der, &token.proof))
		return fail(task, INVALID_CARD,
		    "the signature is not over this origin and challenge by the card's key");
	r = inspect_standing(task, &inspected);
	if (r == 0)
		r = proved_keep(task, &inspected, &attempt, &href);
	if (r < 0)
		return r;
	return reply_json(reply, 200, json_keep(task, json_pack("{s:s}", "redirect_uri", href)));
}

static int
token_of(struct task *task, const struct request *request, struct web_eid_token *token)
{
	json_t *body;
	int r;

	r = request_json(task, request, &body);
	if (r < 0)
		return r;
	json_keep(task, body);
	return web_eid_parse(task, json_object_get(body, "auth-token"), token);
}
