/* SPDX-License-Identifier: Apache-2.0
 *
 * What `dvara purpose …` and `dvara attribute …` have in common.
 */
#include "admin/admin.h"

#include "core/names.h"

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
		return fail(call->task, INVALID_REQUEST, "NUMBER is not a version's number");
	*ret_number = (int)number;
	return 0;
}
