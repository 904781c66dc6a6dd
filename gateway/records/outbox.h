/* SPDX-License-Identifier: Apache-2.0
 *
 * The outbox: what clients must be told, kept in SQL until they have it.
 *
 * A letter is written in the step of what it tells of, so neither is there without the other.  Any
 * loop of any process may claim it, for a lease: one at a time sends it, and where that one dies
 * another takes over.  A letter may arrive twice (an answer that got lost), never zero times, until
 * it is given up.  Sent by records/post.h.
 */
#ifndef RECORDS_OUTBOX_H
#define RECORDS_OUTBOX_H

#include "core/json.h"
#include "core/str.h"
#include "records/span.h"

struct sql_tx;
struct task;

#define OUTBOX_TRIES   10
#define OUTBOX_LEASE_S 30 /* longer than any sending takes */

/* How long a letter waits after each try but the last, and up to a tenth more, so that what failed
 * together does not come again together. */
typedef int64_t outbox_waits[OUTBOX_TRIES - 1];
extern const outbox_waits outbox_hours; /* some three hours in all: for what is soon stale */
extern const outbox_waits outbox_days;  /* three days: for what must be known in the end */

struct letter {
	const char *id;
	const char *kind;                  /* "logout" */
	const char *person_id, *client_id; /* "": to nobody but ourselves */
	const char *about;  /* what outbox_of() finds it by (a webhook endpoint's id), or NULL */
	const json_t *body; /* what the kind needs to know: an object */
	int64_t n_tries;    /* this one counted */
	int64_t since_s;
};

/* Inside a writing step; makes the id. */
int outbox_add(struct sql_tx *tx, struct letter *letter);

/* Inside a writing step: how many letters about one thing are not delivered nor given up yet. */
int outbox_waiting(struct sql_tx *tx, const char *about, int64_t *ret_n);

/* Whether there is anything to claim (or to sweep). */
int outbox_is_due(struct task *task, bool *ret_is_due);

/* One that is due, for OUTBOX_LEASE_S; *ret_letter is NULL where none is.  busy: clients that are
 * sent enough at the moment, the rest NULL; theirs wait. */
#define OUTBOX_BUSY_MAX 4
int outbox_claim(
    struct task *task, const char *const busy[OUTBOX_BUSY_MAX], const struct letter **ret_letter);

/* What became of it.  Failed, it waits for its next try; after OUTBOX_TRIES, or where another would
 * be in vain, it is given up.  Delivered or given up, an audit row says so, and it is shown for a
 * week. */
enum delivery { LETTER_DELIVERED = 1, LETTER_FAILED, LETTER_IN_VAIN };
struct outcome {
	enum delivery delivery;
	const char *result; /* a few words for people who look: a status, a fault's name */
	const int64_t *waits_s;
};
int outbox_settle(struct task *task, const struct letter *letter, const struct outcome *outcome);

/* For /metrics: sets the gauges of what waits, from SQL.  Deliveries count themselves. */
int outbox_measure(struct task *task);

/* Of one person, newest first, at most 400: {kind, client_id, state: waiting delivered failed,
 * since, n_tries, [next], [done], [result]}.  New reference. */
int outbox_list(struct task *task, const char *person_id, json_t **ret_letters);

/* About one thing, newest first, at most 100: {id, body, state: waiting delivered failed, since,
 * n_tries, [next], [done], [result]}.  New reference. */
int outbox_of(struct task *task, const char *about, const struct span *span, json_t **ret_letters);

#endif
