/* SPDX-License-Identifier: Apache-2.0
 *
 * The person's own pages: /account, and one below it for each thing there is to see.  One file for
 * each: consents.c, receipt.c, ledger.c, looks.c, sessions.c, complaints.c, complain.c, children.c,
 * copy.c, print.c, documents.c, links.c, requests.c; view.c has what several need.
 *
 * Whoever comes without a session signs in first, for this page alone.  What is shown and done is
 * the session's person's; the one other account that a request may name (of=) is that of a child
 * whom the register gives into their care, by a name that only they know it by.
 */
#ifndef ACCOUNT_ACCOUNT_H
#define ACCOUNT_ACCOUNT_H

#include "access/browser.h"
#include "http/server.h"
#include "records/session.h"

#define ACCOUNT_PATH "/account"

http_handler account_show;            /* GET /account */
http_handler account_consents_show;   /* GET /account/consents, ?consent=ID of one alone */
http_handler account_consent_change;  /* POST, with one of withdraw, pause, resume: an id */
http_handler account_receipt_show;    /* GET /account/receipts/{id}: of a consent */
http_handler account_receipt_jwt;     /* GET …/receipt.jwt: what was signed of it */
http_handler account_notice_json;     /* GET …/notice.json: what was shown */
http_handler account_ledger_show;     /* GET /account/ledger: who, from, until, before */
http_handler account_looks_show;      /* GET /account/looks: before */
http_handler account_sessions_show;   /* GET /account/sessions: from */
http_handler account_complaints_show; /* GET /account/complaints */
http_handler account_complain_form;   /* GET /account/complain: about, ref */
http_handler account_complain;        /* POST /account/complaints: about, ref, detail, text */
http_handler account_complaint_show;  /* GET /account/complaints/{number} */
http_handler account_appeal;          /* POST there: text */
http_handler account_download_show;   /* GET /account/download */
http_handler account_download_json;   /* GET /account/download.json: part, before, n */
http_handler account_print;           /* GET /account/print: part, before */

/* POST /account/sessions/end with session: one of the person's others; POST
 * /account/sessions/end-all: every one, this one too. */
http_handler account_end_session, account_end_all;

/* POST /account/links/end with link: an account elsewhere that signed the person in. */
http_handler account_end_link;

/* Who is here, and whose account is shown.  session is NULL where nobody is; *reply is then on its
 * way to a login. */
struct account_visitor {
	const struct request *request;
	const struct session *session;
	struct browser browser;
	const char *person_id;    /* the session's person, or a child of theirs */
	const char *of;           /* names the child in addresses; NULL: their own account */
	const char *child;        /* its name */
	const json_t *attributes; /* the registered ones, for attribute_label() */
};
/* Their own account. */
int account_enter(struct task *task, const struct request *request, struct reply *reply,
    struct account_visitor *ret_visitor);
/* The same, by the login that the errand says. */
struct login_errand;
int account_enter_by(struct task *task, const struct request *request, struct reply *reply,
    const struct login_errand *errand, struct account_visitor *ret_visitor);
/* The same for a form of the page: FORBIDDEN where it is not this session's. */
int account_enter_by_form(struct task *task, const struct request *request, struct reply *reply,
    struct account_visitor *ret_visitor);
/* Their own, or a child's.  That a guardian sees what is an audit row, for the child to see; by a
 * form (what NULL) the step itself writes it. */
int account_enter_of(struct task *task, const struct request *request, struct reply *reply,
    const char *what, struct account_visitor *ret_visitor);

/* A form or an address names a thing of the person's that is not there: NOT_FOUND, after an audit
 * row. */
int account_refuse(struct task *task, const struct account_visitor *visitor, const char *what);

/* What a section adds to the page's view. */
int account_sessions_add(struct task *task, const struct account_visitor *visitor, json_t *view);
int account_links_add(struct task *task, const struct account_visitor *visitor, json_t *view);
int account_children_add(struct task *task, const struct account_visitor *visitor, json_t *view);

/* Who did it, for audit rows: "person", or "guardian:ID". */
const char *account_actor(struct task *task, const struct account_visitor *visitor);

/* An audit row of what a guardian did, with one thing in its detail. */
int account_guardian_audit(
    struct task *task, const struct account_visitor *visitor, const char *event, const char *what);

#endif
