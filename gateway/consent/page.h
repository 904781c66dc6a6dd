/* SPDX-License-Identifier: Apache-2.0
 *
 * The consent page: what is asked, with the values themselves, why, until when; allow and deny.
 */
#ifndef CONSENT_PAGE_H
#define CONSENT_PAGE_H

#include "http/server.h"

/* GET /consent?tx=…: the page.  POST /consent: the decision, once; then 303 to
 * /authorize/continue?tx=… Claims that are not known of the person are not shown and not asked;
 * where an essential one is not known the page says so, and its button (deny) leads back to the
 * client, which gets access_denied as from a person who said no. */
int consent_page_show(struct task *task, const struct request *request, struct reply *reply);
int consent_page_decide(struct task *task, const struct request *request, struct reply *reply);

#endif
