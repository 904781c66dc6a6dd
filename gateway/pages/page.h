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

/* One per template (the generated table does not compile otherwise), with its view.  A member in
 * [brackets] may be left out.  A form's csrf becomes a hidden field, so does tx where a view has
 * it. Every view may have self: the GET address of the same page, for the links to other languages
 * where the page answers a POST, or what it was asked with is not to be handed on (a page that
 * answers a GET finds it itself), and cancel {action, csrf}: a form that turns back. */
enum page {
	/* {client, [last], here:[way], elsewhere:[way], help_href, [forget_href], [cancel],
	 *  [test:{action, csrf, personas:[{id, name}]}]}.  A way, last is one too, is {id, name,
	 *  [href], [hint]}; without href it cannot be used now, and hint says why. */
	PAGE_CHOOSER,
	/* Without a smartphone: {client, choose_href, [counter], [counter_url], [cancel]} */
	PAGE_HELP,
	/* {client, [link], [universal], [qr_text], [qr_first], [same_device_only], action, csrf,
	 *  [waiting], [early], [asks_number], [wrong_number], [tries_left], again_href, help_href,
	 *  [other_href], [status_href], [cancel]}.  link, universal (https, for the same) and
	 * qr_text hold a fresh handle in each answer (pages are compressed).  waiting: a wallet has
	 * begun; early: the person pressed the button before any had.  The form sends code, which
	 * may be "".  again_href: the page with new handles.  status_href: the script asks
	 * status_href?since=STATUS, which answers {"status"}: waiting, scanned (the script shows
	 * the page anew), answered (it moves to the number), failed (it sends the form); with &qr=1
	 * and &link=1 it answers new ones too, {"qr": {uri, path, side}, "link", ["universal"]}. */
	PAGE_WALLET,
	/* {client, [tls_href], challenge_href, software_href, other_href, help_href, [cancel]}. The
	 * script gets {"nonce"} from challenge_href, has the Web eID extension sign it, and sends
	 * the token to /card/login; tls_href works without. */
	PAGE_CARD,
	/* {client, name, fields:[{name, label, mode, autocomplete, [value], wrong}], action, csrf,
	 *  [other_href], [cancel]}: what another provider wants to know first; sends each field */
	PAGE_UPSTREAM,
	/* {client, name, [who], action, csrf, other_href, [cancel]}: an account elsewhere that is
	 * nobody's here; the form says that it is the person's */
	PAGE_LINK,
	PAGE_CONFIRM, /* on the phone: {[client], number, [host], [at]} */
	/* {client, [logo], [law, name], [why], [message], [until], [once], [keep] (days),
	 * [country], claims:[{name, label, [value], [from], [why], essential,
	 * [special]}], [registered_href, registered], [away:[{office, details}]],
	 * [services:[{name}]], [documents:[{name, holds}]], [offline], [policy_href], [terms_href],
	 * action, csrf} */
	PAGE_CONSENT,
	/* {client, missing:[label], [until], action, csrf}: nothing can be allowed, since the
	 * client needs what is not known.  until: the request waits on until then; without, the
	 * form leads back, as a no */
	PAGE_MISSING,
	/* {title, [text], [action_text], [action_href]}: signed out, continue in the other browser
	 */
	PAGE_NOTICE,
	/* {client, action, fields:[{name, value}], [host]}: posts itself to the client.  host: an
	 * address to be named, and then a person presses the button */
	PAGE_FORM_POST,
	PAGE_DEVICE, /* {action, csrf, [wrong]}: sends user_code */
	/* {client, code, [address], [claims:[{label}]], action, csrf}: sends user_code and
	 * decision, continue or deny */
	PAGE_DEVICE_ASK,
	PAGE_SIGN_OUT,   /* {[client], action, csrf, fields:[{name, value}]} */
	PAGE_SIGNED_OUT, /* {[back_href, back_name], [frames:[{src}]]} */
	/* The person's own pages.  On each where a guardian may look: [child] (a name), [of] (goes
	 * along in forms), account_href.  A row of consents is {id, client, client_id, [state],
	 * [why], [law], claims:[label], [services:[name]], given, [until], [once], [keep] (days),
	 * [is_live], [may_pause], [may_resume], [receipt_href], complain_href}; of ledger {n,
	 * client, date, claims, [why], basis, [consent_href], [complain_href]}; of looks {n, what,
	 * date, [claims], [complain_href]}; of complaints {number, href, state, about}; of sessions
	 * {id, way, is_here, [hours or minutes]}.
	 *
	 * {csrf, consents, consents_href, ledger, ledger_href, looks_href, sessions, sessions_href,
	 *  [may_end], complaints, complaints_href, complain_href, [requests_href], [download_href],
	 *  children:[{name, href}], links:[{id, name, date}], phones:[{id, name, since, [renew_by],
	 *  documents:[{name, until}]}], addable:[{id, name}], [documents]: true where one of
	 *  the last two is not empty} */
	PAGE_ACCOUNT,
	/* A row of consents, and {number, [address], basis, date, jurisdiction, storage,
	 * [policy_href], [language], hash, issuer, qr_text, [qr:{path, side}], [jwt_href],
	 * [notice_href]}; without id and buttons */
	PAGE_ACCOUNT_RECEIPT,
	PAGE_ACCOUNT_CONSENTS, /* {csrf, consents, [more_href], [history:[{what, [by], date}]]} */
	/* {receivers:[{id, name, is_chosen}], [who], [from], [until], ledger, [ledger_before],
	 * looks_href} */
	PAGE_ACCOUNT_LEDGER,
	PAGE_ACCOUNT_LOOKS, /* {looks, [more_href]} */
	/* {csrf, sessions, [may_end], [more_href], [told:[{client, date, [is_delivered or
	 *  is_waiting]}]]} */
	PAGE_ACCOUNT_SESSIONS,
	PAGE_ACCOUNT_COMPLAINTS, /* {complaints, [more_href], complain_href} */
	/* {csrf, [about], due, [wrong], kind, ref, [details:[{name, label, is_chosen}]], [words]}:
	 * sends about, ref, detail, text */
	PAGE_ACCOUNT_COMPLAIN,
	/* {csrf, number, state, [due or late], about, since, text:[line], [answered, answer],
	 * [appealed, appeal], [last_answered, last_answer], [may_appeal, appeal_by, self_href,
	 * [wrong]], complaints_href}: sends text */
	PAGE_ACCOUNT_COMPLAINT,
	PAGE_ACCOUNT_DOWNLOAD, /* {files:[{n, href}]}: those after the first */
	/* {date, and of each of consents, ledger, looks, complaints that is printed [has_consents,
	 * consents, [consents_href]]: where it goes on} */
	PAGE_ACCOUNT_PRINT,
	/* {[consents:[{client, [why], href}]], requests:[{n, client, [message], [link], [qr_text],
	 * [qr:{path, side}], action, csrf, deny, other_href}]}: forms as on PAGE_WALLET; deny is
	 * where the form goes that turns back
	 */
	PAGE_REQUESTS,
	/* {document, qr_text, qr:{path, side}, [link], [person], [code], [minutes], [back_href]}:
	 * an offer to a wallet; with link the person signs in for it, with code it is a sheet of
	 * paper */
	PAGE_OFFER,
	/* {client, why, [law], claims:[{name, label, essential, [why]}], since, until, days,
	 * [is_suspended], [is_over]}: what is registered of a purpose */
	PAGE_PURPOSE,
	/* {services:[{id, name, summary, [law], [needed:[{label, why}]], [optional:[{label, why}]],
	 * [asks_nothing], [days], [hosts]}], [more_href]}: the catalogue */
	PAGE_SERVICES,
	/* {reason, [back_href, back_name or back_text]}: reason is a key of the table in reason.c;
	 * the button says "Go back to back_name", or back_text; #error-code is on every one */
	PAGE_ERROR,
	PAGE_END_
};

