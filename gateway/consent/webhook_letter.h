/* SPDX-License-Identifier: Apache-2.0
 *
 * Webhooks on their way (Standard Webhooks 1.0): one POST to one endpoint.
 */
#ifndef CONSENT_WEBHOOK_LETTER_H
#define CONSENT_WEBHOOK_LETTER_H

#include "records/post.h"

/* Sends a letter of the kind WEBHOOK_LETTER: a post_send.  Delivered is what is answered with 2xx
 * within 15 s; a redirect is a failure.  GONE: the endpoint is no more or was turned off; 410 turns
 * it off. */
int webhook_letter_send(struct task *task, const struct letter *letter, const char **ret_result);

#endif
