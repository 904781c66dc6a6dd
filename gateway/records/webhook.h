/* SPDX-License-Identifier: Apache-2.0
 *
 * Webhook endpoints: where a client wants to be told of events (records/event.h), and by which of
 * its addresses.  In SQL.
 *
 * Its secret is nowhere: it is made anew each time from a key of the key folder, the endpoint's id
 * and the number of the secret (webhook_secret()).
 */
#ifndef RECORDS_WEBHOOK_H
#define RECORDS_WEBHOOK_H

#include "core/json.h"
#include "core/str.h"

struct sql_tx;
struct task;

/* One of the fan's letters carries it: kind "webhook", {endpoint, id, type, message}. */
#define WEBHOOK_LETTER "webhook"
struct webhook_message {
	const char *id;   /* webhook-id: the same at each try, each endpoint and each replay */
	const char *type; /* of the events, or "webhook.test" */
	const char *body;
};

/* Inside a writing step: one letter to each endpoint of the client that is on and asked for the
 * type. */
int webhook_tell(struct sql_tx *tx, const char *client_id, const struct webhook_message *message);

#endif
