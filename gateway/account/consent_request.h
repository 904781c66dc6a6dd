/* SPDX-License-Identifier: Apache-2.0
 *
 * The person's page of a consent request (consent/api_requests.c): where authorise_url leads.
 */
#ifndef ACCOUNT_CONSENT_REQUEST_H
#define ACCOUNT_CONSENT_REQUEST_H

#include "http/server.h"

/* GET /consent/requests/{id}: the consent page, after a sign-in.  POST: the decision, once; then
 * 303 to the client's return_url with consent_request, status and, where it was allowed,
 * consent_id. */
http_handler account_consent_show, account_consent_decide;

/* What waits for the person, for /account/requests: an array of {client, why, href}; kept by the
 * task. */
int account_consent_waiting(struct task *task, const char *person_id, json_t **ret_waiting);

#endif
