/* SPDX-License-Identifier: Apache-2.0
 *
 * `dvara consent …` and `dvara session …`: what an operator does in a person's name, at their
 * request.
 */
#include "admin/admin.h"

#include "core/task.h"
#include "records/consent.h"
#include "records/person.h"
#include "records/signout.h"

#define SHOWN     400
#define PAGE_ROWS 100 /* an answer of the database holds as many of the longest */

static int page_add(
    struct admin_call *call, const char *person_id, json_t *consents, size_t *ret_n);

int
admin_consent_list(struct admin_call *call)
{
	json_auto_t *consents = json_array();
	struct person person;
	size_t n = 0;
	int r;

	r = admin_person_named(call, &person);
	if (r == 0)
		r = admin_looked(call, person.id, "consents");
	if (r < 0)
		return r;
	do {
		struct task_aside aside;

		task_aside_begin(call->task, &aside);
		r = page_add(call, person.id, consents, &n);
		task_aside_end(call->task, &aside);
	} while (r == 0 && n == PAGE_ROWS && json_array_size(consents) < SHOWN);
	if (r == 0)
		call->answer = json_incref(consents);
	return r;
}

static int
page_add(struct admin_call *call, const char *person_id, json_t *consents, size_t *ret_n)
{
	const json_t *last = json_array_get(consents, json_array_size(consents) - 1);
	struct consent_listing listing = {.span.limit = PAGE_ROWS};
	json_auto_t *page = NULL;
	int r;

	listing.span.before = json_get_text(last, "id");
	r = consent_list(call->task, person_id, &listing, &page);
	if (r < 0)
		return r;
	json_array_extend(consents, page);
	*ret_n = json_array_size(page);
	return 0;
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
