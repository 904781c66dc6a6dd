/* SPDX-License-Identifier: Apache-2.0
 *
 * What the services that a client asks tokens for will ask of a person themselves, as part of the
 * consent page of that client.
 *
 * A service whose basis is consent is asked for where the request names it (RFC 8707 resource), so
 * that people are asked when it is needed; the answer is a consent of its own, to the service.  One
 * whose basis is a law is shown as a notice, always: there is nothing to choose.
 */
#ifndef CONSENT_SERVICE_QUESTION_H
#define CONSENT_SERVICE_QUESTION_H

#include "consent/purpose.h"
#include "http/request.h"

/* One service with what is known of the person. */
struct service_question {
	const struct client *service;
	const struct purpose *purpose;
	json_t *known; /* {name: value} */
};

/* Of those of asked.services about whom anything is known; a NULL service ends them. */
int service_questions_read(struct task *task, const struct asked *asked, const char *person_id,
    struct service_question **ret_questions);

/* For PAGE_CONSENT: [{name, law, needed, optional}], the latter two [{name: "SERVICE/CLAIM", label,
 * value, why}]; law is there where nothing can be chosen, and all is needed. */
json_t *service_questions_view(struct task *task, const struct service_question *questions);

/* Names of all that is asked and known. */
const char *const *service_question_asked(
    struct task *task, const struct service_question *question);

/* What the form allows the service: the essential ones, and those that are ticked. */
const char *const *service_question_allowed(
    struct task *task, const struct request *request, const struct service_question *question);

/* Part of a reading: whether the person has answered already for each service of asked. */
int service_consents_stand(
    struct task *task, const struct asked *asked, const char *person_id, bool *ret_do_stand);

#endif
