/* SPDX-License-Identifier: Apache-2.0
 *
 * What is registered of a relying party's purpose, for everybody: the consent page links to it.
 */
#ifndef CONSENT_PURPOSE_SHOW_H
#define CONSENT_PURPOSE_SHOW_H

#include "http/server.h"

/* GET /purposes/{client}/{id}: a page for browsers, {client_id, name, id, number, state, approved,
 * until, document, certificate} for programs, the certificate alone for Accept: application/jwt. */
http_handler purpose_show;

#endif
