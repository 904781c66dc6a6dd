/* SPDX-License-Identifier: Apache-2.0
 *
 * Which wallet logins may cross devices (see policy.h).
 */
#include "login/wallet/policy.h"

#include "core/settings.h"
#include "core/task.h"
#include "records/client.h"

bool
policy_may_cross(const struct task *task, const struct login_asked *asked)
{
	const char *scope =
	    asked->transaction ? json_get_text(asked->transaction->request, "scope") : NULL;

	return policy_scope_may_cross(task, asked->client, scope);
}

bool
policy_scope_may_cross(const struct task *task, const struct client *client, const char *scope)
{
	if (!task->rooms->settings->wallet_cross_device)
		return false;
	if (client && client->is_same_device)
		return false;
	return !policy_high_scope(task, scope);
}

const char *
policy_high_scope(const struct task *task, const char *scope)
{
	const char *const *high = task->rooms->settings->wallet_same_device_scopes;

	while (*high && !str_has_word(scope, *high))
		high++;
	return *high;
}
