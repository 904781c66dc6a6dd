/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether what a person granted a client still stands, where time has passed since: a refresh
 * token lives for weeks.
 */
#ifndef OIDC_RULES_STANDING_H
#define OIDC_RULES_STANDING_H

#include "records/client.h"
#include "records/grant.h"

struct task;

/* The consent that stands now is what counts: one that took the place of the first goes on, and
 * grant->consent_id becomes its, grant->resources and grant->authorization_details what it allows
 * of them; one that was withdrawn, has ended, or was to another purpose than the client has now,
 * does not.  Fails INVALID_GRANT. */
int standing_check(struct task *task, const struct client *client, struct grant *grant);

/* Whether what the person signed in with still counts: a card that its authority has revoked since,
 * or an issuer that is trusted no more, ends the grant and the session, durably.  Fails
 * INVALID_GRANT; CARD_UNCHECKED, ISSUER_UNCHECKED where nobody can tell now, and nothing is lost.
 */
int standing_of_login(struct task *task, const struct grant *grant);

/* Whether the person lives, by registers elsewhere that were not asked for long: they are asked
 * anew.  What they say is in SQL then, where every token asks; away is no failure. */
int standing_of_person(struct task *task, const struct grant *grant);

#endif
