/* SPDX-License-Identifier: Apache-2.0
 *
 * For the files webhooks*.c alone.
 */
#ifndef CONSENT_WEBHOOKS_INSIDE_H
#define CONSENT_WEBHOOKS_INSIDE_H

#include "http/request.h"
#include "records/webhook.h"

/* The client's endpoint that the path names.  Fails NOT_FOUND. */
int webhooks_find(struct task *task, const char *client_id, const struct request *request,
    struct webhook *ret_webhook);

#endif
