/* SPDX-License-Identifier: Apache-2.0
 *
 * What became of consents, consent requests and registered purposes, and what services tell of
 * people (records/news.h), as their client is told: one row for each, numbered per client, each
 * with the hash of the one before it.
 *
 * Written in the step that makes the change.  The client reads the rows at /consent/v1/events, and
 * each of its webhook endpoints that asked for the type (records/webhook.h) gets a letter of the
 * outbox, written in the same step.
 */
#ifndef RECORDS_EVENT_H
#define RECORDS_EVENT_H

#include "core/json.h"
#include "core/str.h"

struct sql_tx;
struct task;
struct webhook;

#define EVENT_NEWS "service.news"

/* X(type): what there is to be told.  The part before the dot says what the event is about. */
#define EVENT_TABLE(X) \
	X("consent_request.authorised") \
	X("consent_request.rejected") \
	X("consent_request.expired") \
	X("consent_request.cancelled") \
	X("consent.given") \
	X("consent.paused") \
	X("consent.resumed") \
	X("consent.consumed") \
	X("consent.expired") \
	X("consent.revoked") \
	X("consent.relinquished") \
	X("consent.superseded") \
	X("purpose.approved") \
	X("purpose.suspended") \
	X("service.news")

extern const char *const event_types[]; /* NULL-ended */
bool event_is_type(const char *type);

struct event {
	const char *type; /* of the table above */
	const char *client_id;
	const char *subject_id; /* of the consent or the consent request; a purpose as "id/vN"; of
				   news the client's own name for the person */
	const char *other_id;   /* of a consent: the request that it was given to; of a request: the
				   consent that was given; of news: the consent on which it is
				   told; or NULL */
	const char *status; /* which it has now: "active", "revoked", "rejected", …; of news: its
			       type, as the service calls it */
	const char *service_id, *reference; /* of news: who tells it, and of what, or NULL */
	const char *actor; /* as in the audit: person, client:ID, operator:NAME, service:ID,
			      gateway; kept is the part before the colon */
};

/* Inside a writing step, durable with it.  Whoever took the step says event_haste() after it. */
int event_add(struct sql_tx *tx, const struct event *event);

/* After the step: what was written leaves now, not when somebody looks next. */
void event_haste(struct task *task);

/* The client's, oldest first, at most limit (1 to 100), after number after (0: from the first):
 * {id, sequence, type, timestamp, data: {…}, actor, hash, previous}; type, timestamp and data are
 * the body of the webhook.  New reference. */
struct event_page {
	int64_t after;
	int limit;
};
int event_list(
    struct task *task, const char *client_id, const struct event_page *page, json_t **ret_events);

/* Letters of what happened once more, to this endpoint, of the types that it asked for: of the
 * first EVENT_REPLAY_MAX events after number after, and of as many fewer as letters to it wait
 * already.  last: the number of the last that was looked at, after itself where there was none; n:
 * how many letters. */
#define EVENT_REPLAY_MAX 400
struct event_replay {
	const struct webhook *webhook;
	const char *operator_name; /* of an audit row; NULL: the client itself */
	int64_t after;
	int64_t n, last;
};
int event_replay(struct task *task, struct event_replay *replay);

/* What became of one consent or request, oldest first, at most 100: {type, at, actor}.  New
 * reference. */
int event_history(struct task *task, const char *subject_id, json_t **ret_events);

/* The body of a webhook (Standard Webhooks 1.0: type, timestamp, data): ids and states, nothing
 * about a person. */
const char *event_message(struct task *task, const char *type, int64_t at_s, const json_t *content);

/* Recounts the hashes of all clients' rows. */
struct event_check {
	int64_t n_rows;
	int64_t first_broken;  /* its number; 0: all whole */
	const char *client_id; /* whose it is */
};
int event_verify(struct task *task, struct event_check *ret_check);

#endif
