/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /assets/{id}: clients' logos, from our own origin.
 */
#ifndef CONSENT_LOGO_H
#define CONSENT_LOGO_H

#include "http/server.h"

int logo_show(struct task *task, const struct request *request, struct reply *reply);

#endif
