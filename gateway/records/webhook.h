/* SPDX-License-Identifier: Apache-2.0
 *
 * Webhook endpoints: where a client wants to be told of events (records/event.h), and how what it
 * is told is signed (Standard Webhooks 1.0).  In SQL.
 *
 * Their secrets are kept nowhere: each is made anew from the pairwise key (pairwise.h), the
 * endpoint's id and the number of the secret, which a rotation moves on.
 */
#ifndef RECORDS_WEBHOOK_H
#define RECORDS_WEBHOOK_H

#include "core/json.h"
#include "core/str.h"

struct sql_tx;
struct task;

#define WEBHOOK_ENDPOINTS_MAX 10 /* of one client */
#define WEBHOOK_SECRET_BYTES  32

/* Of the outbox: {endpoint, id, type, message}. */
#define WEBHOOK_LETTER "webhook"

enum webhook_algorithm {
	WEBHOOK_V1 = 1, /* HMAC-SHA-256, the secret is shared */
	WEBHOOK_V1A,    /* Ed25519, the secret is the seed of a key of which the client has the
			   public half */
};

struct webhook {
	const char *id, *client_id, *url;
	const char *events; /* types (event.h) parted by spaces; "*": all there are and will be */
	enum webhook_algorithm algorithm;
	int64_t n_secret;       /* the number of the one it has */
	int64_t before_until_s; /* until then the one before it signs too */
	int64_t disabled_s;     /* since when nothing is sent; 0: it is on */
	const char *reason;     /* why: "client", "operator" or "410"; NULL: it is on */
	int64_t failing_s;      /* since when nothing is taken (webhook_watch.h); 0: it is */
	int64_t since_s;
};

/* Of this client; *ret_webhook is NULL where there is none.  client_id NULL: of any. */
int webhook_find(
    struct task *task, const char *client_id, const char *id, const struct webhook **ret_webhook);
/* Oldest first. */
int webhook_list(
    struct task *task, const char *client_id, const struct webhook **ret_webhooks, size_t *ret_n);

/* Each with an audit row by the client.  Adding makes id, n_secret and since_s; fails CONFLICT
 * where the client has WEBHOOK_ENDPOINTS_MAX, and where an operator turned off another one of its
 * at that host. */
int webhook_add(struct task *task, struct webhook *webhook);
/* url, events, disabled_s and reason; fails NOT_FOUND; CONFLICT: an operator turned it off or on
 * since it was found (what they turned off they alone turn on, and its url stays), or another one
 * at the host that it would be moved to, turned on at, or sent more events at. */
int webhook_change(struct task *task, const struct webhook *webhook);
/* Fails NOT_FOUND; CONFLICT: an operator turned it off. */
int webhook_remove(struct task *task, const struct webhook *webhook);

/* Another secret; the one it has goes on signing beside it until before_until_s, the one before
 * that no more.  Fails NOT_FOUND; CONFLICT where somebody else rotated meanwhile. */
int webhook_rotate(struct task *task, struct webhook *webhook, int64_t before_until_s);

/* The endpoint has answered that it is no more (410). */
int webhook_disable(struct task *task, const struct webhook *webhook);

/* Inside the step that removes the client. */
int webhook_remove_all(struct sql_tx *tx, const char *client_id);

/* The secret of number n. */
void webhook_secret(struct task *task, const struct webhook *webhook, int64_t n,
    uint8_t ret_secret[WEBHOOK_SECRET_BYTES]);

struct webhook_message {
	const char *id;   /* webhook-id: the same at each try, each endpoint and each replay */
	const char *type; /* of event.h, or "webhook.test" */
	const char *body;
};

/* Inside a writing step: one letter to each endpoint of the client that is on and asked for the
 * type. */
int webhook_tell(struct sql_tx *tx, const char *client_id, const struct webhook_message *message);

/* Inside a writing step: one letter to this one, whatever it asked for. */
int webhook_tell_one(
    struct sql_tx *tx, const struct webhook *webhook, const struct webhook_message *message);

/* Whether it asked for the type. */
bool webhook_wants(const struct webhook *webhook, const char *type);

#endif
