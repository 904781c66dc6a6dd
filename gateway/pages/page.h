/* SPDX-License-Identifier: Apache-2.0
 *
 * Pages for people: templates compiled into the program at build time, in five languages.
 *
 * A template (templates/NAME.html) is HTML with {{…}}; the compiler (compiler/) knows in which
 * context each value stands (text, attribute, URL) and escapes it so; there is no way to write raw
 * output.  A view is a JSON object. Pages work without script, hold their CSS inside, and keep to
 * 10 KB compressed.
 */
#ifndef PAGES_PAGE_H
#define PAGES_PAGE_H

#include "http/reply.h"
#include "http/request.h"

/* One per template; the compiler checks that each has its file. */
enum page {
	PAGE_CHOOSER, /* {client, methods:[{id, name, href}], cancel:{action, csrf}, test:{action,
			 csrf, personas:[{id, name}]} or absent} */
	PAGE_WALLET,  /* {client, link, qr_text or absent, action, csrf, asks_number, wrong_number,
			 tries_left, waiting, status_href, other_href, again_href, cancel:{action,
			 csrf}} */
	PAGE_CONFIRM, /* on the phone: {client, host, number} */
	PAGE_CONSENT, /* {client, why, until, claims:[{name, label, value, why, essential}],
			 services:[{name}], action, csrf} */
	PAGE_NOTICE, /* {title, text, action_text, action_href}: continue in the other browser, … */
	PAGE_SIGN_OUT, /* {client, action, csrf} */
	PAGE_ERROR,    /* {reason, code, back_href, back_name}: reason is a key of the table in
			  fault_page.c */
	PAGE_END_
};

struct page_show {
	enum page page;
	int status;               /* 0: 200 */
	const json_t *view;       /* borrowed */
	const char *form_targets; /* for CSP form-action: origins that a redirect after the form may
				     reach; or NULL */
};
int page_reply(struct task *task, const struct request *request, struct reply *reply,
    const struct page_show *show);

/* Sets task->language: ui_locales (may be NULL), then the cookie dvara_language, then
 * Accept-Language, then settings.  A query parameter lang=xx of a page sets the cookie. */
void page_language(
    struct task *task, const struct request *request, struct reply *reply, const char *ui_locales);

/* The fault writer of ROUTE_PAGE routes (http/server.h): the task's fault as a page, with what to
 * do now and the first ten letters of the request id as #error-code.  Never a redirect, never a
 * link to what the caller gave. */
int page_fault(struct reply *reply);

/* A page for one of the known reasons ("person-blocked", "credential-revoked", "link-expired", …):
 * what happened, whether data was shared, what to do now.  An unknown reason is our own mistake. */
int page_refuse(struct task *task, const struct request *request, struct reply *reply, int status,
    const char *reason);

/* A text of the catalogues in the task's language; msgid itself (English) where it is missing. */
const char *page_text(const struct task *task, const char *msgid);

/* The value in the task's language of {"en": "…", "km": "…"}; falls back to the default language,
 * then English, then any; NULL: none. */
const char *page_pick(const struct task *task, const json_t *by_language);

/* The name of a service for people; its id where nobody gave it one. */
const char *page_service_name(const struct task *task, const char *service_id);

/* A date for people, in the task's language. */
const char *page_date(struct task *task, int64_t at_s);

/* How a claim is called (full_name, birthdate, …) and its value for a person, in the task's
 * language. */
const char *page_claim_label(const struct task *task, const char *claim);
const char *page_claim_value(struct task *task, const char *claim, const json_t *value);

#endif
