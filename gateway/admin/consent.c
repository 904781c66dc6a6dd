/* SPDX-License-Identifier: Apache-2.0
 *
 * `dvara consent …` and `dvara session …`: what an operator does in a person's name, at their
 * request.
 */
#include "admin/admin.h"

#include "records/consent.h"
#include "records/person.h"
#include "records/signout.h"

int
admin_consent_list(struct admin_call *call)
{
	struct person person;
	int r;

	r = admin_person_named(call, &person);
	if (r == 0)
		r = admin_looked(call, person.id, "consents");
	if (r < 0)
		return r;
	return consent_list(call->task, person.id, &(struct consent_listing){0}, &call->answer);
}

int
admin_consent_withdraw(struct admin_call *call)
{
	const char *id = call->args[0];
	int r;

	r = consent_withdraw(
	    call->task, id, task_printf(call->task, "operator:%s", call->operator_name));
	if (r < 0)
		return r;
	return admin_done(call, json_pack("{s:s, s:b}", "id", id, "withdrawn", 1),
	    "consent %s is withdrawn in the person's name", id);
}

int
admin_session_end(struct admin_call *call)
{
	struct person person;
	int r;

	r = admin_person_named(call, &person);
	if (r < 0)
		return r;
	r = signout_person(
	    call->task, &(struct signout){.person_id = person.id,
			    .actor = task_printf(call->task, "operator:%s", call->operator_name),
			    .why = "ended by an operator"});
	if (r < 0)
		return r;
	return admin_done(call, json_pack("{s:s, s:b}", "person", call->args[0], "ended", 1),
	    "all sessions of %s have ended", call->args[0]);
}
