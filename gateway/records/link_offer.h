/* SPDX-License-Identifier: Apache-2.0
 *
 * An identity at another provider that is nobody's here yet, in the middle of a login: in Redis,
 * of that transaction alone.  The person is asked whether it is theirs, signs in another way, on
 * this device, and then it is linked to them.
 */
#ifndef RECORDS_LINK_OFFER_H
#define RECORDS_LINK_OFFER_H

#include "records/link.h"

/* One for a transaction: a second takes the first one's place.  Of the link id, issuer and upstream
 * are kept. */
int link_offer_keep(struct task *task, const char *transaction_id, const struct link *link);

/* The person says yes.  Fails NOT_FOUND. */
int link_offer_accept(struct task *task, const char *transaction_id);

/* The transaction's person is known now: what they said yes to becomes theirs, at the level of link
 * (person_id, acr, how, device).  Nothing kept, or no yes: 0.  Linked to somebody meanwhile, or the
 * device has ended: 0. */
int link_offer_redeem(struct task *task, const char *transaction_id, const struct link *link);

#endif
