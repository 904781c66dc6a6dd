/* SPDX-License-Identifier: Apache-2.0
 *
 * What a client asks by the consent API: read from its body, cut to what its purpose allows, and
 * kept as it is in force.  What was cut is named in `capped`; what may not be asked at all is
 * refused before a person sees it.
 */
#ifndef CONSENT_ASK_H
#define CONSENT_ASK_H

#include "consent/question.h"

struct ask {
	const struct consent_request *request; /* that it is of, where it was found again */
	const struct purpose *purpose;
	const char *const *names;     /* attributes, in the order of the purpose */
	const char *const *essential; /* of them */
	const json_t *whys;           /* {name: {lang: text}} of the client; NULL: none */
	const json_t *values;         /* {name: [value]} of number_matches:…; NULL: none */
	bool is_once;
	int64_t until_s, data_life_s;
	const char *subject_hint; /* sub of a person at this client; NULL: whoever opens it */
	const char *return_url;   /* NULL: none */
	const char *client_reference, *ui_locales;
	json_t *capped; /* array of names; the task keeps it */
};

/* A body of POST /consent/v1/consent-requests.  Fails INVALID_REQUEST, INVALID_REDIRECT_URI,
 * PURPOSE_NOT_REGISTERED, CERTIFICATE_EXPIRED, ATTRIBUTE_NOT_IN_PURPOSE, PREDICATE_REQUIRED, each
 * pointing to the member. */
int ask_read(
    struct task *task, const struct client *client, const json_t *body, struct ask *ret_ask);

/* As it is in force: the members of the body, and capped.  Kept by the task. */
const json_t *ask_json(struct task *task, const struct ask *ask);

/* Back from it.  Fails GONE where the client's purpose is no longer the one that was asked by. */
struct consent_request;
int ask_of_request(struct task *task, const struct client *client,
    const struct consent_request *request, struct ask *ret_ask);

/* The request that a client names at /authorize: its purpose and attributes, as what is asked (sets
 * ask, purpose, all, essential, id_token, userinfo).  Fails INVALID_REQUEST: there is none, it is
 * another client's, or its purpose is no longer the one that was asked by. */
int ask_of_id(
    struct task *task, const struct client *client, const char *id, struct asked *ret_asked);

/* What the person is asked; person_id is the caller's, question_read() comes next. */
void ask_question(
    const struct client *client, const struct ask *ask, struct question *ret_question);

/* Of them: until when, how often, for how long it may be kept, why. */
void ask_terms(const struct ask *ask, struct question *question);

/* By "id" or "id/vN"; NULL: none of the client's, or not the version in force. */
const struct purpose *ask_purpose(struct task *task, const struct client *client, const char *name);
const char *ask_purpose_name(struct task *task, const struct purpose *purpose); /* "id/vN" */

#endif
