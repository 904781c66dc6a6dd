/* SPDX-License-Identifier: Apache-2.0
 *
 * What the views of several pages of the person's have in common.  For the files of this room.
 */
#ifndef ACCOUNT_VIEW_H
#define ACCOUNT_VIEW_H

#include "account/account.h"
#include "records/client.h"
#include "records/span.h"

#define ACCOUNT_FEW  3  /* rows of each kind on /account */
#define ACCOUNT_PAGE 20 /* and on a page of their own */

/* A list of the person's: the member of views, and what a row of it is there. */
struct account_list {
	const char *name;
	int (*view)(struct task *task, const struct account_visitor *visitor, const json_t *row,
	    json_t **ret_view);
};
/* The part of it that a page of its own shows: ?before= names the last row of the page before. */
struct span account_span(const struct request *request);
/* Adds rows to the view, at most limit and as many as a page holds, by number (n) where they have
 * none; where there are more, NAME_before is the name of the last one added: its id, or its seq. */
int account_list_add(struct task *task, const struct account_visitor *visitor,
    const struct account_list *list, int limit, const json_t *rows, json_t *view);
/* Its id, seq or number; NULL: of no row. */
const char *account_row_name(struct task *task, const json_t *row);

/* Sets more_href, to the page of that path from NAME_before on; nothing where that is not there. */
void account_more(struct task *task, const struct account_visitor *visitor, const char *path,
    const struct account_list *list, json_t *view);

/* What every page has (pages/page.h): csrf, child, of, account_href. */
void account_frame(struct task *task, const struct account_visitor *visitor, json_t *view);

/* What a form token is for: this session's pages. */
const char *account_form_name(struct task *task, const struct session *session);

/* /account and path, which may be "", with a query (or NULL), for the same account. */
const char *account_href(
    struct task *task, const struct account_visitor *visitor, const char *path, const char *query);

/* What people call a receiver: its name.  id NULL: the person's own wallet.  *ret_client is NULL
 * where there is none (any more). */
int account_receiver(
    struct task *task, const char *id, const struct client **ret_client, const char **ret_name);

/* Who it was and what for, as the person was told: the client's name and the purpose's words, and
 * where those have changed since (or they are gone) what the notice said that was shown then, in
 * its language.  why NULL: not known. */
struct account_asked {
	const char *client_id, *purpose_id, *purpose_version;
	const char *consent_id,
	    *notice_hash; /* the notice, or the consent that knows it; or NULL */
};
struct account_told {
	const struct purpose *purpose; /* as it is now, or NULL */
	const char *client, *why;
};
int account_told(
    struct task *task, const struct account_asked *asked, struct account_told *ret_told);

/* Names of the details that may be known of a person; never a value, and no office is asked. */
int account_known(struct task *task, const char *person_id, const json_t **ret_names);

/* How a claim is called, cut where that is long. */
const char *account_label(
    struct task *task, const struct account_visitor *visitor, const char *name);
/* How claims are called; no name twice.  New reference. */
json_t *account_labels(
    struct task *task, const struct account_visitor *visitor, const json_t *names);

/* The lines of a text that somebody wrote.  New reference. */
json_t *account_lines(struct task *task, const char *text);

/* The code of the view's qr_text, if it has one, as qr: {path, side}. */
void account_qr_add(struct task *task, json_t *view);

#endif
