/* SPDX-License-Identifier: Apache-2.0
 *
 * A consent that a caller of the consent API names.  For the files of this room.
 */
#ifndef CONSENT_API_CONSENTS_H
#define CONSENT_API_CONSENTS_H

#include "records/client.h"
#include "records/consent.h"

struct task;

/* Fails NOT_FOUND: there is none, or it is another client's. */
int api_consent_of(struct task *task, const struct client *client, const char *id,
    const struct consent **ret_consent);

#endif
