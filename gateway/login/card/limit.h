/* SPDX-License-Identifier: Apache-2.0
 *
 * How often cards may be tried: a try costs us two signatures, and with a real card its authority a
 * question.  Inside of login/card only.
 */
#ifndef LOGIN_CARD_LIMIT_H
#define LOGIN_CARD_LIMIT_H

struct request;
struct task;

/* Counts one try of the caller's address and of the browser (hash of its cookie; "": none known).
 * Fails TOO_MANY_REQUESTS by settings card.per_minute; the other is given back then. */
int limit_claim(struct task *task, const struct request *request, const char *browser);

#endif
