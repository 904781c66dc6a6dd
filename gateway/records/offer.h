/* SPDX-License-Identifier: Apache-2.0
 *
 * Credential offers (OpenID4VCI 1.0 sections 4.1 and 6.1): a pre-authorized code with a transaction
 * code, or a state that the wallet brings to a login; in Redis for settings issue.offer.
 *
 * The offer's handle stands in its URI; the pre-authorized code is a hash of the handle, and Redis
 * keeps a hash of the code: a dump of it gives neither.  The transaction code goes to the person by
 * another way, is kept only as a hash together with the code, and has five tries.
 */
#ifndef RECORDS_OFFER_H
#define RECORDS_OFFER_H

#include "core/json.h"
#include "core/str.h"

struct task;

#define OFFER_TRIES        5
#define OFFER_TX_CODE_SIZE 6 /* digits */

struct offer {
	const char *handle;  /* 256 random bits */
	const char *code;    /* pre-authorized_code; without meaning where there is a state */
	const char *tx_code; /* OFFER_TX_CODE_SIZE digits; known to offer_create() alone */
	const char *state;   /* issuer_state, 256 random bits: the person signs in; NULL: they
				have the tx_code */
	const char *person_id;
	const json_t *configurations; /* array of credential configuration ids */
	int64_t created_s;
};

/* person_id and configurations are given; makes the rest.  The second: one to sign in for. */
int offer_create(struct task *task, struct offer *offer);
int offer_create_by_login(struct task *task, struct offer *offer);

/* The offer that a wallet fetches by its handle, as often as it likes until it is redeemed.
 * *ret_offer NULL: unknown, expired, redeemed, dead. */
int offer_find(struct task *task, const char *handle, struct offer **ret_offer);

/* Claims it once.  Fails INVALID_REQUEST: no tx_code (no try is counted); INVALID_GRANT: unknown,
 * expired, redeemed, from before the epoch, wrong tx_code (the fifth kills the offer), to be signed
 * in for. */
int offer_redeem(struct task *task, const char *code, const char *tx_code, struct offer *ret_offer);

/* Whom an offer to sign in for is made to, by its issuer_state, as often as it likes.  NULL: none
 * of ours, or expired. */
int offer_person(struct task *task, const char *state, const char **ret_person_id);

#endif
