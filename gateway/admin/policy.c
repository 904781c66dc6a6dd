/* SPDX-License-Identifier: Apache-2.0
 *
 * What `dvara purpose …` and `dvara attribute …` have in common.
 */
#include "admin/admin.h"

#include "core/names.h"
#include "core/rfc3339.h"
#include "records/policy.h"

#define NUMBER_MAX 1000000

int
admin_policy_operator(struct admin_call *call)
{
	const char *const *operators = call->settings->consent_operators;

	if (*operators == NULL || names_have(operators, call->operator_name))
		return 0;
	return fail(
	    call->task, FORBIDDEN, "%s is not among [consent] operators", call->operator_name);
}

int
admin_policy_number(struct admin_call *call, unsigned i, int *ret_number)
{
	int64_t number = 0;

	if (call->n_args > i && !str_to_i64(call->args[i], 1, NUMBER_MAX, &number))
		return ADMIN_WRONG_WORD(call, "NUMBER is not a version's number");
	*ret_number = (int)number;
	return 0;
}

int
admin_policy_done(struct admin_call *call, const struct policy_version *version, json_t *answer)
{
	const struct policy *policy = &version->policy;
	const char *named = task_printf(
	    call->task, "%s%s%s", policy->owner, *policy->owner == '\0' ? "" : " ", policy->id);
	const char *which =
	    task_printf(call->task, "%s %s: version %d", policy->kind, named, version->number);

	json_set_text(answer, "approved_by", version->approver);
	json_set_text(answer, "suspended_by", version->suspender);
	if (version->until_s > 0)
		json_object_set_new(answer, "until", json_integer(version->until_s));
	if (str_equal(version->state, "approved"))
		return admin_done(call, answer, "%s is in force%s%s", which,
		    version->until_s > 0 ? " until " : "",
		    version->until_s > 0 ? rfc3339_text(call->task, version->until_s) : "");
	return admin_done(call, answer, "%s is %s; another operator %s: dvara %s approve %s %d",
	    which, version->state,
	    str_equal(version->state, "suspended") ? "may let it go on" : "puts it in force",
	    policy->kind, named, version->number);
}
