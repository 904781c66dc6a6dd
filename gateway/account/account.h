/* SPDX-License-Identifier: Apache-2.0
 *
 * The person's own page.  One file for each section of it: sessions.c, documents.c; consents, the
 * ledger of releases and complaints come beside them.
 *
 * Whoever comes without a session signs in first, for this page alone.  What is shown and done is
 * the session's person's: no name of a person is ever taken from the request.
 */
#ifndef ACCOUNT_ACCOUNT_H
#define ACCOUNT_ACCOUNT_H

#include "access/browser.h"
#include "http/server.h"
#include "records/session.h"

#define ACCOUNT_PATH "/account"

int account_show(
    struct task *task, const struct request *request, struct reply *reply); /* GET /account */

/* POST /account/sessions/end with session: one of the person's others; POST
 * /account/sessions/end-all: every one, this one too. */
int account_end_session(struct task *task, const struct request *request, struct reply *reply);
int account_end_all(struct task *task, const struct request *request, struct reply *reply);

/* POST /account/links/end with link: an account elsewhere that signed the person in. */
int account_end_link(struct task *task, const struct request *request, struct reply *reply);

/* Who is here.  session is NULL where nobody is; *reply is then on its way to a login. */
struct account_visitor {
	const struct request *request;
	const struct session *session;
	struct browser browser;
};
int account_enter(struct task *task, const struct request *request, struct reply *reply,
    struct account_visitor *ret_visitor);
/* The same for a form of the page: FORBIDDEN where it is not this session's. */
int account_enter_by_form(struct task *task, const struct request *request, struct reply *reply,
    struct account_visitor *ret_visitor);

/* What a section adds to the page's view. */
int account_sessions_add(struct task *task, const struct account_visitor *visitor, json_t *view);
int account_links_add(struct task *task, const struct account_visitor *visitor, json_t *view);

/* A form names a thing of the person's that is not there: NOT_FOUND, after an audit row. */
int account_refuse(struct task *task, const struct account_visitor *visitor, const char *what);

#endif
