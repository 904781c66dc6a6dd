/* SPDX-License-Identifier: Apache-2.0
 *
 * Which wallet logins may cross devices (see policy.h).
 */
#include "login/wallet/policy.h"

#include "core/settings.h"
#include "core/task.h"
#include "records/client.h"

static bool has_high_scope(const struct task *task, const struct transaction *transaction);

bool
policy_may_cross(const struct task *task, const struct login_asked *asked)
{
	if (!task->rooms->settings->wallet_cross_device)
		return false;
	if (asked->client && asked->client->is_same_device)
		return false;
	return !asked->transaction || !has_high_scope(task, asked->transaction);
}

static bool
has_high_scope(const struct task *task, const struct transaction *transaction)
{
	const char *scope = json_get_text(transaction->request, "scope");
	const char *const *high = task->rooms->settings->wallet_same_device_scopes;

	for (; *high; high++)
		if (str_has_word(scope, *high))
			return true;
	return false;
}
