/* SPDX-License-Identifier: Apache-2.0
 *
 * GET and POST /authorize: a relying party asks for a person (RFC 6749 section 4.1.1, OpenID
 * Connect Core section 3.1.2).  The request is checked whole; then the session and the consent that
 * are there answer it at once, or a transaction begins and the person is asked.
 */
#include "oidc/oidc.h"

#include "oidc/decision.h"
#include "oidc/rules/answer.h"
#include "oidc/rules/arrival.h"
#include "pages/page.h"

static int take(struct task *task, const struct request *request, struct reply *reply,
    struct authorization *authorization);
static int used_page(struct task *task, const struct request *request, struct reply *reply);

int
oidc_authorize(struct task *task, const struct request *request, struct reply *reply)
{
	struct decision decision = {0};
	int r;

	if (str_equal(request->method, "HEAD"))
		return reply_empty(reply, 200);
	r = take(task, request, reply, &decision.authorization);
	if (r == 0)
		r = decision_proceed(task, request, reply, &decision);
	if (r == CONFLICT)
		return used_page(task, request, reply);
	if (r < 0 && decision.authorization.redirect_uri != NULL)
		return answer_fault(task, request, reply, &decision.authorization);
	return r;
}

/* Who asks, what, and where the answer goes, in this order: until the last is known a fault is a
 * page (case A01). */
static int
take(struct task *task, const struct request *request, struct reply *reply,
    struct authorization *authorization)
{
	struct parameters parameters;
	int r;

	parameters_of_request(request, &parameters);
	r = authorization_client(task, &parameters, authorization);
	if (r == 0)
		r = arrival_open(task, &parameters, authorization);
	page_language(task, request, reply, parameters_get(&parameters, "ui_locales"));
	if (r < 0)
		return r;
	r = authorization_begin(task, &parameters, authorization);
	if (r < 0)
		return r;
	return authorization_read(task, &parameters, authorization);
}

static int
used_page(struct task *task, const struct request *request, struct reply *reply)
{
	fault_clear(task);
	return page_refuse(task, request, reply, 400, "link-used");
}
