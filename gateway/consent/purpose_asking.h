/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of purpose_asked() (purpose.h).  For purpose*.c.
 */
#ifndef CONSENT_PURPOSE_ASKING_H
#define CONSENT_PURPOSE_ASKING_H

#include "consent/purpose.h"

#define PURPOSE_WORDS_MAX 32 /* of scope, of resource */

/* {"id_token": {name: [values]}, "userinfo": …} of the claims parameter; NULL: none has any. */
json_t *purpose_values_asked(struct task *task, const json_t *claims);
/* Of a request of the consent API: those that the person is shown and no others, since what claims
 * says beside it came by the browser. */
json_t *purpose_values_of_ask(struct task *task, const struct ask *ask);
/* The person is shown one, for both.  Fails INVALID_REQUEST. */
int purpose_values_check(struct task *task, const json_t *values);

/* Sets resources, of asked->credentials too, and services.  Fails INVALID_TARGET. */
int purpose_resources_asked(struct task *task, const struct asking *asking, struct asked *asked);

#endif
