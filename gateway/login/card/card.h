/* SPDX-License-Identifier: Apache-2.0
 *
 * Login by identity card: Web eID (a signature over our origin and a challenge, made through an
 * extension of the browser), or a TLS client certificate.  Both end in the same judgement of the
 * card's certificate (inspect.h), and in GET /card/complete.
 */
#ifndef LOGIN_CARD_CARD_H
#define LOGIN_CARD_CARD_H

#include "login/login.h"

struct card;

extern const struct login_method card_method;

/* The authorities of settings [card] folder, and what is remembered of them: of one loop.  Read at
 * start and reload: blocks on files.  Not configured: *ret_card is NULL, which is no failure. Fails
 * MISCONFIGURED. */
int card_open(struct task *task, struct card **ret_card);
void card_close(struct card *card);

/* Whether the card that a session was begun with is still good: what records/evidence.h keeps.
 * What its authority said is believed for settings card.standing, by all processes.  Fails
 * CARD_UNCHECKED where nobody can tell now. */
int card_still_stands(struct task *task, const char *reference, bool *ret_stands);

int card_page(
    struct task *task, const struct request *request, struct reply *reply); /* GET /login/card */
int card_challenge(struct task *task, const struct request *request,
    struct reply *reply); /* GET /card/challenge */
int card_login(
    struct task *task, const struct request *request, struct reply *reply); /* POST /card/login */
int card_tls(
    struct task *task, const struct request *request, struct reply *reply); /* GET /card/tls?h= */
int card_complete(struct task *task, const struct request *request,
    struct reply *reply); /* GET /card/complete?code= */

#endif
