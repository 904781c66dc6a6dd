/* SPDX-License-Identifier: Apache-2.0
 *
 * Webhook endpoints as operators see and hold them: which fail, since when, how many letters wait;
 * turned off and on, tested, told again.  For `dvara webhook …`, the sender of letters and
 * /metrics.
 */
#ifndef RECORDS_WEBHOOK_WATCH_H
#define RECORDS_WEBHOOK_WATCH_H

#include "records/webhook.h"

/* What became of a try.  Failing lasts from the first try in vain to the next one that is taken.
 * why: a few words; NULL: it was delivered. */
int webhook_watch_tried(struct task *task, const struct webhook *webhook, const char *why);

/* Of one client or of all (NULL), those that fail first, at most 1000: {id, client_id, url, events,
 * algorithm, state: on off, [disabled, disabled_by], [failing, result], waiting, [oldest],
 * since}.  failing: since when; waiting: letters; oldest: since when the first of them waits.  New
 * reference. */
int webhook_watch_list(struct task *task, const char *client_id, json_t **ret_webhooks);

/* That of one.  NOT_FOUND. */
int webhook_watch_show(struct task *task, const char *id, json_t **ret_webhook);

/* Off: nothing is sent, a letter whose time comes is given up, and the client cannot turn it on.
 * On: unless the client itself turned it off (CONFLICT).  It is so already: 0, and no audit row.
 * NOT_FOUND. */
struct webhook_switch {
	const char *id, *operator_name;
	bool is_on;
};
int webhook_watch_switch(struct task *task, const struct webhook_switch *turned);

/* A letter of type webhook.test; *ret_id is its webhook-id.  CONFLICT: it is turned off.
 * operator_name: of an audit row; NULL: the client itself. */
int webhook_watch_test(struct task *task, const struct webhook *webhook, const char *operator_name,
    const char **ret_id);

/* For /metrics: sets the gauges of what fails, from SQL. */
int webhook_watch_measure(struct task *task);

#endif
