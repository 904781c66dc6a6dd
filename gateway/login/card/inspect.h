/* SPDX-License-Identifier: Apache-2.0
 *
 * What a card's certificate is worth, whichever way it came: Web eID and TLS are judged alike.
 * Inside of login/card only.
 */
#ifndef LOGIN_CARD_INSPECT_H
#define LOGIN_CARD_INSPECT_H

#include "login/card/authority.h"
#include "login/card/revocation.h"

struct task;

struct card {
	struct authorities authorities;
	struct revocation_lists *lists;
	const char *origin; /* of the gateway, as browsers write it */
};

struct inspected {
	const struct authority *authority;
	struct bytes spki_der;
	const char *register_key;
	struct revocation_asked asked;
};
/* Everything but how it stands now: issued by an authority of ours, for authentication, under a
 * policy that is taken, in its time, with a key that is good enough, and with a number that names a
 * person.  Fails INVALID_CARD. */
int inspect_certificate(struct task *task, struct bytes card_der, struct inspected *ret_inspected);

/* That its authority has not taken it back.  What is out of the usual (an old list, a card that was
 * revoked, nobody who answers) is written to the audit.  Fails INVALID_CARD, CARD_UNCHECKED. */
int inspect_standing(struct task *task, const struct inspected *inspected);

/* For records/evidence.h, and back; false where the configuration does not know the authority any
 * more. */
const char *inspect_reference(struct task *task, const struct inspected *inspected);
bool inspect_recall(struct task *task, const char *reference, struct revocation_asked *ret_asked);

#endif
