/* SPDX-License-Identifier: Apache-2.0
 *
 * A question (question.h) as a page with its form, and what the form sends.  Of the page of a
 * sign-in (page.c) and that of a request by the consent API (account/consent_request.c).
 *
 * To look changes nothing, whoever fetches the address: a browser ahead of the person, or a program
 * that shows what a link leads to.  Only the form answers.
 */
#ifndef CONSENT_QUESTION_PAGE_H
#define CONSENT_QUESTION_PAGE_H

#include "access/browser.h"
#include "consent/question.h"

/* What the page stands for. */
struct question_place {
	const char *id;     /* the transaction's, or the request's */
	const char *action; /* where the form goes */
	const struct browser *browser;
	int64_t waits_until_s; /* unanswered, where an essential one is not known; 0: it does not */
};

/* The page; where an essential one is not known, one that says so, and whose form can only deny. */
int question_page(struct task *task, const struct request *request, struct reply *reply,
    const struct question *question, const struct question_place *place);

/* What the form decided.  Fails FORBIDDEN where it answers another question, BAD_REQUEST where it
 * decides neither.  Where an essential one is not known, allow is to be answered by the page. */
int question_decision(struct task *task, const struct request *request,
    const struct question *question, const struct question_place *place, bool *ret_is_allowed);

#endif
