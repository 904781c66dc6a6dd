/* SPDX-License-Identifier: Apache-2.0
 *
 * What `dvara purpose …` and `dvara attribute …` have in common.
 */
#include "admin/admin.h"

#include "core/names.h"
#include "core/rfc3339.h"
#include "records/policy.h"

#define NUMBER_MAX 1000000

static json_t *named(const struct policy *policy);

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
admin_policy_apply(struct admin_call *call, const struct policy *policy, const json_t *document)
{
	const struct policy_version *version = NULL;
	int r;

	r = policy_propose(call->task,
	    &(struct policy_proposal){
		.policy = *policy,
		.document = document,
		.operator_name = call->operator_name,
	    },
	    &version);
	return r < 0 ? r : admin_policy_done(call, version);
}

int
admin_policy_diff(struct admin_call *call, const struct policy *policy, const json_t *document)
{
	const struct policy_version *standing = NULL;
	int r;

	r = policy_standing(call->task, policy, &standing);
	if (r < 0)
		return r;
	call->answer = named(policy);
	json_object_set_new(call->answer, "changes",
	    admin_difference(call->task, standing == NULL ? NULL : standing->document, document));
	if (standing != NULL)
		json_object_set_new(call->answer, "from", json_integer(standing->number));
	return 0;
}

int
admin_policy_suspend(struct admin_call *call, const struct policy *policy)
{
	const struct policy_version *version = NULL;
	int r;

	r = admin_policy_operator(call);
	if (r == 0)
		r = policy_suspend(call->task, policy, call->operator_name);
	if (r == 0)
		r = policy_standing(call->task, policy, &version);
	return version == NULL ? r : admin_policy_done(call, version);
}

static json_t *
named(const struct policy *policy)
{
	json_t *names = json_object();

	if (*policy->owner != '\0')
		json_set_text(names, "client_id", policy->owner);
	json_set_text(names, policy->kind, policy->id);
	return names;
}

json_t *
admin_policy_row(const struct policy_version *version)
{
	json_t *row = named(&version->policy);

	json_object_set_new(row, "number", json_integer(version->number));
	json_set_text(row, "state", version->state);
	json_set_text(row, "proposed_by", version->proposer);
	json_set_text(row, "approved_by", version->approver);
	json_set_text(row, "suspended_by", version->suspender);
	if (version->until_s > 0)
		json_object_set_new(row, "until", json_integer(version->until_s));
	return row;
}

int
admin_policy_done(struct admin_call *call, const struct policy_version *version)
{
	const struct policy *policy = &version->policy;
	json_t *answer = admin_policy_row(version);
	const char *name = task_printf(
	    call->task, "%s%s%s", policy->owner, *policy->owner == '\0' ? "" : " ", policy->id);
	const char *which =
	    task_printf(call->task, "%s %s: version %d", policy->kind, name, version->number);

	if (str_equal(version->state, "approved"))
		return admin_done(call, answer, "%s is in force%s%s", which,
		    version->until_s > 0 ? " until " : "",
		    version->until_s > 0 ? rfc3339_text(call->task, version->until_s) : "");
	return admin_done(call, answer, "%s is %s; another operator %s: dvara %s approve %s %d",
	    which, version->state,
	    str_equal(version->state, "suspended") ? "may let it go on" : "puts it in force",
	    policy->kind, name, version->number);
}
