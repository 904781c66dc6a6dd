/* SPDX-License-Identifier: Apache-2.0
 *
 * What a person is asked on a consent page: the attributes with what is known of them, why, until
 * when, how long they will be kept.  Of the page of a sign-in (page.c) and that of a request by the
 * consent API (account/consent_request.c), so that both ask alike and keep the same proof of it.
 *
 * The notice is all of what was shown but the values and the secrets of the form: who asks, in
 * whose language and by which template, and every text.  Its SHA-256 goes into the consent, and
 * shows later what was asked, without anything of the person in it.
 */
#ifndef CONSENT_QUESTION_H
#define CONSENT_QUESTION_H

#include "consent/service_question.h"
#include "http/request.h"

struct question {
	/* who asks whom for what: of the caller */
	const struct client *client;
	const char *person_id;
	struct asked asked;
	int64_t until_s;      /* when what is allowed ends */
	bool is_once;         /* it is for one release */
	int64_t data_life_s;  /* how long the client may keep it; 0: not said */
	const json_t *values; /* {name: [value]} that the client brings for matches, or NULL */
	const json_t *whys;   /* {name: {lang: text}} in place of the purpose's, or NULL */
	const char *message;  /* that the client shows the person as well, or NULL */
	/* of question_read() */
	json_t *known;      /* {name: value} of what is asked and known of the person */
	const json_t *from; /* {name: {lang: the office that says so}}, or NULL */
	const json_t *away; /* voluntary ones whose office cannot be reached now, likewise */
	bool is_impossible; /* an essential one is not known */
	struct service_question *services; /* what services ask besides; ends with a NULL service */
};

/* Reads what is known, and shortens until_s to the day that the client asks for.  Fails SOURCE_AWAY
 * where the office of an essential one cannot be reached now: later it can be asked.  A voluntary
 * one is not asked then, and the page says why. */
int question_read(struct task *task, struct question *question);

/* Where a law is the basis there is a notice, and nothing to choose. */
bool question_is_choice(const struct question *question);

/* For PAGE_CONSENT, without action and csrf.  Kept by the task. */
json_t *question_view(struct task *task, const struct question *question);

/* The name of the page's form (access/browser.h): a form answers what its page asked.  Where the
 * client's purpose or services, or what is known of the person, changed since the page was shown,
 * its token fits no more.  id: of what the page stands for. */
const char *question_form_name(struct task *task, const struct question *question, const char *id);

/* What the form allows: only what stood on the page; essential claims are not a choice of their
 * own. */
const char *const *question_allowed(
    struct task *task, const struct request *request, const struct question *question);

/* The consent that the answer is, with its notice; to be given. */
void question_consent(struct task *task, const struct question *question,
    const char *const *allowed, struct consent *ret_consent);

/* For the metrics: one was decided. */
void question_count(bool is_allowed);

/* All that a form allows, NULL-ended: the client's, with an id, then those of services; to be given
 * in one step (consent_give_all()). */
struct consent **question_consents(
    struct task *task, const struct request *request, const struct question *question);

#endif
