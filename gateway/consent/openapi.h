/* SPDX-License-Identifier: Apache-2.0
 *
 * What the consent API is, for programs (OpenAPI 3.1) and for people: openapi.json of this folder,
 * which the tests hold against routes.c and against every answer that they get.
 */
#ifndef CONSENT_OPENAPI_H
#define CONSENT_OPENAPI_H

#include "http/server.h"

/* GET /consent/v1/openapi.json, and GET /consent/v1/docs: the same as a page, in English. */
http_handler openapi_document, openapi_docs;

/* openapi_page.c: HTML of a document; nonce: of its style. */
const char *openapi_page(struct task *task, const json_t *document, const char *nonce);

#endif
