/* SPDX-License-Identifier: Apache-2.0
 *
 * issuer_state.  Called by authorization.c.
 */
#include "oidc/rules/issuer_state.h"

#include "core/task.h"
#include "records/subject.h"
#include "records/offer.h"

int
issuer_state_read(
    struct task *task, const struct parameters *parameters, struct authorization *authorization)
{
	const char *state = parameters_get(parameters, "issuer_state");
	const char *person_id, *subject;
	int r;

	if (state == NULL)
		return 0;
	r = offer_person(task, state, &person_id);
	if (r < 0)
		return r;
	if (person_id == NULL)
		return fail(
		    task, INVALID_REQUEST, "issuer_state is of no offer of ours, or expired");
	subject = subject_of(task, authorization->client, person_id);
	if (authorization->subject != NULL && !str_equal(authorization->subject, subject))
		return fail(task, INVALID_REQUEST,
		    "issuer_state and id_token_hint are of different people");
	authorization->subject = subject;
	return 0;
}
