/* SPDX-License-Identifier: Apache-2.0
 *
 * What a client asks of a person by the consent API (consent/api_requests.c): in SQL until it is
 * decided, and for ninety days, or as long as its consent lives.
 *
 *   awaiting_authorisation ──► authorised (a consent is given)
 *            ├───────────────► rejected   (by the person)
 *            ├───────────────► cancelled  (by the client)
 *            └───────────────► expired
 *
 * Every arrow is taken once, in one statement, with an event for the client.
 */
#ifndef RECORDS_CONSENT_REQUEST_H
#define RECORDS_CONSENT_REQUEST_H

#include "records/consent.h"

#define CONSENT_REQUEST_AWAITING "awaiting_authorisation"

struct consent_request {
	const char *id;
	const char *client_id;
	const char *once; /* hash of what the client knows the request by: again is the same one */
	const char *status;
	const char *purpose_id, *purpose_version;
	const char *person_id;  /* whom it waits for; NULL: whoever opens it */
	const json_t *asked;    /* as it is in force (consent/ask.h): an object */
	const char *text;       /* the same, for consent_request_create() */
	const char *consent_id; /* authorised */
	int64_t created_s, expires_s, decided_s;
};

/* Makes id and the times.  Where the client sent it before (once), *request becomes that one.
 * Fails RATE_LIMITED. */
int consent_request_create(struct task *task, struct consent_request *request);

/* Its status as of now; NULL: none has the id. */
int consent_request_find(
    struct task *task, const char *id, const struct consent_request **ret_request);

/* Ids of what waits for a person, soonest to expire first, at most 50 and so many of one client,
 * that none hides another's: a NULL-ended array. */
#define CONSENT_REQUESTS_OF_CLIENT 10
int consent_request_list(struct task *task, const char *person_id, const char *const **ret_ids);

/* The person's answer, with the consent in one transaction.  The first one counts: CONFLICT where
 * it was decided or ended before. */
struct consent_answer {
	const char *person_id;
	const char *subject;       /* the person's at the client, who may come back with it */
	struct consent **consents; /* the first is the client's; NULL-ended; NULL: no */
};
int consent_request_decide(
    struct task *task, const struct consent_request *request, const struct consent_answer *answer);

/* By its client.  Cancelled already: 0.  CONFLICT where it was decided before. */
int consent_request_cancel(struct task *task, const struct consent_request *request);

#endif
