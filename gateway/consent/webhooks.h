/* SPDX-License-Identifier: Apache-2.0
 *
 * /consent/v1/webhook-endpoints: a client's own webhook endpoints (records/webhook.h), and
 * /consent/v1/events, the same news to be read instead of being sent.
 *
 * Endpoints are {id, url, events, algorithm, status, created_at, secret_version, …} (openapi.json);
 * the secret of one stands in the answer that made it and nowhere else.
 */
#ifndef CONSENT_WEBHOOKS_H
#define CONSENT_WEBHOOKS_H

#include "http/reply.h"
#include "http/request.h"
#include "http/server.h"

/* webhooks.c: handlers */
http_handler webhooks_create, webhooks_list, webhooks_show, webhooks_change, webhooks_remove;
http_handler webhooks_rotate;

/* webhooks_letters.c */
http_handler webhooks_test, webhooks_deliveries, webhooks_replay;
http_handler webhooks_events;

#endif
