/* SPDX-License-Identifier: Apache-2.0
 *
 * Endpoints of the consent API (/consent/v1) about requests, consents and what may be asked; for
 * routes.c.  Another client's thing is NOT_FOUND in the words of one that is not there.
 */
#ifndef CONSENT_API_HANDLERS_H
#define CONSENT_API_HANDLERS_H

#include "http/server.h"

/* Of a consent request, at /authorize (oidc/rules/arrival.h). */
#define CONSENT_REQUEST_URI "urn:dvara:consent-request:"

http_handler api_request_create, api_request_show, api_request_cancel;
http_handler api_consent_list, api_consent_show, api_consent_relinquish, api_consent_receipt;
http_handler api_consent_release;
http_handler api_grant_show, api_grant_end; /* the same by Grant Management's names */
http_handler api_catalogue, api_purposes;

#endif