struct page_show {
	enum page page;
	int status;               /* 0: 200 */
	const json_t *view;       /* borrowed */
	const char *form_targets; /* for CSP form-action: origins that a redirect after the form may
				     reach; or NULL */
	const char *frame_sources; /* for CSP frame-src: origins of the page's frames; or NULL */
};
/* Where the handler did not call page_language(), the language is chosen here, without ui_locales.
 */
int page_reply(struct task *task, const struct request *request, struct reply *reply,
    const struct page_show *show);

/* The same as text; NULL where it is too long.  request: for the links to other languages, or NULL.
 */
const char *page_html(struct task *task, const struct request *request,
    const struct page_show *show, const char *nonce);

#define PAGE_LANGUAGE_COOKIE "dvara_language"
#define PAGE_LANGUAGE_S      (365 * 24 * 3600)

/* Sets task->language: ui_locales (may be NULL), then the cookie dvara_language, then
 * Accept-Language, then settings.  A query parameter lang=xx of a page sets the cookie, and for
 * half an hour a language so chosen stands before ui_locales. */
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

/* About how many bytes the texts of a view take in a page, each with a little around it: for who
 * shows as many rows as a page holds.  All lists of a page together may have PAGE_LISTS_BYTES. */
#define PAGE_LISTS_BYTES (400u << 10)
size_t page_weight(const json_t *view);

/* A text of the catalogues in the task's language; msgid itself (English) where it is missing. The
 * template compiler collects what stands here as a literal; N_ marks a text in a table. */
#define N_(msgid) msgid
const char *page_text(const struct task *task, const char *msgid);
/* With the values of its %{name}, in order of first use in msgid; plain text, not escaped. */
const char *page_text_with(struct task *task, const char *msgid, const char *const *values);

/* The value in the task's language of {"en": "…", "km": "…"}; falls back to the default language,
 * then English, then any; NULL: none. */
const char *page_pick(const struct task *task, const json_t *by_language);

/* Whether an attribute of a page holds the text byte for byte: no control character, none that
 * turns the direction of writing. */
bool page_keeps(const char *text);

/* The name of a service for people; its id where nobody gave it one. */
const char *page_service_name(const struct task *task, const char *service_id);
/* Gives the names: {id: {lang: text}}.  Called at start and at a reload, while other threads may be
 * reading; names once given stay in memory. */
void page_service_names(const json_t *by_id);

/* A date for people, in the task's language; and with the time of the day, in UTC. */
const char *page_date(struct task *task, int64_t at_s);
const char *page_date_time(struct task *task, int64_t at_s);

/* How a claim is called (full_name, birthdate, …) and its value for a person, in the task's
 * language. */
const char *page_claim_label(struct task *task, const char *claim);
/* The same in every language: {lang: text}; new reference.  Of what takes a parameter, as
 * catalogues write it (age_over_NN). */
json_t *page_claim_labels(struct task *task, const char *claim);
const char *page_claim_value(struct task *task, const char *claim, const json_t *value);

#endif
