/* SPDX-License-Identifier: Apache-2.0
 *
 * A login by card under way, in Redis: what the card is asked to sign, where a TLS connection of
 * another origin belongs, and what came of it.
 */
#ifndef RECORDS_CARD_TRY_H
#define RECORDS_CARD_TRY_H

#include "core/str.h"

struct task;

/* Whose login it is: a transaction, and the hash of the cookie of the browser that began it. */
struct card_try {
	const char *transaction_id;
	const char *browser;
};

/* A name for it that may stand in a link to another origin, where the cookie does not go: it finds
 * the try, and proves nothing.  Lives as long as a transaction. */
int card_try_handle(struct task *task, const struct card_try *attempt, const char **ret_handle);
/* Unknown, expired, from before the epoch: *ret_try is NULL. */
int card_try_find(struct task *task, const char *handle, struct card_try **ret_try);

/* The last one that this browser opened the card's page for; *ret_transaction_id may be NULL. */
int card_try_note(struct task *task, const struct card_try *attempt);
int card_try_last(struct task *task, const char *browser, const char **ret_transaction_id);

/* 32 random bytes in base64 for the card to sign, for settings card.challenge; one for a browser,
 * the one before dies. */
int card_try_challenge(struct task *task, const struct card_try *attempt, const char **ret_nonce);

/* Claims it: whatever comes after, it is spent.  *ret_nonce is NULL where there is none, or it is
 * too old; ret_try is then not set. */
int card_try_claim(
    struct task *task, const char *browser, const char **ret_nonce, struct card_try *ret_try);

/* What the card proved, until the browser comes for it with the code, a minute at most. */
struct card_proved {
	struct card_try attempt;
	const char *register_key;
	const char *acr;
	const char *evidence; /* records/evidence.h */
	int64_t at_s;
};
int card_try_keep(struct task *task, const struct card_proved *proved, const char **ret_code);
/* Once.  NULL: unknown, expired, or of another browser, which spends it too. */
int card_try_take(
    struct task *task, const char *code, const char *browser, struct card_proved **ret_proved);

#endif
