/* SPDX-License-Identifier: Apache-2.0
 *
 * `dvara consent …` and `dvara session …`: what an operator does in a person's name, at their
 * request.
 */
#include "admin/admin.h"

#include "records/consent.h"
#include "records/person.h"
#include "records/session.h"

int
admin_consent_list(struct admin_call *call)
{
	struct person person;
	int r;

	r = admin_person_named(call, &person);
	if (r < 0)
		return r;
	return consent_list(call->task, person.id, &call->answer);
}

int
admin_consent_withdraw(struct admin_call *call)
{
	return consent_withdraw(call->task, call->args[0], call->operator_name);
}

int
admin_session_end(struct admin_call *call)
{
	struct person person;
	int r;

	r = admin_person_named(call, &person);
	if (r < 0)
		return r;
	return session_end_person(call->task, person.id);
}
